//! Cursor pages of lines.

use noctule_domain::Severity;
use noctule_store::LineFilter;

use crate::databases::{SCOPE, TestStore, at, line, on_both};

async fn messages(test: &TestStore, filter: &LineFilter, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut after = None;
    for _ in 0..20 {
        let page = test.store.line_page(SCOPE, filter, after, limit).await.unwrap();
        assert!(page.lines.len() <= limit);
        all.extend(page.lines.iter().map(|line| line.line.line.message().to_owned()));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
    panic!("the pages do not end");
}

#[tokio::test]
async fn pages_cover_everything_once_newest_first() {
    on_both(async |test| {
        // Two lines share each moment, so the id must break the tie.
        let lines = (0..10).map(|n| line(n / 2, None, &format!("m{n}"))).collect();
        test.post(lines).await;
        let expected: Vec<_> = (0..10).rev().map(|n| format!("m{n}")).collect();
        for limit in [1, 3, 10, 100] {
            assert_eq!(messages(test, &LineFilter::default(), limit).await, expected, "{limit}");
        }
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_pages() {
    on_both(async |test| {
        test.post(vec![
            line(1, Some(Severity::Error), "Disk 100% full"),
            line(2, Some(Severity::Info), "disk fine"),
            line(3, None, "network up"),
        ])
        .await;
        let all = LineFilter::default;
        let check = async |filter: LineFilter, expected: &[&str]| {
            assert_eq!(messages(test, &filter, 2).await, expected, "{filter:?}");
        };
        check(LineFilter { severities: vec![Some(Severity::Error)], ..all() }, &["Disk 100% full"])
            .await;
        check(LineFilter { severities: vec![None], ..all() }, &["network up"]).await;
        check(LineFilter { text: Some("DISK".into()), ..all() }, &["disk fine", "Disk 100% full"])
            .await;
        check(LineFilter { text: Some("100%".into()), ..all() }, &["Disk 100% full"]).await;
        check(LineFilter { text: Some("1_0".into()), ..all() }, &[]).await;
        check(LineFilter { from: Some(at(2)), to: Some(at(3)), ..all() }, &["disk fine"]).await;
        check(
            LineFilter { service: Some("billing".into()), from: Some(at(3)), ..all() },
            &["network up"],
        )
        .await;
        check(LineFilter { service: Some("other".into()), ..all() }, &[]).await;
    })
    .await;
}

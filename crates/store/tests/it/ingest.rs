//! Accepting lines: all or nothing, once per nonce, many at a time.

use noctule_domain::Severity;
use noctule_jobs::{BatchJob, LogIdRange, NewJob, Queue};
use noctule_store::{IngestOutcome, IngestRequest, SignedRequest};

use crate::databases::{SCOPE, TestStore, at, line, on_both};

#[tokio::test]
async fn a_line_comes_back_as_it_was_given() {
    on_both(async |test| {
        let given = line(5, Some(Severity::Error), "Disk \"a\" is full: ünïcödé ␀ \u{1F987}");
        let posted = test.post(vec![given.clone()]).await;
        let (stored, verdict) = test.store.find_line(SCOPE, posted[0].0).await.unwrap().unwrap();
        assert_eq!(stored.line, given);
        assert_eq!(stored.received_at, at(0));
        assert_eq!(verdict, None);
    })
    .await;
}

#[tokio::test]
async fn a_big_batch_is_stored_whole_and_in_order() {
    on_both(async |test| {
        let count = 10_000;
        let ids = test.store.take_log_ids(count).await.unwrap();
        let ranges = LogIdRange::gather(ids.iter().copied());
        let lines = ids.iter().map(|id| (*id, line(id.0, None, &format!("line {}", id.0))));
        let request = IngestRequest {
            scope: SCOPE,
            received_at: at(0),
            lines: lines.collect(),
            jobs: vec![NewJob::of(SCOPE, &BatchJob::AnalyzeBatch { ranges: ranges.clone() })],
            signed: None,
        };
        test.store.ingest(request).await.unwrap();
        let mut read = Vec::new();
        for range in ranges {
            read.extend(test.store.lines_in_range(SCOPE, range).await.unwrap());
        }
        assert_eq!(read.len(), count);
        assert!(read.iter().zip(&ids).all(|(line, id)| line.id == *id
            && line.line.message() == format!("line {}", id.0)));
    })
    .await;
}

fn signed_request(id: noctule_domain::LogId, body: u8) -> IngestRequest {
    let job = NewJob::of(SCOPE, &noctule_jobs::AnalysisJob::AnalyzeLine { log_id: id });
    IngestRequest {
        scope: SCOPE,
        received_at: at(0),
        lines: vec![(id, line(1, None, "signed"))],
        jobs: vec![job],
        signed: Some(SignedRequest {
            key_id: "k1".to_owned(),
            nonce: "0123456789abcdef".to_owned(),
            body_sha256: [body; 32],
            response: format!("{{\"id\":{}}}", id.0),
        }),
    }
}

#[tokio::test]
async fn a_nonce_takes_effect_once_even_among_simultaneous_requests() {
    on_both(async |test| {
        let ids = test.store.take_log_ids(20).await.unwrap();
        let requests = ids.iter().map(|id| test.store.ingest(signed_request(*id, 7)));
        let outcomes = futures_join_all(requests).await;
        let stored: Vec<_> = ids
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome == IngestOutcome::Stored)
            .collect();
        assert_eq!(stored.len(), 1, "{outcomes:?}");
        let response = format!("{{\"id\":{}}}", stored[0].0.0);
        let replayed = IngestOutcome::Replayed { response };
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == replayed).count(), 19);
        assert_eq!(test.store.existing_lines(SCOPE, &ids).await.unwrap(), [*stored[0].0]);
        assert_eq!(test.claim(100).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_nonce_with_another_body_is_refused() {
    on_both(async |test| {
        let ids = test.store.take_log_ids(2).await.unwrap();
        test.store.ingest(signed_request(ids[0], 7)).await.unwrap();
        let outcome = test.store.ingest(signed_request(ids[1], 8)).await.unwrap();
        assert_eq!(outcome, IngestOutcome::NonceReused);
    })
    .await;
}

#[tokio::test]
async fn ids_are_never_handed_out_twice() {
    on_both(async |test: &TestStore| {
        let other = crate::databases::open(&test.url).await;
        let (a, b, c) = tokio::join!(
            test.store.take_log_ids(3_000),
            other.take_log_ids(3_000),
            test.store.take_log_ids(1)
        );
        let mut all: Vec<_> = [a.unwrap(), b.unwrap(), c.unwrap()].concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert_eq!(all[0].0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_dedupe_key_is_stored_once() {
    on_both(async |test| {
        let job = || {
            NewJob::of(SCOPE, &noctule_jobs::MaintenanceJob::HintForgotten {})
                .unique("once".to_owned())
        };
        for _ in 0..2 {
            let request = IngestRequest {
                scope: SCOPE,
                received_at: at(0),
                lines: Vec::new(),
                jobs: vec![job()],
                signed: None,
            };
            test.store.ingest(request).await.unwrap();
        }
        let depths = test.store.queue_depths().await.unwrap();
        assert_eq!(depths.len(), 1);
        assert_eq!((depths[0].0, depths[0].2), (Queue::Maintenance, 1));
    })
    .await;
}

/// Drives futures together, without a crate for it.
async fn futures_join_all<F>(futures: impl Iterator<Item = F>) -> Vec<IngestOutcome>
where
    F: Future<Output = Result<IngestOutcome, noctule_store::StoreError>>,
{
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut outcomes: Vec<Option<IngestOutcome>> = vec![None; futures.len()];
    std::future::poll_fn(|context| {
        for (future, outcome) in futures.iter_mut().zip(&mut outcomes) {
            if outcome.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *outcome = Some(done.unwrap());
            }
        }
        if outcomes.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}

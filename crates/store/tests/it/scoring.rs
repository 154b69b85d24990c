//! Results, anomalies and counts: written once, with the end of the attempt.

use std::sync::Arc;

use noctule_domain::{
    AnomalyId, Confidence, LogId, Severity, TemplateKey, TenantId, Timestamp, Verdict,
};
use noctule_store::{
    Effects, Explanation, JobWrite, Lease, LineFilter, ModelId, ScoredLine, StoreError,
    TemplateSighting, TemplateVector,
};

use crate::databases::{SCOPE, TestStore, at, line, on_both};

fn explanation(summary: &str) -> Arc<Explanation> {
    Arc::new(Explanation::of(&Verdict {
        score: 0.9,
        is_anomaly: true,
        confidence: Confidence::Cold,
        template: TemplateKey(11),
        reasons: Vec::new(),
        summary: summary.to_owned(),
    }))
}

fn scored(
    model_id: ModelId,
    log_id: LogId,
    seconds: i64,
    anomaly: Option<AnomalyId>,
) -> ScoredLine {
    ScoredLine {
        log_id,
        tenant_id: TenantId::DEFAULT,
        timestamp: at(seconds),
        received_at: at(0),
        severity: Some(Severity::Error),
        model_id,
        template: TemplateKey(11),
        score: 0.9,
        confidence: Confidence::Warming,
        anomaly,
        explanation: explanation("Something failed."),
        scored_at: at(10),
    }
}

fn succeed(lease: Lease, effects: Effects) -> Arc<JobWrite> {
    Arc::new(JobWrite::Succeed { lease, result: None, effects })
}

async fn model(test: &TestStore) -> ModelId {
    let first = test.store.ensure_model("model-a").await.unwrap();
    assert_eq!(test.store.ensure_model("model-a").await.unwrap(), first);
    assert_ne!(test.store.ensure_model("model-b").await.unwrap(), first);
    first
}

#[tokio::test]
async fn a_verdict_is_stored_with_everything_that_follows_from_it() {
    on_both(async |test| {
        let model_id = model(test).await;
        let posted = test.post(vec![line(1, Some(Severity::Error), "disk failed")]).await;
        let job = test.claim(1).await.remove(0);
        let anomaly = AnomalyId::generate();
        let effects = Effects {
            lines: vec![scored(model_id, posted[0].0, 1, Some(anomaly))],
            templates: vec![sighting(3)],
            vectors: vec![TemplateVector {
                embedder: "e1".into(),
                template: TemplateKey(11),
                vector: vec![1, 2, 3],
            }],
            jobs: Vec::new(),
        };
        test.store.write_job(succeed(job.lease, effects)).await.unwrap();

        let (_, verdict) = test.store.find_line(SCOPE, posted[0].0).await.unwrap().unwrap();
        let verdict = verdict.unwrap();
        assert_eq!((verdict.score, verdict.confidence), (0.9, "warming"));
        assert_eq!(verdict.explanation.summary, "Something failed.");
        assert_eq!(verdict.template_text.as_deref(), Some("disk <id> failed"));
        assert_eq!(verdict.model_version, "model-a");
        assert_eq!(verdict.anomaly_id, Some(anomaly));

        let found = test.store.find_anomaly(SCOPE, anomaly).await.unwrap().unwrap();
        assert_eq!(found.line.line.message(), "disk failed");
        let page = test.store.anomaly_page(SCOPE, &LineFilter::default(), None, 10).await.unwrap();
        assert_eq!(page.anomalies, [found]);
        let since = at(-100);
        let count = test.store.count_template_anomalies(SCOPE, TemplateKey(11), since).await;
        assert_eq!(count.unwrap(), 1);

        let vectors = test.store.template_vectors("e1", &[TemplateKey(11), TemplateKey(12)]).await;
        assert_eq!(vectors.unwrap(), [(TemplateKey(11), vec![1, 2, 3])]);
        let arrivals = test.store.arrivals_since(SCOPE, at(0)).await.unwrap();
        assert_eq!((arrivals[0].lines, arrivals[0].anomalies), (1, 1));
        let windows = test.store.window_counts(SCOPE, at(-1_000), at(1_000)).await.unwrap();
        assert_eq!((windows[0].lines, windows[0].anomalies), (1, 1));
        assert_eq!(test.store.scored_among(model_id, &[posted[0].0]).await.unwrap().len(), 1);
    })
    .await;
}

fn sighting(lines: i64) -> TemplateSighting {
    TemplateSighting {
        tenant_id: TenantId::DEFAULT,
        template: TemplateKey(11),
        text: "disk <id> failed".into(),
        lines,
        first: at(1),
        last: at(2),
    }
}

#[tokio::test]
async fn template_counts_add_up_over_many_commits() {
    on_both(async |test| {
        test.post((0..6).map(|n| line(n, None, "m")).collect()).await;
        let jobs = test.claim(6).await;
        let writes = jobs.iter().map(|job| {
            let effects = Effects { templates: vec![sighting(2)], ..Effects::default() };
            test.store.write_job(succeed(job.lease, effects))
        });
        for write in writes {
            write.await.unwrap();
        }
        let start = Timestamp::from_micros(0);
        let known = test.store.templates_since(SCOPE, start, 10).await.unwrap();
        assert_eq!((known[0].template, known[0].lines), (TemplateKey(11), 12));
        let later = known[0].changed_at.plus(std::time::Duration::from_micros(1));
        assert_eq!(test.store.templates_since(SCOPE, later, 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_line_gets_one_result_however_many_jobs_name_it() {
    on_both(async |test| {
        let model_id = model(test).await;
        let posted = test.post(vec![line(1, None, "a"), line(2, None, "b")]).await;
        let jobs = test.claim(2).await;
        let twice = |lease| {
            let lines = vec![scored(model_id, posted[0].0, 1, Some(AnomalyId::generate()))];
            test.store.write_job(succeed(lease, Effects { lines, ..Effects::default() }))
        };
        let (first, second) = tokio::join!(twice(jobs[0].lease), twice(jobs[1].lease));
        let outcomes = [first, second];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(
            outcomes.iter().any(|outcome| matches!(outcome, Err(StoreError::AlreadyScored))),
            "{outcomes:?}"
        );
        // The loser wrote nothing: no second anomaly, no second count, and its job still runs.
        let arrivals = test.store.arrivals_since(SCOPE, at(0)).await.unwrap();
        assert_eq!((arrivals[0].lines, arrivals[0].anomalies), (1, 1));
        let page = test.store.anomaly_page(SCOPE, &LineFilter::default(), None, 10).await.unwrap();
        assert_eq!(page.anomalies.len(), 1);
    })
    .await;
}

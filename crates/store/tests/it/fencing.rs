//! The ends of attempts: fenced by the lease, all or nothing.

use std::{sync::Arc, time::Duration};

use noctule_jobs::JobState;
use noctule_store::{Effects, JobWrite, Progress, StoreError};

use crate::databases::{SCOPE, line, on_both};

#[tokio::test]
async fn a_zombie_cannot_finish_a_job_that_another_worker_has() {
    on_both(async |test| {
        test.post(vec![line(1, None, "a")]).await;
        let zombie = test.claim_for(1, Duration::ZERO).await.remove(0);
        test.store.rescue_jobs().await.unwrap();
        let owner = test.claim(1).await.remove(0);
        let succeed = |lease| {
            Arc::new(JobWrite::Succeed { lease, result: None, effects: Effects::default() })
        };
        let late = test.store.write_job(succeed(zombie.lease)).await;
        assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
        test.store.write_job(succeed(owner.lease)).await.unwrap();
        let again = test.store.write_job(succeed(owner.lease)).await;
        assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn every_end_of_an_attempt_shows_in_the_task() {
    on_both(async |test| {
        let posted = test.post((0..4).map(|n| line(n, None, "m")).collect()).await;
        let jobs = test.claim(4).await;
        let [done, part, retry, dead] = [0, 1, 2, 3].map(|n: usize| jobs[n].lease);
        let effects = Effects::default;
        let writes = [
            JobWrite::Succeed { lease: done, result: Some("{\"x\":1}".into()), effects: effects() },
            JobWrite::Checkpoint {
                lease: part,
                progress: Progress { done: 3, total: 9 },
                effects: effects(),
            },
            JobWrite::Retry {
                lease: retry,
                delay: Duration::from_mins(1),
                counts: false,
                error: "away".into(),
            },
            JobWrite::Fail { lease: dead, reason: "fatal", error: "broken".into() },
        ];
        for write in writes {
            test.store.write_job(Arc::new(write)).await.unwrap();
        }
        let mut tasks = Vec::new();
        for (_, job) in &posted {
            tasks.push(test.store.find_task(SCOPE, job.id).await.unwrap().unwrap());
        }
        let states: Vec<_> = tasks.iter().map(|task| task.state).collect();
        let expected =
            [JobState::Succeeded, JobState::Running, JobState::Retrying, JobState::Failed];
        assert_eq!(states, expected);
        assert_eq!(tasks[0].result.as_deref(), Some("{\"x\":1}"));
        assert_eq!(tasks[1].progress, Some(Progress { done: 3, total: 9 }));
        assert_eq!((tasks[2].attempts, tasks[2].error.as_deref()), (0, Some("away")));
        assert!(tasks[2].next_run_at.is_some());
        assert_eq!(tasks[3].reason.as_deref(), Some("fatal"));
        assert!(tasks[3].finished_at.is_some());
        // The one that waits for its next attempt is not ready yet.
        assert_eq!(test.claim(9).await, []);
        let ids: Vec<_> = posted.iter().map(|(_, job)| job.id).collect();
        let mut finals = test.store.final_among(&ids).await.unwrap();
        finals.sort_unstable();
        assert_eq!(finals, [ids[0], ids[3]]);
    })
    .await;
}

#[tokio::test]
async fn a_task_of_another_tenant_does_not_exist() {
    on_both(async |test| {
        let posted = test.post(vec![line(1, None, "a")]).await;
        let stranger = noctule_domain::TenantScope::of(noctule_domain::TenantId(2));
        assert_eq!(test.store.find_task(stranger, posted[0].1.id).await.unwrap(), None);
        assert!(test.store.find_line(stranger, posted[0].0).await.unwrap().is_none());
        assert_eq!(test.store.lines_by_id(stranger, &[posted[0].0]).await.unwrap(), []);
    })
    .await;
}

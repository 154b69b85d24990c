//! Claims, renewals and rescues.

use std::{collections::HashSet, time::Duration};

use noctule_jobs::{JobState, Queue};
use noctule_store::Claim;

use crate::databases::{SCOPE, line, on_both, open};

const GONE: Duration = Duration::ZERO;

#[tokio::test]
async fn two_workers_never_get_the_same_job() {
    on_both(async |test| {
        let posted = test.post((0..40).map(|n| line(n, None, "m")).collect()).await;
        let other = open(&test.url).await;
        let claim =
            Claim { queue: Queue::Analysis, owner: "w", lease: Duration::from_secs(30), limit: 7 };
        let mut taken = Vec::new();
        loop {
            let (a, b) = tokio::join!(test.store.claim_next(&claim), other.claim_next(&claim));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!(a.len() <= 7 && b.len() <= 7);
            if a.is_empty() && b.is_empty() {
                break;
            }
            taken.extend(a.into_iter().chain(b).map(|job| job.lease.job_id));
        }
        assert_eq!(taken.len(), posted.len());
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), posted.len());
    })
    .await;
}

#[tokio::test]
async fn the_longest_ready_job_comes_first() {
    on_both(async |test| {
        let posted = test.post((0..5).map(|n| line(n, None, "m")).collect()).await;
        let claimed = test.claim(2).await;
        let ids: Vec<_> = claimed.iter().map(|job| job.lease.job_id).collect();
        assert_eq!(ids, [posted[0].1.id, posted[1].1.id]);
        assert_eq!((claimed[0].attempt, claimed[0].max_attempts), (1, 5));
    })
    .await;
}

#[tokio::test]
async fn hints_claim_their_jobs_once_however_often_they_come() {
    on_both(async |test| {
        let posted = test.post(vec![line(1, None, "a"), line(2, None, "b")]).await;
        let claim =
            Claim { queue: Queue::Analysis, owner: "w", lease: Duration::from_secs(30), limit: 9 };
        let hints = [posted[1].1.id, posted[1].1.id, noctule_domain::JobId::generate()];
        let claimed = test.store.claim_hinted(&claim, &hints).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].lease.job_id, posted[1].1.id);
        assert_eq!(test.store.claim_hinted(&claim, &hints).await.unwrap(), []);
        let elsewhere = Claim { queue: Queue::Pattern, ..claim };
        assert_eq!(test.store.claim_hinted(&elsewhere, &[posted[0].1.id]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_is_renewed_is_not_rescued() {
    on_both(async |test| {
        test.post(vec![line(1, None, "a")]).await;
        let job = test.claim_for(1, GONE).await.remove(0);
        let span = Duration::from_secs(30);
        let held = test.store.renew_leases(&[job.lease], span).await.unwrap();
        assert_eq!(held, HashSet::from([job.lease]));
        assert_eq!(test.store.rescue_jobs().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_silent_worker_loses_its_job_and_the_attempt_does_not_count() {
    on_both(async |test| {
        let posted = test.post(vec![line(1, None, "a")]).await;
        let lost = test.claim_for(1, GONE).await.remove(0);
        let rescued = test.store.rescue_jobs().await.unwrap();
        assert_eq!(rescued.iter().map(|job| job.id).collect::<Vec<_>>(), [posted[0].1.id]);
        let again = test.claim(1).await.remove(0);
        assert_eq!(again.attempt, 1);
        assert_ne!(again.lease.token, lost.lease.token);
        let span = Duration::from_secs(30);
        let held = test.store.renew_leases(&[lost.lease, again.lease], span).await.unwrap();
        assert_eq!(held, HashSet::from([again.lease]));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_ends_every_worker_is_buried() {
    on_both(async |test| {
        let posted = test.post(vec![line(1, None, "a")]).await;
        for _ in 0..noctule_jobs::MAX_CRASHES {
            assert_eq!(test.claim_for(1, GONE).await.len(), 1);
            test.store.rescue_jobs().await.unwrap();
        }
        assert_eq!(test.claim(1).await, []);
        let task = test.store.find_task(SCOPE, posted[0].1.id).await.unwrap().unwrap();
        assert_eq!(task.state, JobState::Failed);
        assert_eq!(task.reason.as_deref(), Some("poison"));
    })
    .await;
}

#[tokio::test]
async fn only_jobs_without_a_recent_hint_are_hinted_again() {
    on_both(async |test| {
        let posted = test.post(vec![line(1, None, "a")]).await;
        let minute = Duration::from_mins(1);
        let store = &test.store;
        assert_eq!(store.take_unhinted(Queue::Analysis, minute, 10).await.unwrap(), []);
        // The database's clock has moved on since the insert, so nothing at all is long ago.
        let mut hinted = store.take_unhinted(Queue::Analysis, GONE, 10).await.unwrap();
        while hinted.is_empty() {
            hinted = store.take_unhinted(Queue::Analysis, GONE, 10).await.unwrap();
        }
        assert_eq!(hinted, [posted[0].1.id]);
        assert_eq!(store.take_unhinted(Queue::Analysis, minute, 10).await.unwrap(), []);
    })
    .await;
}

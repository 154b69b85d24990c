//! Schedules fire once each, whoever looks.

use std::time::Duration;

use noctule_jobs::{NewJob, PatternJob, Queue};
use noctule_store::NewSchedule;

use crate::databases::{SCOPE, on_both, open};

#[tokio::test]
async fn a_due_schedule_fires_once_among_many_schedulers() {
    on_both(async |test| {
        let job = PatternJob::DetectPatterns { window_hours: 24, until: None };
        let schedule = NewSchedule {
            name: "Pattern Analysis".to_owned(),
            job: NewJob::of(SCOPE, &job),
            every: Duration::from_micros(1),
        };
        for _ in 0..2 {
            test.store.add_schedule(SCOPE, &schedule).await.unwrap();
        }
        let due = loop {
            if let Some(due) = test.store.due_schedules().await.unwrap().pop() {
                break due;
            }
        };
        let other = open(&test.url).await;
        let (a, b) = tokio::join!(test.store.fire_schedule(&due), other.fire_schedule(&due));
        let fired: Vec<_> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
        assert_eq!(fired.len(), 1);
        let task = test.store.find_task(SCOPE, fired[0]).await.unwrap().unwrap();
        assert_eq!(task.queue, Queue::Pattern);
        assert_eq!(test.store.fire_schedule(&due).await.unwrap(), None);
        let next = loop {
            if let Some(next) = test.store.due_schedules().await.unwrap().pop() {
                break next;
            }
        };
        assert!(next.fire_at > due.fire_at);
    })
    .await;
}

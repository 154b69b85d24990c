//! Redis lists: bounded, apart, and free of other writers' rubbish.

use noctule_jobs::Queue;
use noctule_queue::Hints;
use noctule_test_servers::Redis;

use crate::fleet::{Fleet, succeed};

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_keeps_at_most_two_thousand_hints() {
    let redis = Redis::start().unwrap();
    let fleet = Fleet::new(Hints::redis(&redis.url()).unwrap(), succeed).await;
    let ids = fleet.post(5_000).await;
    let mut client = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
    let key = format!("noctule:{{{}}}:hints", Queue::Analysis);
    // Wait until the hinter has sent what it was given.
    let mut length: usize = 0;
    while length < 2_000 {
        length = redis::cmd("LLEN").arg(&key).query(&mut client).unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(length, 2_000);
    redis::cmd("LPUSH").arg(&key).arg("rubbish").exec(&mut client).unwrap();
    let running = fleet.start(64);
    fleet.drain(&ids).await;
    running.stop().await;
    assert_eq!(fleet.total_calls(), 5_000);
}

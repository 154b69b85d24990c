//! Starts Postgres and Redis, prints how to use them, and runs until its input closes.

use std::io::Read;

fn main() -> anyhow::Result<()> {
    let postgres = noctule_test_servers::Postgres::start()?;
    let redis = noctule_test_servers::Redis::start()?;
    println!("export NOCTULE_TEST_DATABASE_URL={}", postgres.url());
    println!("export NOCTULE_TEST_REDIS_URL={}", redis.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

//! The API without any worker, on either database.

use std::time::Duration;

use noctule_test_servers::{GuardedProcess, wait_until};
use noctule_tests::{Embedder, Fleet, FleetOptions, Member, Shape};

use crate::{bare, context::Context};

/// The longest that the API may take to become ready.
const READY: Duration = Duration::from_secs(30);

/// A fleet of which only the API runs.
pub(super) struct Alone {
    /// On SQLite, the API's process; on Postgres the fleet has it.
    _api: Option<GuardedProcess>,
    pub(super) fleet: Fleet,
}

impl Alone {
    /// Starts the API by itself.
    pub(super) fn start(shape: Shape) -> anyhow::Result<Self> {
        // No worker runs, so nobody needs a model.
        let options = FleetOptions {
            embedder: Embedder::Hashing,
            members: vec![Member::Api],
            ..FleetOptions::new(shape)
        };
        let mut fleet = Fleet::start(options)?;
        let api = match shape {
            Shape::Distributed => None,
            Shape::Embedded => Some(replace_up(&mut fleet)?),
        };
        Ok(Self { _api: api, fleet })
    }
}

/// Brings the fleet's Postgres, if it has one, to where a server is that has run for a while.
pub(super) fn settle(context: &Context, fleet: &mut Fleet) -> anyhow::Result<()> {
    match fleet.postgres().map(|server| server.url()) {
        Some(url) => context.runtime.block_on(bare::postgres::recycle_wal(&url)),
        None => Ok(()),
    }
}

/// Starts the API on the SQLite file of `noctule up`, in its place.
fn replace_up(fleet: &mut Fleet) -> anyhow::Result<GuardedProcess> {
    fleet.stop(Member::Up)?;
    let mut command = fleet.command(Member::Api.binary())?;
    command.env("NOCTULE_LISTEN", fleet.client.url.trim_start_matches("http://"));
    command.env_remove("NOCTULE_URL");
    let mut process = GuardedProcess::spawn(&command)?;
    wait_until(READY, "the api to be ready", || {
        let is_ready = || fleet.client.get_with("/readyz", &[]).is_ok_and(|a| a.status == 200);
        (!process.is_running() || is_ready()).then_some(())
    })?;
    anyhow::ensure!(process.is_running(), "the api ended: {}", process.output());
    Ok(process)
}

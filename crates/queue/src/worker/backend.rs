//! The apalis `Backend`: hands over the jobs that the claimer has leased.
//!
//! It never fails, because apalis ends a worker at the first error of its backend; whatever can
//! fail is dealt with in the claimer. Acknowledging, retrying and renewing are not its business
//! either: the attempt writes its own end to the store.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use apalis_core::{
    backend::{Backend, BackendConfig, finalize::Ephemeral},
    task::{
        Task,
        builder::TaskBuilder,
        task_id::{RandomId, TaskId},
    },
    worker::context::WorkerContext,
};
use tokio::sync::mpsc;
use tower_layer::Identity;

use super::claimer::ClaimedJob;

/// The receiving end of a claimer.
#[derive(Debug)]
pub(super) struct LeaseBackend {
    claimed: mpsc::Receiver<ClaimedJob>,
}

impl LeaseBackend {
    pub(super) const fn new(claimed: mpsc::Receiver<ClaimedJob>) -> Self {
        Self { claimed }
    }
}

impl Backend for LeaseBackend {
    type Task = Task<ClaimedJob>;
    type Error = Infallible;

    fn poll_ready(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Infallible>>> {
        self.claimed.poll_recv(context).map(|next| {
            let claimed = next?;
            let id = TaskId::from_string(claimed.leased.lease.job_id.to_string());
            Some(Ok(TaskBuilder::new(claimed).task_id(id).build()))
        })
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for LeaseBackend {
    type Args = ClaimedJob;
    type Id = RandomId;
    /// The jobs are decoded by the attempt, where a payload that cannot be read is a dead letter;
    /// apalis' own decoding would end the worker.
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}

//! One file for each benchmark, and the list of all.

mod alone;
mod batch;
mod embedding;
mod end_to_end;
mod kill_worker;
mod pickup;
mod post_single;
mod redis_absent;
mod redis_push_pop;
mod sender;
mod start;

use crate::{
    context::{Context, Skipped},
    row::{Outcome, Row},
};

/// A benchmark: it measures once, and may fill several rows with that.
pub(crate) struct Benchmark {
    /// The names of its rows.
    pub(crate) names: &'static [&'static str],
    measure: fn(&Context) -> anyhow::Result<Vec<Row>>,
}

/// All benchmarks, in the order of the report.
pub(crate) const ALL: [Benchmark; 12] = [
    Benchmark { names: &["post_single_postgres"], measure: post_single::on_postgres },
    Benchmark { names: &["post_single_sqlite"], measure: post_single::on_sqlite },
    Benchmark { names: &["batch_postgres"], measure: batch::on_postgres },
    Benchmark { names: &["batch_sqlite"], measure: batch::on_sqlite },
    Benchmark { names: &["end_to_end_hdfs", "memory"], measure: end_to_end::hdfs },
    Benchmark { names: &["end_to_end_openstack"], measure: end_to_end::openstack },
    Benchmark { names: &["embedding"], measure: embedding::measure },
    Benchmark { names: &["pickup"], measure: pickup::measure },
    Benchmark { names: &["redis_absent"], measure: redis_absent::measure },
    Benchmark { names: &["kill_worker"], measure: kill_worker::measure },
    Benchmark { names: &["start"], measure: start::measure },
    Benchmark { names: &["redis_push_pop"], measure: redis_push_pop::measure },
];

impl Benchmark {
    /// Measures; what is missing or fails becomes a row as well.
    pub(crate) fn run(&self, context: &Context) -> Vec<Row> {
        let error = match (self.measure)(context) {
            Ok(rows) => return rows,
            Err(error) => error,
        };
        let row = |name: &&str| {
            let outcome = match error.downcast_ref::<Skipped>() {
                Some(Skipped(why)) => Outcome::Skipped(why.clone()),
                None => Outcome::Failed(format!("{error:#}")),
            };
            Row { name: (*name).to_owned(), outcome }
        };
        self.names.iter().map(row).collect()
    }
}

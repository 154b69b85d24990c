//! Logs and metrics: set up once, before anything else.

use std::io::IsTerminal;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{LogFormat, config::LogConfig};

/// Buckets for durations in seconds: from a cache hit to the longest job.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0,
    7_200.0,
];

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output; what a service does.
    Output,
    /// Standard error; what a command with results of its own does.
    Error,
}

/// The process's metrics, for whoever shows them.
#[derive(Debug, Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// All metrics in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// Starts logging. A second call in one process changes nothing.
pub(crate) fn start_logs(config: &LogConfig, target: LogTarget) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)
        .with_context(|| format!("log.filter {:?} cannot be used", config.filter))?;
    let is_terminal = match target {
        LogTarget::Output => std::io::stdout().is_terminal(),
        LogTarget::Error => std::io::stderr().is_terminal(),
    };
    let format = config.format.unwrap_or(LogFormat::Text);
    let writer = move || -> Box<dyn std::io::Write> {
        match target {
            LogTarget::Output => Box::new(std::io::stdout()),
            LogTarget::Error => Box::new(std::io::stderr()),
        }
    };
    let registry = tracing_subscriber::registry().with(filter);
    let _ = match format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(writer).with_ansi(is_terminal).with_target(false);
            registry.with(layer).try_init()
        }
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_writer(writer);
            registry.with(layer).try_init()
        }
    };
    Ok(())
}

/// Starts collecting metrics.
pub(crate) fn start_metrics() -> anyhow::Result<Metrics> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .context("the buckets cannot be used")?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).context("metrics were started twice")?;
    metrics::gauge!("noctule_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(Metrics { handle })
}

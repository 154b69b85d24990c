//! Logs made on the spot: a small web shop with a few things going wrong.
//!
//! They serve tests that need some lines. They say nothing about the quality of detection: who
//! wrote them knew what the detector looks for.

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

/// 2026-01-05T09:00:00Z, in seconds since 1970.
const BEGIN: i64 = 1_767_603_600;

/// An endless log, the same for the same seed.
#[derive(Debug)]
pub struct LogGenerator {
    random: StdRng,
    count: i64,
}

impl LogGenerator {
    /// A log that `seed` determines.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), count: 0 }
    }

    /// The next ordinary line, as an entry of a batch.
    pub fn normal_entry(&mut self) -> Value {
        let number: u32 = self.random.random_range(1..100_000);
        let (severity, service, message) = match self.random.random_range(0..6) {
            0 => ("INFO", "shop", format!("order {number} placed by customer {}", number % 977)),
            1 => ("INFO", "shop", format!("GET /item/{number} 200 in {} ms", number % 40)),
            2 => ("INFO", "payment", format!("payment of order {number} confirmed")),
            3 => ("DEBUG", "cache", format!("cache hit for key item:{number}")),
            4 => ("INFO", "mailer", format!("confirmation for order {number} delivered")),
            _ => (
                "INFO",
                "shop",
                format!("session {number:08x} opened from 10.0.0.{}", number % 250),
            ),
        };
        self.entry(severity, service, &message)
    }

    /// The next line that tells of a failure.
    pub fn failure_entry(&mut self) -> Value {
        let number: u32 = self.random.random_range(1..100_000);
        let (severity, service, message) = match self.random.random_range(0..3) {
            0 => (
                "ERROR",
                "payment",
                format!("Database connection failed after {} retries", number % 9),
            ),
            1 => ("CRITICAL", "shop", format!("Out of memory: killed process {number} (shop)")),
            _ => (
                "ERROR",
                "shop",
                format!("Unhandled exception: NullPointerException in order {number}"),
            ),
        };
        self.entry(severity, service, &message)
    }

    /// `count` entries of which every `every`-th tells of a failure.
    pub fn entries(&mut self, count: usize, every: usize) -> Vec<Value> {
        (1..=count)
            .map(|n| if n % every == 0 { self.failure_entry() } else { self.normal_entry() })
            .collect()
    }

    fn entry(&mut self, severity: &str, service: &str, message: &str) -> Value {
        self.count += 1;
        json!({
            "timestamp": BEGIN + self.count,
            "severity": severity,
            "service": service,
            "message": message,
        })
    }
}

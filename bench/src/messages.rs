//! Lines of a busy web shop, each of them different, most of them of known kinds.
//!
//! They are input for the road from the client to the store. What is judged for speed is real
//! logs; see `rows/end_to_end.rs`.

use serde::Serialize;

/// Seconds since 1970 of the first line: 2026-01-05T09:00:00Z.
const BEGIN: u64 = 1_767_603_600;

/// A line as the API takes it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    /// Milliseconds since 1970.
    pub(crate) timestamp: u64,
    pub(crate) severity: &'static str,
    pub(crate) service: &'static str,
    pub(crate) message: String,
}

/// `count` lines that differ from each other, the same in each run.
pub(crate) fn lines(count: usize) -> Vec<Line> {
    (0..count as u64).map(line).collect()
}

fn line(number: u64) -> Line {
    // Numbers that look unlike their neighbours', as ids in logs do (Knuth's multiplier).
    let id = number.wrapping_mul(2_654_435_761) % 0xffff_ffff;
    let (address, took) = (number % 250, id % 977);
    let (severity, service, message) = match number % 40 {
        0 => (
            "ERROR",
            "payment",
            format!(
                "Connection to card gateway 10.3.0.{address}:8443 timed out after {took} ms, order {id} stays open"
            ),
        ),
        1 => (
            "WARNING",
            "inventory",
            format!("stock of article {id} is low: {took} left, threshold 1000"),
        ),
        n if n % 4 == 0 => (
            "INFO",
            "nginx",
            format!(
                "10.0.7.{address} - - \"GET /article/{id}?ref=mail HTTP/1.1\" 200 {took} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\""
            ),
        ),
        n if n % 4 == 1 => (
            "INFO",
            "shop",
            format!(
                "order {id} placed by customer {number}, total {took}.90 EUR, session 7f{id:010x}"
            ),
        ),
        n if n % 4 == 2 => (
            "DEBUG",
            "cache",
            format!("cache hit for key article:{id} in region eu-{address}, age {took}s"),
        ),
        _ => (
            "INFO",
            "sshd",
            format!(
                "Accepted publickey for deploy from 10.8.1.{address} port {} ssh2: RSA SHA256:{id:016x}",
                1024 + took
            ),
        ),
    };
    Line { timestamp: BEGIN * 1_000 + number, severity, service, message }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_line_comes_twice() {
        let lines = lines(20_000);
        let messages: HashSet<_> = lines.iter().map(|line| &line.message).collect();
        assert_eq!(messages.len(), lines.len());
    }
}

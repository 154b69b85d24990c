//! Pure detectors: evidence in, verdict out.
//!
//! [`mod@line`] judges one log line by its severity, its words, its meaning and how rare it is.
//! [`pattern`] judges ten-minute windows of a stream: error spikes, low activity, shifts of
//! severity and clusters of anomalies.
//!
//! Nothing here does I/O, reads a clock or draws a random number: the caller passes texts, vectors,
//! counts and times, and the same input gives the same verdict on every machine. Nothing here
//! computes an embedding either.

pub mod line;
pub mod pattern;
mod words;

//! The nouns of Noctule and their rules: log lines, severities, verdicts, ids and time.
//!
//! Every value is valid by construction, so no later stage checks it again. This crate does no
//! I/O, knows nothing of async, and its types are deliberately not serialisable: whoever puts
//! them on a wire or in a table converts them there.

mod clock;
mod ids;
mod log_line;
mod severity;
mod tenant;
mod timestamp;
mod verdict;

pub use clock::{Clock, ManualClock, SystemClock};
pub use ids::{AnomalyId, JobId, LogId, TemplateKey};
pub use log_line::{LogLine, LogLineError, MAX_LABEL_BYTES, MAX_MESSAGE_BYTES, Source, StoredLine};
pub use severity::{Severity, UnknownSeverity};
pub use tenant::{TenantId, TenantScope};
pub use timestamp::{InvalidTimestamp, Timestamp, WINDOW_MICROS};
pub use verdict::{Confidence, Reason, ReasonKind, Verdict};

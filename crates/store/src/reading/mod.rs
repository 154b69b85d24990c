//! Reading back: lines and verdicts for workers, pages and sums for people.

mod anomaly_page;
mod batch_summary;
mod dashboard;
mod filter;
mod line;
mod line_page;
mod verdict;
mod windows;

pub use anomaly_page::{AnomalyCursor, AnomalyPage, StoredAnomaly};
pub use batch_summary::{BatchSummary, TopAnomaly};
pub use dashboard::{ArrivalCount, Dashboard};
pub use filter::LineFilter;
pub(crate) use line::LineReads;
pub use line_page::{LineCursor, LinePage, ListedLine};
pub use verdict::StoredVerdict;
pub use windows::{AnomalySighting, WindowCount};

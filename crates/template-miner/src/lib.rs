//! Masks the variable parts of log lines and names their templates.
//!
//! [`mask()`] turns `Accepted password for root from 10.0.0.7 port 22` into
//! `Accepted password for root from <ip> port <num>`; [`template_key`] gives that text a 64-bit
//! name that is the same on every machine and in every release. Both are pure functions.
//!
//! This is not yet a template miner: words that vary (user names, plugin names) stay as they are.
//! The miner's place is a module `drain` beside `mask`: it will take masked text and merge the
//! templates that differ only in such words, leaving keys and masks untouched.

mod key;
mod mask;

pub use key::template_key;
pub use mask::{MAX_TEMPLATE_BYTES, Placeholder, mask, masked, values};

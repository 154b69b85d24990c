//! Who may do what: signatures over requests, and bearer tokens.

mod bearer;
mod caller;
mod first_start;
mod header;
mod key_text;
mod keyring;
mod master_key;
mod signature;

pub(crate) use bearer::{Reader, TokenCache};
pub(crate) use caller::{Creator, Signed, UsedNonce};
pub use first_start::{FirstCredentials, ensure_credentials};
pub use key_text::key_id_of;
pub(crate) use keyring::Keyring;
pub use signature::{sign_v0, sign_v1};

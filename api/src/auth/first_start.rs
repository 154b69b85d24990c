//! The first key and the first token of an installation.

use std::fmt;

use noctule_bootstrap::{Process, Secret};
use noctule_domain::{TenantId, TenantScope};
use noctule_store::Role;

use super::{
    key_text::{key_id_of, new_signing_key, new_token, token_digest},
    master_key::MasterKey,
};

/// What the first start has made. It is shown once and cannot be shown again.
#[derive(Clone)]
pub struct FirstCredentials {
    /// The key's public name.
    pub key_id: String,
    /// The signing key.
    pub hmac_key: String,
    /// The admin's token.
    pub admin_token: String,
    /// Whether the settings gave them; then there is no need to show them.
    pub are_given: bool,
}

impl fmt::Debug for FirstCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstCredentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl fmt::Display for FirstCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.are_given {
            return write!(
                f,
                "signing key {} and admin token taken from the settings",
                self.key_id
            );
        }
        writeln!(f, "signing key (HMAC)   {}", self.hmac_key)?;
        write!(f, "admin token (Bearer) {}", self.admin_token)
    }
}

/// Makes the first signing key and admin token if the installation has none yet, or takes those
/// that the settings give. Two processes that start at once both succeed; what they took from the
/// settings is the same.
///
/// # Errors
/// When the database is away or the master key cannot be used.
pub async fn ensure_credentials(process: &Process) -> anyhow::Result<Option<FirstCredentials>> {
    let (config, store) = (&process.config, &process.store);
    if store.has_tokens().await? {
        return Ok(None);
    }
    let given = |secret: &Option<Secret>| secret.as_ref().map(|text| text.expose().to_owned());
    let (key, token) = (given(&config.bootstrap_hmac_key), given(&config.bootstrap_admin_token));
    let are_given = key.is_some() && token.is_some();
    let hmac_key = key.unwrap_or_else(new_signing_key);
    let admin_token = token.unwrap_or_else(new_token);
    let key_id = key_id_of(&hmac_key);
    let scope = TenantScope::of(TenantId::DEFAULT);
    let sealed = MasterKey::load(config)?.seal(&key_id, hmac_key.as_bytes());
    store.add_signing_key(scope, &key_id, sealed).await?;
    store.add_token(scope, Role::Admin, "first admin", token_digest(&admin_token)).await?;
    Ok(Some(FirstCredentials { key_id, hmac_key, admin_token, are_given }))
}

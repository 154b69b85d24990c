//! The key that encrypts the signing keys at rest.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, bail};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use noctule_bootstrap::{Config, make_data_folder};

const NONCE_BYTES: usize = 12;

/// Seals and opens secrets (ChaCha20-Poly1305, RFC 8439), each bound to its tenant and name.
pub(super) struct MasterKey {
    cipher: ChaCha20Poly1305,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Takes the key from the settings, else from the data folder, where it is made at first use.
    pub(super) fn load(config: &Config) -> anyhow::Result<Self> {
        let bytes = match &config.master_key {
            Some(given) => parse(given.expose()).context("master_key cannot be used")?,
            None => from_file(&config.data_dir.join("master.key"))?,
        };
        Ok(Self { cipher: ChaCha20Poly1305::new(&Key::from(bytes)) })
    }

    /// Encrypts a secret; `name` must be given again to open it.
    pub(super) fn seal(&self, name: &str, secret: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: secret, aad: name.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload);
        [&nonce[..], &sealed.expect("a short secret can be encrypted")].concat()
    }

    /// Decrypts a secret.
    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_BYTES>() else {
            bail!("the stored key {name} is cut short");
        };
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| {
            anyhow::anyhow!(
                "the signing key {name} was stored under another master key; give every api \
                 process the same NOCTULE_MASTER_KEY, or the same master.key file"
            )
        })
    }
}

fn parse(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = hex::decode(text.trim()).context("it must be hex digits")?;
    let count = bytes.len();
    bytes.try_into().map_err(|_| anyhow::anyhow!("it must have 64 hex digits, not {}", count * 2))
}

fn from_file(path: &Path) -> anyhow::Result<[u8; 32]> {
    let shown = path.display();
    if let Some(folder) = path.parent() {
        make_data_folder(folder)?;
    }
    let new: [u8; 32] = rand::random();
    // Only its owner may read it, from the first moment on; whoever comes second reads it.
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            writeln!(file, "{}", hex::encode(new))?;
            file.sync_all()?;
            Ok(new)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
            parse(&text).with_context(|| format!("{shown} cannot be used"))
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_under_its_name_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let key = MasterKey::load(&config).unwrap();
        let sealed = key.seal("k1", b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(MasterKey::load(&config).unwrap().open("k1", &sealed).unwrap(), b"secret");
        assert!(key.open("k2", &sealed).is_err());
        assert!(key.open("k1", &sealed[..4]).is_err());
        let folder = tempfile::tempdir().unwrap();
        let other = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let error = MasterKey::load(&other).unwrap().open("k1", &sealed).unwrap_err();
        assert!(error.to_string().contains("NOCTULE_MASTER_KEY"), "{error}");
    }
}

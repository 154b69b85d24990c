//! A directory that holds the model's files, read only through their hashes.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::manifest::{MODEL_FILES, PinnedFile};
use crate::EmbeddingError;

/// A directory that is said to hold the model. Nothing is believed before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDir(PathBuf);

impl ModelDir {
    /// Names a directory; whether it holds the model shows when the model is loaded.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, file: &PinnedFile) -> PathBuf {
        self.0.join(file.name)
    }

    /// Whether all files are there, whatever is in them.
    pub(crate) fn has_every_file(&self) -> bool {
        MODEL_FILES.iter().all(|file| self.file(file).is_file())
    }

    /// Whether all files are there with the right sizes; their contents are not read.
    pub(crate) fn has_every_size(&self) -> bool {
        MODEL_FILES.iter().all(|file| {
            fs::metadata(self.file(file)).is_ok_and(|found| found.len() == file.size_bytes)
        })
    }

    /// Reads a file to memory and checks those very bytes, so that nobody can exchange the file
    /// between the check and the use.
    pub(crate) fn read(&self, file: &PinnedFile) -> Result<Vec<u8>, EmbeddingError> {
        let path = self.file(file);
        let unreadable = |source| EmbeddingError::UnreadableFile { path: path.clone(), source };
        let bytes = fs::read(&path).map_err(unreadable)?;
        let found = sha256_hex(bytes.as_slice()).map_err(unreadable)?;
        if found == file.sha256 {
            Ok(bytes)
        } else {
            Err(EmbeddingError::WrongFile { path, expected: file.sha256, found })
        }
    }
}

/// The SHA-256 of everything that can be read, in lower-case hex.
pub(crate) fn sha256_hex(mut content: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match content.read(&mut piece)? {
            0 => break,
            count => hasher.update(&piece[..count]),
        }
    }
    Ok(hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha256_in_hex() {
        // FIPS 180-4, the example of one block.
        assert_eq!(
            sha256_hex(&b"abc"[..]).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}

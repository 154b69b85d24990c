//! A file on its way: grows as `<name>.part` and gets its name only with the right hash.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::SourceError;
use crate::model::{PinnedFile, sha256_hex};

/// How many bytes are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// How many bytes come between two reports: 350 for the whole model.
const REPORT_BYTES: u64 = 1 << 18;

/// A file that is missing, and what of it is here.
pub(super) struct Part {
    pub(super) file: PinnedFile,
    path: PathBuf,
    finished: PathBuf,
}

/// Why a stream was not taken to its end.
pub(super) enum CopyError {
    /// The other side failed.
    Read(io::Error),
    /// This side failed.
    Write(SourceError),
}

impl Part {
    pub(super) fn new(directory: &Path, file: PinnedFile) -> Self {
        let path = directory.join(format!("{}.part", file.name));
        Self { file, path, finished: directory.join(file.name) }
    }

    /// How many bytes are here from an earlier attempt.
    pub(super) fn size_bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    /// Appends a stream behind the first `keep` bytes. Takes at most one byte more than the file
    /// may have, so that a stream without end cannot fill the disk.
    pub(super) fn append(
        &self,
        keep: u64,
        stream: impl Read,
        mut tell: impl FnMut(u64),
    ) -> Result<(), CopyError> {
        let failed = |source| CopyError::Write(self.write_error(source));
        let mut file =
            File::options().create(true).append(true).open(&self.path).map_err(failed)?;
        file.set_len(keep).map_err(failed)?;
        let mut stream = stream.take(self.file.size_bytes.saturating_sub(keep) + 1);
        let mut piece = vec![0; PIECE_BYTES];
        let (mut size, mut told) = (keep, keep);
        loop {
            let count = stream.read(&mut piece).map_err(CopyError::Read)?;
            if count == 0 {
                tell(size);
                return file.sync_all().map_err(failed);
            }
            file.write_all(&piece[..count]).map_err(failed)?;
            size += count as u64;
            if size - told >= REPORT_BYTES {
                tell(size);
                told = size;
            }
        }
    }

    /// Checks the hash and gives the file its name; a wrong file is removed.
    pub(super) fn finish(&self) -> Result<(), SourceError> {
        let failed = |source| self.write_error(source);
        let found = File::open(&self.path).and_then(sha256_hex).map_err(failed)?;
        if found != self.file.sha256 {
            fs::remove_file(&self.path).map_err(failed)?;
            let PinnedFile { name, sha256: expected, .. } = self.file;
            return Err(SourceError::WrongFile { name, expected, found });
        }
        fs::rename(&self.path, &self.finished).map_err(failed)
    }

    /// Forgets what is here.
    pub(super) fn discard(&self) {
        // If it stays, the hash will tell.
        let _ = fs::remove_file(&self.path);
    }

    fn write_error(&self, source: io::Error) -> SourceError {
        SourceError::Write { path: self.path.clone(), source }
    }
}

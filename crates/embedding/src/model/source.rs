//! Where the model is looked for: a directory that the user names, our cache, the hub's cache.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    ModelDir,
    manifest::{CONFIG, MODEL_NAME, REPOSITORY, REVISION, TOKENIZER, digest_prefix},
};
use crate::EmbeddingError;

/// How many revisions in the hub's cache are looked at; a cache holds one or two.
const MAX_SNAPSHOTS: usize = 64;

/// Where to look for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSource {
    /// The directory that the user named. When given, nothing else is looked at.
    pub directory: Option<PathBuf>,
    /// Our own models, usually `<data>/models`. The model lies in
    /// `<cache>/all-MiniLM-L6-v2/<first 8 hex digits of the weights' SHA-256>/`.
    pub cache: PathBuf,
    /// The cache that the Hugging Face libraries share, if there may be one.
    pub hub_cache: Option<PathBuf>,
}

impl ModelSource {
    /// The usual places: `NOCTULE_MODEL_DIR` as the directory, `<data>/models` as our cache, where
    /// data is `NOCTULE_DATA_DIR`, else `$XDG_DATA_HOME/noctule`, else
    /// `~/.local/share/noctule`; and the hub's cache.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| variable(name).map(PathBuf::from);
        let home = path("HOME").unwrap_or_default();
        let data = path("NOCTULE_DATA_DIR")
            .or_else(|| Some(path("XDG_DATA_HOME")?.join("noctule")))
            .unwrap_or_else(|| home.join(".local/share/noctule"));
        // The order of the Hugging Face libraries themselves.
        let hub_cache = path("HF_HUB_CACHE")
            .or_else(|| Some(path("HF_HOME")?.join("hub")))
            .or_else(|| Some(path("XDG_CACHE_HOME")?.join("huggingface/hub")))
            .unwrap_or_else(|| home.join(".cache/huggingface/hub"));
        Self {
            directory: path("NOCTULE_MODEL_DIR"),
            cache: data.join("models"),
            hub_cache: Some(hub_cache),
        }
    }

    /// Where `fetch` puts the model, and where it is found from then on.
    #[must_use]
    pub fn cache_dir(&self) -> ModelDir {
        cache_dir(&self.cache)
    }

    /// Finds the model on this machine. In the first two places names decide, and a wrong file is
    /// reported by [`Embedder::load`](crate::Embedder::load); the hub's cache is shared, so there
    /// another revision is no error and is passed over by sizes and by the small files' hashes.
    ///
    /// # Errors
    /// [`EmbeddingError::ModelNotFound`] with every directory that was looked at.
    pub fn locate(&self) -> Result<ModelDir, EmbeddingError> {
        if let Some(directory) = &self.directory {
            let named = ModelDir::new(directory);
            let looked_in = vec![directory.clone()];
            return if named.has_every_file() {
                Ok(named)
            } else {
                Err(EmbeddingError::ModelNotFound { looked_in })
            };
        }
        let own = self.cache_dir();
        if own.has_every_file() {
            return Ok(own);
        }
        let mut looked_in = vec![own.path().to_owned()];
        if let Some(hub_cache) = &self.hub_cache {
            let snapshots = snapshots_dir(hub_cache);
            if let Some(found) = find_snapshot(&snapshots) {
                return Ok(found);
            }
            looked_in.push(snapshots);
        }
        Err(EmbeddingError::ModelNotFound { looked_in })
    }
}

pub(crate) fn cache_dir(cache: &Path) -> ModelDir {
    ModelDir::new(cache.join(MODEL_NAME).join(digest_prefix()))
}

fn snapshots_dir(hub_cache: &Path) -> PathBuf {
    hub_cache.join(format!("models--{}", REPOSITORY.replace('/', "--"))).join("snapshots")
}

/// The pinned revision, or any other one that holds the same files.
fn find_snapshot(snapshots: &Path) -> Option<ModelDir> {
    let others = fs::read_dir(snapshots).ok()?.take(MAX_SNAPSHOTS).flatten();
    std::iter::once(snapshots.join(REVISION))
        .chain(others.map(|entry| entry.path()))
        .map(ModelDir::new)
        .find(|snapshot| {
            snapshot.has_every_size()
                && snapshot.read(&CONFIG).is_ok()
                && snapshot.read(&TOKENIZER).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], cache: &str, hub_cache: &str) {
        let source = ModelSource::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        });
        assert_eq!(source.cache, Path::new(cache));
        assert_eq!(source.hub_cache.as_deref(), Some(Path::new(hub_cache)));
    }

    #[test]
    fn the_environment_names_the_places() {
        let home = ("HOME", "/h");
        check(&[home], "/h/.local/share/noctule/models", "/h/.cache/huggingface/hub");
        check(
            &[home, ("XDG_DATA_HOME", "/d"), ("XDG_CACHE_HOME", "/c")],
            "/d/noctule/models",
            "/c/huggingface/hub",
        );
        check(
            &[("NOCTULE_DATA_DIR", "/n"), ("XDG_DATA_HOME", "/d"), ("HF_HOME", "/f")],
            "/n/models",
            "/f/hub",
        );
        check(&[("HF_HOME", "/f"), ("HF_HUB_CACHE", "/g")], ".local/share/noctule/models", "/g");
    }

    #[test]
    fn a_missing_model_is_reported_with_every_place() {
        let source = ModelSource {
            directory: None,
            cache: "/nowhere/models".into(),
            hub_cache: Some("/nowhere/hub".into()),
        };
        let message = source.locate().unwrap_err().to_string();
        for part in [
            "/nowhere/models/all-MiniLM-L6-v2/53aa5117",
            "/nowhere/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots",
            "download it",
        ] {
            assert!(message.contains(part), "{part} not in: {message}");
        }
    }

    #[test]
    fn a_named_directory_is_the_only_place() {
        let source = ModelSource {
            directory: Some("/nowhere/mine".into()),
            cache: "/nowhere/models".into(),
            hub_cache: None,
        };
        let message = source.locate().unwrap_err().to_string();
        assert!(message.contains("/nowhere/mine") && !message.contains("/nowhere/models"));
    }
}

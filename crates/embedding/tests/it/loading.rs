//! What is refused, and how it is told.

use std::fs;

use noctule_embedding::{Embedder, EmbedderConfig, EmbeddingError, ModelDir, ModelSource};

use crate::model_dir;

const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

#[track_caller]
fn load(directory: &std::path::Path) -> EmbeddingError {
    Embedder::load(&ModelDir::new(directory), &EmbedderConfig::default()).unwrap_err()
}

#[test]
fn a_missing_file_is_told_by_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let error = load(directory.path());
    assert!(matches!(error, EmbeddingError::UnreadableFile { .. }));
    assert!(error.to_string().contains("config.json"), "{error}");
}

#[test]
fn a_forged_file_is_refused_with_both_hashes() {
    let Some(model) = model_dir() else { return };
    let directory = tempfile::tempdir().unwrap();
    for forged in FILES {
        for name in FILES {
            let copy = directory.path().join(name);
            let mut content = fs::read(model.path().join(name)).unwrap();
            if name == forged {
                *content.last_mut().unwrap() ^= 1;
            }
            fs::write(copy, content).unwrap();
        }
        let message = load(directory.path()).to_string();
        let path = directory.path().join(forged);
        assert!(message.contains(&path.display().to_string()), "{message}");
        let is_hash = |word: &&str| word.trim_end_matches(';').len() == 64;
        assert_eq!(message.split_whitespace().filter(is_hash).count(), 2, "{message}");
    }
}

#[test]
fn the_hubs_cache_is_found_by_content() {
    let Some(model) = model_dir() else { return };
    let hub_cache = tempfile::tempdir().unwrap();
    let snapshots =
        hub_cache.path().join("models--sentence-transformers--all-MiniLM-L6-v2/snapshots");
    let (wrong, right) = (snapshots.join("0000"), snapshots.join("1111"));
    for snapshot in [&wrong, &right] {
        fs::create_dir_all(snapshot).unwrap();
        for name in FILES {
            fs::copy(model.path().join(name), snapshot.join(name)).unwrap();
        }
    }
    let config = wrong.join("config.json");
    let changed = fs::read_to_string(&config).unwrap().replace("4.8.2", "4.8.3");
    fs::write(&config, changed).unwrap();
    let source = ModelSource {
        directory: None,
        cache: hub_cache.path().join("ours"),
        hub_cache: Some(hub_cache.path().to_owned()),
    };
    assert_eq!(source.locate().unwrap().path(), right);
}

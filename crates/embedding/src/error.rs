//! What can go wrong between a text and its vector. Failures of a download have their own type.

use std::path::PathBuf;

/// Why a model could not be loaded, or a text not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The model is nowhere on this machine.
    #[error(
        "the model all-MiniLM-L6-v2 was not found; looked in {}; download it, or point to a \
         directory that holds config.json, tokenizer.json and model.safetensors",
        list(looked_in)
    )]
    ModelNotFound {
        /// The directories that were searched, in order.
        looked_in: Vec<PathBuf>,
    },
    /// A file of the model cannot be read.
    #[error("cannot read the model file {}", path.display())]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not the one that the manifest names. It is never loaded.
    #[error(
        "{} is not the expected file: its SHA-256 should be {expected} but is {found}; remove it \
         and fetch the model again",
        path.display()
    )]
    WrongFile {
        /// The file.
        path: PathBuf,
        /// The manifest's SHA-256, in hex.
        expected: &'static str,
        /// The file's SHA-256, in hex.
        found: String,
    },
    /// The files are the expected ones, but no model can be built from them.
    #[error("the model cannot be used")]
    UnusableModel(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A replica's thread could not be started.
    #[error("cannot start the thread of an embedding replica")]
    ThreadNotStarted(#[source] std::io::Error),
    /// The engine returned an error for a text.
    #[error("embedding failed")]
    EngineFailed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine panicked; the replica that ran it lives on.
    #[error("the embedding engine panicked: {message}")]
    EnginePanicked {
        /// The panic's message.
        message: String,
    },
    /// The embedder was dropped while the texts were waiting.
    #[error("the embedder has stopped")]
    Stopped,
}

impl EmbeddingError {
    /// An engine's failure of any kind.
    pub(crate) fn engine(
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        Self::EngineFailed(source.into())
    }

    /// A model that cannot be built.
    pub(crate) fn unusable(
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        Self::UnusableModel(source.into())
    }
}

fn list(directories: &[PathBuf]) -> String {
    let names: Vec<String> =
        directories.iter().map(|directory| directory.display().to_string()).collect();
    names.join(", ")
}

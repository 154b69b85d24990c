//! The Hugging Face hub, by its documented address of a file: `/<repo>/resolve/<commit>/<file>`.
//!
//! Plain requests and no hub crate: hf-hub 0.5 knows no time limits, so behind a firewall that
//! drops everything the second source would never be asked (and it needs 12 crates more); hf-hub
//! 1.0 needs 152 crates more, among them aws-lc. Neither compares with a SHA-256 that is known
//! beforehand.

use std::time::Duration;

use ureq::{Agent, Body, http::Response, http::StatusCode};

use super::{
    FetchOptions, Report, SourceError,
    part::{CopyError, Part},
};
use crate::model::{REPOSITORY, REVISION};

/// A firewall that drops everything must not keep the next source waiting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// One attempt may take this long; the next goes on where it ended, so a slow line needs several
/// and only a dead one gives up.
const BODY_TIMEOUT: Duration = Duration::from_mins(2);

/// Attempts a file: 90 MB then need 24 KB/s at least.
const MAX_ATTEMPTS: usize = 32;

/// Beginnings of a URL that stays on this machine.
const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];

/// Fetches all missing files.
pub(super) fn fetch(
    missing: &[Part],
    options: &FetchOptions,
    report: &mut Report,
) -> Result<(), SourceError> {
    let endpoint = options.hub_endpoint.as_deref().unwrap_or_default().trim_end_matches('/');
    let agent = connect(endpoint);
    for (index, part) in missing.iter().enumerate() {
        let url = format!("{endpoint}/{REPOSITORY}/resolve/{REVISION}/{}", part.file.name);
        let connection = Connection { agent: &agent, url, token: options.hub_token.as_deref() };
        connection.fetch_file(part, &mut |bytes| report.tell(index, bytes))?;
    }
    Ok(())
}

fn connect(endpoint: &str) -> Agent {
    let config = Agent::config_builder()
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(RESPONSE_TIMEOUT))
        .timeout_recv_body(Some(BODY_TIMEOUT))
        .user_agent(concat!("noctule/", env!("CARGO_PKG_VERSION")));
    // The environment's proxy cannot know a mirror on this very machine.
    let is_here = LOOPBACK.iter().any(|host| endpoint.starts_with(host));
    if is_here { config.proxy(None).build().into() } else { config.build().into() }
}

/// One file at the hub.
struct Connection<'a> {
    agent: &'a Agent,
    url: String,
    token: Option<&'a str>,
}

impl Connection<'_> {
    fn fetch_file(&self, part: &Part, tell: &mut dyn FnMut(u64)) -> Result<(), SourceError> {
        for _ in 0..MAX_ATTEMPTS {
            let before = part.size_bytes();
            if before >= part.file.size_bytes {
                break;
            }
            match self.attempt(part, before, tell) {
                // More came than before, so it may be worth another attempt.
                Err(SourceError::Interrupted { .. }) if part.size_bytes() > before => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        part.finish()
    }

    /// Asks for what is missing and takes what comes.
    fn attempt(
        &self,
        part: &Part,
        before: u64,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), SourceError> {
        let response = self.request(before).map_err(|source| {
            // What is here goes on nowhere at the server, so the next attempt starts afresh.
            if matches!(source, ureq::Error::StatusCode(416)) {
                part.discard();
            }
            SourceError::Request { url: self.url.clone(), source: Box::new(source) }
        })?;
        // A server that does not know ranges starts from the beginning.
        let is_continued = response.status() == StatusCode::PARTIAL_CONTENT;
        let keep = if is_continued { before } else { 0 };
        let expected = part.file.size_bytes;
        let interrupted = |source| SourceError::Interrupted {
            url: self.url.clone(),
            received: part.size_bytes(),
            expected,
            source,
        };
        match part.append(keep, response.into_body().into_reader(), tell) {
            Ok(()) if part.size_bytes() < expected => Err(interrupted(None)),
            Ok(()) => Ok(()),
            Err(CopyError::Read(source)) => Err(interrupted(Some(source))),
            Err(CopyError::Write(error)) => Err(error),
        }
    }

    fn request(&self, from: u64) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(&self.url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        if let Some(token) = self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        request.call()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead, BufReader, Write},
        net::TcpListener,
        path::Path,
        thread::{self, JoinHandle},
    };

    use super::super::{FetchError, fetch_files};
    use crate::{
        ModelDir,
        model::{PinnedFile, sha256_hex},
    };

    use super::*;

    /// Answers one request with each of the responses; ends with the requests it got.
    struct Server {
        endpoint: String,
        thread: JoinHandle<Vec<String>>,
    }

    impl Server {
        fn start(responses: Vec<String>) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let endpoint = format!("http://{}", listener.local_addr().unwrap());
            let thread = thread::spawn(move || {
                let mut requests = Vec::new();
                for response in responses {
                    let (mut stream, _) = listener.accept().unwrap();
                    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let head: Vec<String> =
                        lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
                    requests.push(head.join("\n").to_lowercase());
                    stream.write_all(response.as_bytes()).unwrap();
                }
                requests
            });
            Self { endpoint, thread }
        }

        fn requests(self) -> Vec<String> {
            self.thread.join().unwrap()
        }
    }

    fn ok(body: &str) -> String {
        response("200 OK", body.len(), body)
    }

    fn response(status: &str, length: usize, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    fn pin(name: &'static str, content: &str) -> PinnedFile {
        let sha256 = sha256_hex(content.as_bytes()).unwrap().leak();
        PinnedFile { name, sha256, size_bytes: content.len() as u64 }
    }

    fn fetch_from(server: &Server, files: &[PinnedFile], into: &Path) -> Result<(), FetchError> {
        let options = FetchOptions {
            hub_endpoint: Some(server.endpoint.clone()),
            hub_token: Some("secret".to_owned()),
            python: None,
        };
        let mut last = None;
        let result = fetch_files(files, &ModelDir::new(into), &options, &mut |told| {
            assert!(told.done_bytes <= told.total_bytes);
            last = Some(told);
        });
        if result.is_ok() {
            assert!(last.is_none_or(|told| told.done_bytes == told.total_bytes));
        }
        result
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".lock")
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_come_from_the_pinned_revision_and_only_once() {
        let directory = tempfile::tempdir().unwrap();
        let files = [pin("a.json", "first"), pin("b.bin", "second")];
        let server = Server::start(vec![ok("first"), ok("second")]);
        fetch_from(&server, &files, directory.path()).unwrap();
        fetch_from(&server, &files, directory.path()).unwrap();
        assert_eq!(names(directory.path()), ["a.json", "b.bin"]);
        let requests = server.requests();
        let path = "/sentence-transformers/all-minilm-l6-v2/resolve/\
                    1110a243fdf4706b3f48f1d95db1a4f5529b4d41/a.json";
        assert!(requests[0].starts_with(&format!("get {path} ")), "{}", requests[0]);
        assert!(requests[0].contains("authorization: bearer secret"));
    }

    #[test]
    fn a_file_with_the_wrong_hash_is_refused_and_removed() {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(vec![ok("forged")]);
        let file = pin("a.json", "honest");
        let error = fetch_from(&server, &[file], directory.path()).unwrap_err().to_string();
        let forged = sha256_hex(&b"forged"[..]).unwrap();
        assert!(error.contains(file.sha256) && error.contains(&forged), "{error}");
        assert_eq!(names(directory.path()), [""; 0]);
    }

    #[test]
    fn a_stream_without_end_is_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(vec![ok(&"x".repeat(1 << 20))]);
        let error = fetch_from(&server, &[pin("a.json", "xx")], directory.path()).unwrap_err();
        let three_bytes = sha256_hex(&b"xxx"[..]).unwrap();
        assert!(error.to_string().contains(&three_bytes), "{error}");
    }

    #[test]
    fn a_truncated_body_is_an_error_and_the_next_fetch_goes_on_from_there() {
        let directory = tempfile::tempdir().unwrap();
        let files = [pin("a.json", "0123456789")];
        // The second attempt brings nothing, so there is no third.
        let truncated = response("200 OK", 10, "0123");
        let server = Server::start(vec![truncated, response("206 Partial Content", 6, "")]);
        let error = fetch_from(&server, &files, directory.path()).unwrap_err().to_string();
        assert!(error.contains("ended after 4 of 10 bytes"), "{error}");
        assert_eq!(names(directory.path()), ["a.json.part"]);
        assert!(server.requests()[1].contains("range: bytes=4-"));

        let server = Server::start(vec![response("206 Partial Content", 6, "456789")]);
        fetch_from(&server, &files, directory.path()).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("a.json")).unwrap(), "0123456789");
    }

    #[test]
    fn a_server_without_ranges_starts_again() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.json.part"), "012").unwrap();
        let server = Server::start(vec![ok("0123456789")]);
        fetch_from(&server, &[pin("a.json", "0123456789")], directory.path()).unwrap();
        assert_eq!(names(directory.path()), ["a.json"]);
    }

    #[test]
    fn redirects_are_followed_without_the_token() {
        let directory = tempfile::tempdir().unwrap();
        let storage = Server::start(vec![ok("content")]);
        let redirect = format!(
            "HTTP/1.1 302 Found\r\nLocation: {}/blob\r\nContent-Length: 0\r\n\r\n",
            storage.endpoint
        );
        let hub = Server::start(vec![redirect]);
        fetch_from(&hub, &[pin("a.json", "content")], directory.path()).unwrap();
        assert!(!storage.requests()[0].contains("secret"));
    }

    #[test]
    fn every_failure_is_told_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let server = Server::start(vec![response("404 Not Found", 0, "")]);
        let options = FetchOptions {
            hub_endpoint: Some(server.endpoint.clone()),
            hub_token: None,
            python: Some("/nowhere/python3".into()),
        };
        let target = ModelDir::new(directory.path());
        let error = fetch_files(&[pin("a.json", "a")], &target, &options, &mut |_| {});
        let message = error.unwrap_err().to_string();
        let (hub, package) = message.split_once("; Python package: ").unwrap();
        assert!(hub.contains("Hugging Face hub") && hub.contains("404"), "{message}");
        assert!(package.contains("/nowhere/python3"), "{message}");
        assert_eq!(names(directory.path()), [""; 0]);
    }

    #[test]
    fn processes_that_fetch_at_once_download_once() {
        let directory = tempfile::tempdir().unwrap();
        let files = [pin("a.json", "content")];
        let server = Server::start(vec![ok("content")]);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| fetch_from(&server, &files, directory.path()).unwrap());
            }
        });
        assert_eq!(server.requests().len(), 1);
    }
}

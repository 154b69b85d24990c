//! The logger between a level and a message, with the thread and the process before it.
//!
//! A word before a colon is part of the message unless it looks like a logger's name.

use super::text_header::group;

/// Threads and other groups in brackets; no layout that we know has more.
const MAX_GROUPS: usize = 3;

/// A logger, if the header has one, and the message.
type Logger<'a> = (Option<&'a str>, &'a str);

/// Reads the logger, if it is one, and the message.
pub(super) fn after_level(text: &str) -> Option<Logger<'_>> {
    if let Some(found) = spring(text) {
        return Some(found);
    }
    let (mut rest, mut groups) = (text, 0);
    while let Some((_, after)) = group(rest).filter(|_| groups < MAX_GROUPS) {
        rest = after.trim_start();
        groups += 1;
    }
    if groups > 0 && (rest.starts_with("- ") || rest.starts_with(": ")) {
        return Some((None, &rest[2..]));
    }
    // Flask: `ERROR in app: message`.
    let flask = rest.strip_prefix("in ").filter(|rest| is_flask(rest));
    let (word, after) = flask.unwrap_or(rest).split_once(' ')?;
    if let Some(name) = word.strip_suffix(':') {
        return (flask.is_some() || is_logger_name(name))
            .then_some((Some(name), after.trim_start()));
    }
    if let Some(message) = after.strip_prefix("- ") {
        let name = loguru_module(word).unwrap_or(word);
        let is_logger = groups > 0 || name.len() < word.len() || is_logger_name(word);
        return is_logger.then_some((Some(name), message));
    }
    // Log4j with the place in the source: `INFO c.f.Shop [Shop.java:7] - message`.
    let place = group(after).and_then(|(_, rest)| rest.trim_start().strip_prefix("- "));
    if let Some(message) = place.filter(|_| is_logger_name(word)) {
        return Some((Some(word), message));
    }
    // Tomcat: `INFO [main] org.apache.A.b message`.
    let is_tomcat = groups > 0 && word.matches('.').count() > 1 && is_logger_name(word);
    is_tomcat.then_some((Some(word), after))
}

/// Reads `nova.api [req-1] message` after a process and a level, as `OpenStack` writes.
pub(super) fn after_process_and_level(text: &str) -> Option<Logger<'_>> {
    let (word, message) = text.split_once(' ')?;
    let is_request = message.starts_with("[req-") || message.starts_with("[-]");
    let is_logger = is_logger_name(word) && !word.ends_with([':', '.']);
    (is_request || is_logger).then_some((Some(word), message))
}

fn is_flask(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(module, _)| !module.contains(' '))
}

/// Reads `12345 --- [main] c.e.Shop   : message`, as Spring Boot writes.
fn spring(text: &str) -> Option<Logger<'_>> {
    let (process, rest) = text.split_once(" --- ")?;
    if process.is_empty() || !process.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut rest = rest;
    for _ in 0..MAX_GROUPS {
        rest = group(rest).map_or(rest, |(_, after)| after.trim_start());
    }
    let (logger, message) = rest.split_once(": ")?;
    let logger = logger.trim_end();
    (!logger.contains(' ')).then_some((Some(logger), message))
}

/// The module of `module:function:12`, as Loguru (Python) writes.
fn loguru_module(word: &str) -> Option<&str> {
    let (place, line) = word.rsplit_once(':')?;
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    place.split_once(':').filter(|_| is_line).map(|(module, _)| module)
}

/// Whether a word looks like a logger: a dotted or `::` path, or `CamelCase`, but not an error's
/// class, which belongs to the message, nor a number or an address.
pub(super) fn is_logger_name(word: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._$:-@/".contains(&byte);
    let is_error = ["Exception", "Error", "Failure"].iter().any(|end| word.ends_with(end));
    let has_lone_colon = word.replace("::", "").contains(':');
    let is_path = ["::", ".", "$"].iter().any(|mark| word.trim_matches(['.', ':']).contains(mark));
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(is_name)
        && !is_error
        && !has_lone_colon
        && (is_path || is_camel_case(word))
}

fn is_camel_case(word: &str) -> bool {
    let upper = word.bytes().filter(u8::is_ascii_uppercase).count();
    word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && upper > 1
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_loggers_are_told_from_words_and_errors() {
        for name in ["c.f.Shop", "shop::pay", "dfs.DataNode$Packet", "TaskSetManager", "_x.y"] {
            assert!(is_logger_name(name), "{name}");
        }
        assert_eq!(after_level("[] timeout: 5 s"), None);
        for word in [
            "",
            "timeout",
            "Shop",
            "NullPointerException",
            "a.b.IOException",
            "10.0.0.1",
            "ERROR",
            "main.go:12",
            "shop.",
            "a b.c",
            "ünï.code",
        ] {
            assert!(!is_logger_name(word), "{word}");
        }
    }

    #[test]
    fn a_process_makes_the_next_word_a_logger() {
        for (text, expected) in [
            ("nova.api [req-1] up", Some((Some("nova.api"), "[req-1] up"))),
            ("os_vif [-] up", Some((Some("os_vif"), "[-] up"))),
            ("nova.api raise x", Some((Some("nova.api"), "raise x"))),
            ("dfs.Node: up", None),
            ("starting up", None),
        ] {
            assert_eq!(after_process_and_level(text), expected, "{text}");
        }
    }
}

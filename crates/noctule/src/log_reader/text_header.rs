//! What stands between a time and a message: thread, process, logger and level.
//!
//! Only what is certainly a header is taken off: a level in running text (`error opening file`) is
//! part of the message. What may follow the level is in `text_logger`.

use noctule_domain::Severity;

use super::{
    level::{self, MAX_WORD_BYTES},
    text_logger::{self, is_logger_name},
};

/// Threads, processes and loggers before the level; no layout that we know has more.
const MAX_ITEMS: usize = 5;

/// A longer group in brackets is part of the message.
const MAX_GROUP_BYTES: usize = 100;

/// The words that are a level wherever a line starts with them. Others, such as `log` and `fail`,
/// are only one after a time.
const CLEAR_WORDS: [&str; 16] = [
    "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRIT", "CRITICAL",
    "FATAL", "SEVERE", "EMERG", "ALERT", "PANIC", "VERBOSE",
];

/// A header that was taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) severity: Severity,
    pub(super) service: Option<&'a str>,
    pub(super) message: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    AfterTime,
    LineStart,
}

/// What was passed before the level.
#[derive(Debug, Clone, Copy, Default)]
struct BeforeLevel<'a> {
    service: Option<&'a str>,
    has_process: bool,
}

/// Reads a header after a time. `None` when there is no level within reach.
pub(super) fn after_time(text: &str) -> Option<Header<'_>> {
    let mut rest = after_separators(text);
    let mut before = BeforeLevel::default();
    for _ in 0..=MAX_ITEMS {
        if let Some((severity, after)) = level(rest, Place::AfterTime) {
            return Some(completed(severity, before, after));
        }
        if let Some((severity, channel, after)) = channel_and_level(rest) {
            let service = Some(channel);
            return Some(completed(severity, BeforeLevel { service, ..before }, after));
        }
        let (item, after) = item_before_level(rest)?;
        match item {
            Item::Logger(name) => before.service = Some(name),
            Item::Process => before.has_process = true,
            Item::Group => {}
        }
        rest = after_separators(after);
    }
    None
}

/// Reads a level at the start of a line, and returns what follows it.
pub(super) fn level_at_line_start(text: &str) -> Option<(Severity, &str)> {
    level(text, Place::LineStart).map(|(severity, rest)| (severity, after_separators(rest)))
}

/// Reads a header at the start of a line without a time.
pub(super) fn at_line_start(text: &str) -> Option<Header<'_>> {
    python_default(text).or_else(|| dotnet(text)).or_else(|| {
        let (severity, after) = level(text, Place::LineStart)?;
        let header = completed(severity, BeforeLevel::default(), after);
        // `ERROR IN LINE 7` is a sentence: it has a level, but all of it is the message.
        Some(if is_shouted(header.message) { Header { message: text, ..header } } else { header })
    })
}

/// Reads the level, and the logger if there is one, that share brackets with a time:
/// `INFO  shop::pay` (`env_logger`), `: ERROR/MainProcess` (Celery).
pub(super) fn in_brackets(text: &str) -> Option<(Severity, Option<&str>)> {
    let text = after_separators(text);
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let severity = level::word(&text[..length])?;
    let logger = text[length..].trim();
    let is_logger = !logger.is_empty() && !logger.contains([' ', '/']);
    Some((severity, is_logger.then_some(logger)))
}

/// Whether a text starts with a word in capitals that is more than an abbreviation's letter.
fn is_shouted(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or(text);
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What follows spaces, dashes, pipes, commas and a colon.
pub(super) fn after_separators(text: &str) -> &str {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '|', ',']);
        let dashes = trimmed.len() - trimmed.trim_start_matches('-').len();
        let after = if dashes > 0 {
            &trimmed[dashes..]
        } else {
            trimmed.strip_prefix(':').unwrap_or(trimmed)
        };
        // `-5` and `::1` are no separators.
        let is_mark =
            after.len() < trimmed.len() && (after.is_empty() || after.starts_with([' ', '\t']));
        if !is_mark {
            return trimmed;
        }
        rest = after;
    }
}

/// Reads `LEVEL:logger:message`, Python's format when none is set.
fn python_default(text: &str) -> Option<Header<'_>> {
    let (word, rest) = text.split_once(':')?;
    let is_level = matches!(word, "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL");
    let (logger, message) = rest.split_once(':').filter(|_| is_level)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_logger = !logger.is_empty() && logger.bytes().all(is_name);
    let severity = level::word(word)?;
    is_logger.then_some(Header { severity, service: Some(logger), message })
}

/// Reads `fail: Shop.Pay[0]`, .NET's console; the message itself is on the next line.
fn dotnet(text: &str) -> Option<Header<'_>> {
    let (word, message) = text.split_once(": ")?;
    let is_level = matches!(word, "trce" | "dbug" | "info" | "warn" | "fail" | "crit");
    let (category, _) = message.strip_suffix(']')?.split_once('[').filter(|_| is_level)?;
    let severity = level::word(word)?;
    let is_category = !category.is_empty() && !category.contains(' ');
    is_category.then_some(Header { severity, service: Some(category), message })
}

/// Reads a level and returns what follows its word or bracket.
fn level(text: &str, place: Place) -> Option<(Severity, &str)> {
    let is_accepted = |word: &str| {
        place == Place::AfterTime
            || CLEAR_WORDS.iter().any(|clear| clear.eq_ignore_ascii_case(word))
    };
    if let Some((inside, rest)) = group(text) {
        let word = inside.trim();
        let severity = match word.as_bytes() {
            [letter @ (b'D' | b'I' | b'W' | b'E' | b'F')] => level::letter(*letter),
            _ => level::word(word),
        };
        return severity.filter(|_| is_accepted(word)).map(|severity| (severity, rest));
    }
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = text.split_at(length);
    let is_level =
        (3..=MAX_WORD_BYTES).contains(&length) && is_accepted(word) && is_bare_level(word, rest);
    level::word(word).filter(|_| is_level).map(|severity| (severity, rest))
}

/// Whether a word stands where a level stands, and not in a sentence.
fn is_bare_level(word: &str, rest: &str) -> bool {
    let is_upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
    match rest.as_bytes() {
        [] | [b':'] | [b':', b' ' | b'\t', ..] | [b'\t' | b'|', ..] => true,
        [b':', next, ..] => is_upper && *next != b':',
        [b' ', ..] => {
            is_upper || ["  ", " - ", " [", " |", " :"].iter().any(|end| rest.starts_with(end))
        }
        _ => false,
    }
}

/// Reads `app.ERROR: `, as Monolog and Laravel write.
fn channel_and_level(text: &str) -> Option<(Severity, &str, &str)> {
    let (token, rest) = text.split_once(": ")?;
    let (channel, word) = token.rsplit_once('.').filter(|_| !token.contains(' '))?;
    let is_upper = word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    Some((level::word(word).filter(|_| is_upper)?, channel, rest))
}

/// What may stand between a time and a level.
enum Item<'a> {
    Logger(&'a str),
    Process,
    /// A thread, a place in the source and the like, in brackets.
    Group,
}

fn item_before_level(text: &str) -> Option<(Item<'_>, &str)> {
    if let Some((_, rest)) = group(text) {
        return Some((Item::Group, rest));
    }
    let (word, rest) = text.split_once(' ')?;
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((Item::Process, rest));
    }
    // PostgreSQL: `[1234] user@db ERROR:  message`.
    if word.contains('@') {
        return Some((Item::Group, rest));
    }
    // A name in a padded column is followed by two spaces at least, unless it fills it.
    let is_logger = is_logger_name(word) || rest.starts_with("- ") || rest.starts_with(' ');
    (is_logger && !word.is_empty()).then_some((Item::Logger(word), rest))
}

/// A short text in brackets of any kind, and what follows.
pub(super) fn group(text: &str) -> Option<(&str, &str)> {
    let close = match text.as_bytes().first()? {
        b'[' => ']',
        b'(' => ')',
        b'{' => '}',
        b'<' => '>',
        _ => return None,
    };
    let (inside, rest) = text[1..].split_once(close)?;
    (inside.len() <= MAX_GROUP_BYTES).then_some((inside, rest))
}

fn completed<'a>(severity: Severity, before: BeforeLevel<'a>, after: &'a str) -> Header<'a> {
    let rest = after_separators(after);
    // A logger before the level is the logger; what looks like one after it is the message's.
    let logger = match before {
        BeforeLevel { service: Some(_), .. } => None,
        BeforeLevel { has_process: true, .. } => {
            text_logger::after_process_and_level(rest).or_else(|| text_logger::after_level(rest))
        }
        BeforeLevel { has_process: false, .. } => text_logger::after_level(rest),
    };
    let (service, message) = logger.unwrap_or((before.service, rest));
    Header { severity, service, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Option<Header<'_>>, expected: Option<(Severity, &str, &str)>) {
        let found = header.map(|h| (h.severity, h.service.unwrap_or(""), h.message));
        assert_eq!(found, expected);
    }

    #[test]
    fn headers_after_a_time_are_read() {
        use Severity::{Critical, Error, Info, Warning};
        for (text, severity, service, message) in [
            (" ERROR it broke", Error, "", "it broke"),
            (" [ERROR] it broke", Error, "", "it broke"),
            (" error: it broke", Error, "", "it broke"),
            (" [INF] up", Info, "", "up"),
            (" [E] it broke", Error, "", "it broke"),
            (" - shop.pay - ERROR - it broke", Error, "shop.pay", "it broke"),
            (" - root - WARNING - low: disk", Warning, "root", "low: disk"),
            (" INFO [main] c.f.Shop - up", Info, "c.f.Shop", "up"),
            (" [main] INFO  c.f.Shop - up", Info, "c.f.Shop", "up"),
            (" INFO  [main:Quorum@101] - up", Info, "", "up"),
            (" 148 INFO dfs.DataNode$Packet: up", Info, "dfs.DataNode$Packet", "up"),
            (" WARN TaskSetManager: Lost task", Warning, "TaskSetManager", "Lost task"),
            (" ERROR db::pool: it broke", Error, "db::pool", "it broke"),
            ("  WARN 123 --- [  main] c.f.Shop     : slow", Warning, "c.f.Shop", "slow"),
            (" INFO 1 --- [app] [main] c.f.Shop : up", Info, "c.f.Shop", "up"),
            (" | INFO     | shop:pay:12 - up", Info, "shop", "up"),
            (" 25746 INFO nova.api [req-1 - -] up", Info, "nova.api", "[req-1 - -] up"),
            (" 25746 INFO os_vif [req-1 - -] up", Info, "os_vif", "[req-1 - -] up"),
            (" 25746 ERROR nova.api     raise x", Error, "nova.api", "    raise x"),
            (" INFO [main] org.apache.Start.log up", Info, "org.apache.Start.log", "up"),
            (" [1234] [INFO] Booting: 7", Info, "", "Booting: 7"),
            (" {job.py:12} INFO - up", Info, "", "up"),
            (" [1234] FATAL:  no route", Critical, "", "no route"),
            (" 0 [Warning] [MY-010068] [Server] slow", Warning, "", "[MY-010068] [Server] slow"),
            (" WARN c.f.Shop [Shop.java:7] - slow", Warning, "c.f.Shop", "slow"),
            (" [12] ann@shop ERROR:  no table", Error, "", "no table"),
            (" root         ERROR    it broke", Error, "root", "it broke"),
            (" local.ERROR: it broke {}", Error, "local", "it broke {}"),
            (" ERROR in app: it broke", Error, "app", "it broke"),
            ("\tinfo\tup", Info, "", "up"),
            (" ERROR timeout: no answer", Error, "", "timeout: no answer"),
            (" ERROR NullPointerException: x", Error, "", "NullPointerException: x"),
            (" ERROR 10.0.0.1: refused", Error, "", "10.0.0.1: refused"),
            (" ERROR [payment] declined", Error, "", "[payment] declined"),
            (" ERROR", Error, "", ""),
        ] {
            check(after_time(text), Some((severity, service, message)));
        }
    }

    #[test]
    fn running_text_after_a_time_is_no_header() {
        for text in [
            "",
            " error opening file",
            " Received ERROR from upstream",
            " - started - all good",
            " informational ERRORs",
            " -5 degrees",
            " [a] [b] [c] [d] [e] [f] [g] ERROR x",
        ] {
            check(after_time(text), None);
        }
    }

    #[test]
    fn headers_at_the_start_of_a_line_are_read() {
        use Severity::{Critical, Error, Info, Warning};
        for (text, expected) in [
            ("ERROR it broke", Some((Error, "", "it broke"))),
            ("WARN: slow", Some((Warning, "", "slow"))),
            ("ERROR IN LINE 7", Some((Error, "", "ERROR IN LINE 7"))),
            ("[error] it broke", Some((Error, "", "it broke"))),
            ("fatal: no repository", Some((Critical, "", "no repository"))),
            ("WARNING:shop.pay:slow: very", Some((Warning, "shop.pay", "slow: very"))),
            ("INFO:     192.0.2.7:1 - \"GET /\"", Some((Info, "", "192.0.2.7:1 - \"GET /\""))),
            ("fail: Shop.Pay[0]", Some((Error, "Shop.Pay", "Shop.Pay[0]"))),
            ("fail: it broke", None),
            ("Error opening file", None),
            ("error opening file", None),
            ("LOG of changes", None),
            ("[log] x", None),
            ("[1] x", None),
            ("Success: done", None),
            ("std::error::Error", None),
            ("ERRORS: 5", None),
        ] {
            check(at_line_start(text), expected);
        }
    }

    #[test]
    fn brackets_around_time_and_level_are_read() {
        for (text, expected) in [
            (" INFO  shop::pay", Some((Severity::Info, Some("shop::pay")))),
            (": ERROR/MainProcess", Some((Severity::Error, None))),
            (" WRN", Some((Severity::Warning, None))),
            (" main", None),
            ("", None),
        ] {
            assert_eq!(in_brackets(text), expected, "{text}");
        }
    }
}

//! logfmt: `level=info ts=… msg="…" key=value`, as Go programs write.
//!
//! The names are those of `field_names`. A line counts as logfmt when it starts with a pair and
//! has a time, a level or a `msg`. Without a `msg`, or with words that are in no pair, the message
//! is the line without its time and level, so that nothing is lost.

use std::borrow::Cow;

use super::{
    calendar::Calendar,
    collector::Collector,
    cursor::quoted_length,
    field_names::{self, FieldName, Role},
    record::Fields,
};

/// Longer names are taken for text with an equals sign in it.
const MAX_NAME_BYTES: usize = 64;

/// Reads a line of pairs.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Option<Fields<'a>> {
    let first = Pairs { rest: line }.next()?;
    if first.name.is_empty() {
        return None;
    }
    let mut collector = Collector::new(calendar);
    let (mut has_message, mut has_loose_words) = (false, false);
    for pair in (Pairs { rest: line }) {
        has_loose_words |= pair.name.is_empty();
        if let Some(name) = pair.field_name() {
            has_message |= matches!(name.role, Some((Role::Message, 0 | 1)));
            collector.note(pair.name, name);
            collector.offer_text(name, pair.value());
        }
    }
    // The kernel's audit log has a `msg` that is a time and an id; its text is in other pairs.
    let is_audit = line.contains("msg=audit(");
    if is_audit || !(has_message || collector.has_time_or_level()) {
        return None;
    }
    let mut fields = collector.finish();
    if !has_message || has_loose_words {
        fields.message = Cow::Owned(without_time_and_level(line));
    }
    Some(fields)
}

fn without_time_and_level(line: &str) -> String {
    let is_kept = |pair: &Pair<'_>| {
        let role = pair.field_name().and_then(|name| name.role);
        !matches!(role, Some((Role::Timestamp | Role::Severity, _)))
    };
    let kept = Pairs { rest: line }.filter(is_kept).map(|pair| pair.text);
    kept.collect::<Vec<_>>().join(" ")
}

/// A pair as it stands in the line, or a word that is none; that has no name.
struct Pair<'a> {
    text: &'a str,
    name: &'a str,
    raw_value: &'a str,
}

impl<'a> Pair<'a> {
    fn field_name(&self) -> Option<FieldName> {
        field_names::lookup(self.name)
            .or_else(|| field_names::lookup(&self.name.to_ascii_lowercase()))
    }

    /// The value without its quotes and escapes.
    fn value(&self) -> Cow<'a, str> {
        let Some(quoted) = self.raw_value.strip_prefix('"') else {
            return Cow::Borrowed(self.raw_value);
        };
        let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
        if !quoted.contains('\\') {
            return Cow::Borrowed(quoted);
        }
        let mut value = String::with_capacity(quoted.len());
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            value.push(if c == '\\' { chars.next().map_or(c, unescaped) } else { c });
        }
        Cow::Owned(value)
    }
}

fn unescaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    }
}

/// The pairs and words of a line.
struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let start = self.rest.trim_start();
        let name_length = start.bytes().take_while(|byte| is_name_byte(*byte)).count();
        let is_pair = (1..=MAX_NAME_BYTES).contains(&name_length)
            && start.as_bytes().get(name_length) == Some(&b'=');
        let name = if is_pair { &start[..name_length] } else { "" };
        let value_start = if is_pair { name_length + 1 } else { 0 };
        let length = value_start + value_length(&start[value_start..]);
        let (text, rest) = start.split_at(length);
        self.rest = rest;
        (!text.is_empty()).then(|| Pair { text, name, raw_value: &text[value_start..] })
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-@/".contains(&byte)
}

/// The length of a value: a quoted text to its closing quote, or up to white space.
fn value_length(text: &str) -> usize {
    quoted_length(text).unwrap_or_else(|| text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        for (line, shown) in [
            (
                r#"time="2024-01-15T10:30:00Z" level=error msg="it \"broke\"\n" err=refused"#,
                "2024-01-15T10:30:00Z ERROR | it \"broke\"",
            ),
            (
                "ts=2024-01-15T10:30:00.250Z caller=main.go:7 level=warn component=api msg=slow",
                "2024-01-15T10:30:00.250Z WARNING service=api | slow",
            ),
            (
                "ts=1705314600 level=info caller=a.go:7 err=\"no route\"",
                "2024-01-15T10:30:00Z INFO | caller=a.go:7 err=\"no route\"",
            ),
            ("level=info starting server port=80", "INFO | starting server port=80"),
            ("Level=INFO msg=hello world", "INFO | msg=hello world"),
            ("msg=hi user=7", "| hi"),
            ("level=info msg=\"cut off", "INFO | msg=\"cut off"),
        ] {
            let fields = parse(line, &Calendar::of_tests()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(fields.shown(), shown, "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in [
            "",
            "a b=c level=info",
            "x=1 y=2",
            "s=3 priority=high",
            "time=12ms status=ok",
            "=x level=info",
            "type=LOGIN msg=audit(1705314600.123:7): pid=1 uid=0",
            "https://x.test/?level=info",
        ] {
            assert_eq!(parse(line, &Calendar::of_tests()), None, "{line}");
        }
    }
}

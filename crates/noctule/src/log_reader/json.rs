//! JSON lines: any object with a message, by the names of `field_names`.
//!
//! Reads the known fields off the parser as they come and builds no tree, which is what makes it
//! fast. Fields that it does not know are dropped; they are no part of the message.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    calendar::Calendar,
    collector::Collector,
    field_names::{self, FieldName, Role},
    record::{BadLine, Fields},
};

/// Longer names are none that we know, not even as the start of a path.
const MAX_NAME_BYTES: usize = 64;

/// Whether the line is meant to be a JSON object.
pub(super) fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{')
}

/// Reads an object. Members without a known name, or with a value that does not fit, are passed.
pub(super) fn parse<'a>(line: &'a str, calendar: &Calendar) -> Result<Fields<'a>, BadLine> {
    let mut collector = Collector::new(calendar);
    let mut path = String::with_capacity(MAX_NAME_BYTES);
    let mut parser = serde_json::Deserializer::from_str(line);
    let object = Object { collector: &mut collector, path: &mut path };
    parser.deserialize_map(object).and_then(|()| parser.end()).map_err(|error| {
        let reason = error.to_string().replace(" at line 1 column", " at column");
        BadLine::InvalidJson { reason }
    })?;
    let fields = collector.finish();
    if fields.message.is_empty() { Err(BadLine::NoMessage) } else { Ok(fields) }
}

/// Reads the members of one object, at the top or nested under `path`.
struct Object<'c, 'a> {
    collector: &'c mut Collector<'a>,
    path: &'c mut String,
}

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        let base_length = self.path.len();
        while let Some(name) = members.next_key_seed(Name { path: self.path })? {
            if let Some(name) = name {
                self.collector.note(self.path, name);
                let value = Value { collector: &mut *self.collector, path: &mut *self.path, name };
                members.next_value_seed(value)?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
            self.path.truncate(base_length);
        }
        Ok(())
    }
}

/// Appends a member's name to the path and looks the path up.
struct Name<'c> {
    path: &'c mut String,
}

impl<'a> DeserializeSeed<'a> for Name<'_> {
    type Value = Option<FieldName>;

    fn deserialize<D: Deserializer<'a>>(self, parser: D) -> Result<Self::Value, D::Error> {
        parser.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<FieldName>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        if name.len() > MAX_NAME_BYTES {
            return Ok(None);
        }
        if !self.path.is_empty() {
            self.path.push('.');
        }
        let start = self.path.len();
        self.path.push_str(name);
        self.path[start..].make_ascii_lowercase();
        Ok(field_names::lookup(self.path))
    }
}

/// Reads one member's value into the collector.
struct Value<'c, 'a> {
    collector: &'c mut Collector<'a>,
    path: &'c mut String,
    name: FieldName,
}

impl<'a> DeserializeSeed<'a> for Value<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.collector.offer_text(self.name, Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.collector.offer_text(self.name, Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        // The first two names are a message whatever they hold; `error: 5` says nothing.
        if matches!(self.name.role, Some((Role::Message, 0 | 1))) {
            self.collector.offer_text(self.name, Cow::Owned(number.to_string()));
        } else {
            self.collector.offer_number(self.name, number);
        }
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<(), M::Error> {
        if self.name.is_parent {
            return Object { collector: self.collector, path: self.path }.visit_map(members);
        }
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut items: S) -> Result<(), S::Error> {
        if !matches!(self.name.role, Some((Role::Message, _))) {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        while let Some(item) = items.next_element()? {
            match item {
                Item::Byte(byte) => bytes.push(byte),
                Item::Line(line) => lines.push(line),
                Item::Other(_) => {}
            }
        }
        if !bytes.is_empty() {
            lines.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        self.collector.offer_text(self.name, Cow::Owned(lines.join("\n")));
        Ok(())
    }
}

/// An item of a message that is an array: journald writes text that is not UTF-8 as bytes, and
/// some loggers write a list of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Byte(u8),
    Line(String),
    Other(IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::{super::record::Envelope, *};

    #[track_caller]
    fn check(line: &str, shown: &str) {
        let fields =
            parse(line, &Calendar::of_tests()).unwrap_or_else(|bad| panic!("{bad}: {line}"));
        assert_eq!(fields.shown(), shown, "{line}");
    }

    #[test]
    fn the_usual_loggers_are_read() {
        for (line, shown) in [
            (
                r#"{"timestamp":"2024-01-15T10:30:00Z","level":"error","service":"shop","host":"web1","message":"payment failed"}"#,
                "2024-01-15T10:30:00Z ERROR service=shop host=web1 | payment failed",
            ),
            (
                r#"{"level":50,"time":1705314600123,"pid":7,"hostname":"web1","name":"shop","msg":"pino speaks"}"#,
                "2024-01-15T10:30:00.123Z ERROR service=shop host=web1 | pino speaks",
            ),
            (
                r#"{"asctime":"2024-01-15 10:30:00,123","levelno":40,"lineno":7,"name":"shop.pay","message":"python speaks"}"#,
                "2024-01-15T10:30:00.123Z ERROR service=shop.pay | python speaks",
            ),
            (
                r#"{"message":"monolog speaks","level":400,"level_name":"ERROR","datetime":"2024-01-15T10:30:00+01:00"}"#,
                "2024-01-15T09:30:00Z ERROR | monolog speaks",
            ),
            (
                r#"{"@timestamp":"2024-01-15T10:30:00.000Z","log":{"level":"warn","logger":"a.B"},"service":{"name":"shop"},"host":{"name":"web1"},"message":"nested"}"#,
                "2024-01-15T10:30:00Z WARNING service=shop host=web1 | nested",
            ),
            (
                r#"{"@timestamp":"2024-01-15T10:30:00.000+0000","log.level":"WARN","service.name":"shop","message":"dotted"}"#,
                "2024-01-15T10:30:00Z WARNING service=shop | dotted",
            ),
            (
                r#"{"timestamp":"2024-01-15T10:30:00.5Z","level":"INFO","fields":{"message":"tracing speaks","n":1},"target":"shop::pay"}"#,
                "2024-01-15T10:30:00.500Z INFO service=shop::pay | tracing speaks",
            ),
            (
                r#"{"@t":"2024-01-15T10:30:00Z","@mt":"Hi {Name}","@m":"Hi Ann","@l":"Fatal"}"#,
                "2024-01-15T10:30:00Z CRITICAL | Hi Ann",
            ),
            (
                r#"{"version":"1.1","host":"web1","short_message":"gelf speaks","timestamp":1705314600.5,"level":3}"#,
                "2024-01-15T10:30:00.500Z ERROR host=web1 | gelf speaks",
            ),
            (
                r#"{"t":{"$date":"2024-01-15T10:30:00.000+00:00"},"s":"W","c":"STORAGE","msg":"mongo speaks"}"#,
                "2024-01-15T10:30:00Z WARNING service=STORAGE | mongo speaks",
            ),
            (
                r#"{"severityNumber":17,"body":{"stringValue":"otel speaks"},"timeUnixNano":"1705314600000000000"}"#,
                "2024-01-15T10:30:00Z ERROR | otel speaks",
            ),
            (
                r#"{"ts":1705314600.25,"level":"info","logger":"main","caller":"a.go:7","msg":"zap speaks"}"#,
                "2024-01-15T10:30:00.250Z INFO service=main | zap speaks",
            ),
        ] {
            check(line, shown);
        }
    }

    #[test]
    fn journald_rows_are_read() {
        check(
            r#"{"__REALTIME_TIMESTAMP":"1705314600123456","PRIORITY":"3","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_SYSTEMD_UNIT":"ssh.service","MESSAGE":"auth failed"}"#,
            "2024-01-15T10:30:00.123456Z ERROR service=sshd host=web1 | auth failed",
        );
        check(r#"{"MESSAGE":[104,105,255,33],"PRIORITY":"6"}"#, "INFO | hi\u{fffd}!");
        for line in [r#"{"MESSAGE":null,"PRIORITY":"6"}"#, r#"{"PRIORITY":"6"}"#] {
            assert_eq!(parse(line, &Calendar::of_tests()), Err(BadLine::NoMessage), "{line}");
        }
    }

    #[test]
    fn rows_of_data_sets_are_read() {
        for (line, shown) in [
            (
                r#"{"ts": 1705314600, "severity": "", "component": "sshd", "source": "node7", "message": "session opened", "session": "s1", "label": 0}"#,
                "2024-01-15T10:30:00Z service=sshd source=node7 | session opened",
            ),
            (
                r#"{"s": "Test_1/round_1", "y": 0, "ft": "NONE", "ts": "2024-01-15 10:30:00.250", "sev": "ERROR", "c": "nova.api", "src": "nova/api", "m": "boot failed"}"#,
                "2024-01-15T10:30:00.250Z ERROR service=nova.api source=nova/api | boot failed",
            ),
            (r#"{"content": "lost", "event_id": "E1", "level": "E"}"#, "ERROR | lost"),
            (r#"{"content": "check pass", "template": "c", "level": "combo"}"#, "| check pass"),
        ] {
            check(line, shown);
        }
    }

    #[test]
    fn docker_rows_lose_their_line_end_and_are_marked() {
        let line =
            r#"{"log":"it broke\r\n","stream":"stderr","time":"2024-01-15T10:30:00.123456789Z"}"#;
        check(line, "2024-01-15T10:30:00.123456Z source=stderr | it broke");
        let fields = parse(line, &Calendar::of_tests()).unwrap();
        assert_eq!(fields.envelope, Envelope::Container);
    }

    #[test]
    fn the_preferred_usable_field_wins() {
        for (line, shown) in [
            (r#"{"msg":"b","message":"a"}"#, "| a"),
            (r#"{"message":"","msg":"b"}"#, "| b"),
            (r#"{"message":{"x":1},"msg":"b"}"#, "| b"),
            (r#"{"msg":"b","level":"loud","sev":"warn"}"#, "WARNING | b"),
            (r#"{"msg":"b","level":8,"priority":"3"}"#, "ERROR | b"),
            (r#"{"msg":"b","priority":1,"s":2}"#, "| b"),
            (r#"{"msg":"b","time":"0.25","ts":12,"date":1705314600}"#, "2024-01-15T10:30:00Z | b"),
            (r#"{"msg":"b","service":"-","app":"shop"}"#, "service=shop | b"),
            (r#"{"msg":42,"error":"e"}"#, "| 42"),
            (r#"{"level":"error","err":"refused","ok":false}"#, "ERROR | refused"),
            (r#"{"message":["one","two"]}"#, "| one\ntwo"),
            (r#"  {"MSG":"tab\there \u00e9"} "#, "| tab\there é"),
        ] {
            check(line, shown);
        }
    }

    #[test]
    fn what_is_no_object_with_a_message_has_a_reason() {
        for (line, reason) in [
            ("{", "EOF while parsing an object at column 1"),
            (r#"{"msg":"a"} x"#, "trailing characters at column 13"),
            (r#"{"msg":"a""#, "EOF while parsing an object at column 10"),
        ] {
            let bad = BadLine::InvalidJson { reason: reason.to_owned() };
            assert_eq!(parse(line, &Calendar::of_tests()), Err(bad), "{line}");
        }
        for line in ["{}", r#"{"events":[5,5,22],"label":0}"#, r#"{"msg":" \n"}"#] {
            assert_eq!(parse(line, &Calendar::of_tests()), Err(BadLine::NoMessage), "{line}");
        }
        let deep = format!("{{\"log\":{}", "[".repeat(100_000));
        assert!(parse(&deep, &Calendar::of_tests()).is_err());
    }
}

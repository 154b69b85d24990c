//! One log entry of a request, checked field by field.

use std::time::Duration;

use noctule_domain::{LogLine, LogLineError, Severity, Source, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::problem::FieldError;

/// The most entries in one request.
pub(crate) const MAX_ENTRIES: usize = 10_000;
/// How far a line's time may lie in the future, for clocks that are wrong.
const MAX_AHEAD: Duration = Duration::from_hours(24);

/// An entry as it was sent. Every field is read as whatever it is, so that each error can name
/// its field; fields that are not listed are ignored.
#[derive(Debug, Deserialize)]
struct RawEntry {
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    severity: Value,
    #[serde(default)]
    message: Value,
    #[serde(default)]
    service: Value,
    #[serde(default)]
    host: Value,
    #[serde(default)]
    source: Value,
}

/// Reads an entry. A line without a time gets `received_at`.
///
/// # Errors
/// All fields at fault, with pointers from the entry's own root.
pub(crate) fn read_entry(json: &str, received_at: Timestamp) -> Result<LogLine, Vec<FieldError>> {
    let not_an_object = |message: String| vec![FieldError::new("", "not-an-object", message)];
    // Serde would also read an array, field by field.
    if !json.trim_start().starts_with('{') {
        return Err(not_an_object("an entry must be an object".to_owned()));
    }
    let raw: RawEntry =
        serde_json::from_str(json).map_err(|error| not_an_object(error.to_string()))?;
    let mut errors = Vec::new();
    let timestamp = note(timestamp_of(&raw.timestamp, received_at), &mut errors);
    let severity = note(severity_of(&raw.severity), &mut errors);
    let message = note(message_of(raw.message), &mut errors);
    let mut label = |name, value| note(label_of(name, value), &mut errors).flatten();
    let origin = Source {
        service: label("service", raw.service),
        host: label("host", raw.host),
        source: label("source", raw.source),
    };
    let (Some(timestamp), Some(severity), Some(message), true) =
        (timestamp, severity, message, errors.is_empty())
    else {
        return Err(errors);
    };
    LogLine::new(timestamp, severity, message, origin).map_err(|error| {
        let code = match error {
            LogLineError::EmptyMessage => "empty",
            LogLineError::MessageTooLong { .. } | LogLineError::LabelTooLong { .. } => "too-long",
        };
        vec![FieldError::new(format!("/{}", error.field()), code, error.to_string())]
    })
}

fn note<T>(outcome: Result<T, FieldError>, errors: &mut Vec<FieldError>) -> Option<T> {
    outcome.map_err(|error| errors.push(error)).ok()
}

fn timestamp_of(value: &Value, received_at: Timestamp) -> Result<Timestamp, FieldError> {
    let error = |code, message: String| Err(FieldError::new("/timestamp", code, message));
    let timestamp = match value {
        Value::Null => return Ok(received_at),
        Value::String(text) => match Timestamp::parse(text) {
            Ok(timestamp) => timestamp,
            Err(invalid) => return error("not-a-timestamp", invalid.to_string()),
        },
        Value::Number(number) => match number.as_f64().and_then(Timestamp::from_unix) {
            Some(timestamp) => timestamp,
            None => return error("not-a-timestamp", format!("{number} is not a Unix time")),
        },
        _ => return error("wrong-type", "must be a string or a number".to_owned()),
    };
    if timestamp > received_at.plus(MAX_AHEAD) {
        return error("in-the-future", format!("{timestamp} is more than a day ahead of us"));
    }
    Ok(timestamp)
}

fn severity_of(value: &Value) -> Result<Option<Severity>, FieldError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => match text.parse() {
            Ok(severity) => Ok(Some(severity)),
            Err(unknown) => {
                let unknown: noctule_domain::UnknownSeverity = unknown;
                Err(FieldError::new("/severity", "unknown-severity", unknown.to_string()))
            }
        },
        _ => Err(FieldError::new("/severity", "wrong-type", "must be a string")),
    }
}

fn message_of(value: Value) -> Result<String, FieldError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Err(FieldError::new("/message", "missing", "a message is needed")),
        _ => Err(FieldError::new("/message", "wrong-type", "must be a string")),
    }
}

fn label_of(name: &str, value: Value) -> Result<Option<String>, FieldError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(FieldError::new(format!("/{name}"), "wrong-type", "must be a string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2024-01-15T12:00:00Z").unwrap()
    }

    #[test]
    fn the_seed_systems_entry_is_read() {
        let json = r#"{"timestamp":"2024-01-15T10:30:00Z","severity":"ERROR","message":"m","x":1}"#;
        let line = read_entry(json, now()).unwrap();
        assert_eq!(line.timestamp().to_string(), "2024-01-15T10:30:00Z");
        assert_eq!((line.severity(), line.message()), (Some(Severity::Error), "m"));
    }

    #[test]
    fn only_the_message_is_needed() {
        let line = read_entry(r#"{"message":"m"}"#, now()).unwrap();
        assert_eq!((line.timestamp(), line.severity()), (now(), None));
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let check = |json: &str, expected: &[(&str, &str)]| {
            let errors = read_entry(json, now()).unwrap_err();
            let found: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
            assert_eq!(found, expected, "{json}");
        };
        check("[]", &[("", "not-an-object")]);
        check("{}", &[("/message", "missing")]);
        check(r#"{"message":" "}"#, &[("/message", "empty")]);
        check(
            r#"{"message":7,"severity":"LOUD","timestamp":"soon","host":[]}"#,
            &[
                ("/timestamp", "not-a-timestamp"),
                ("/severity", "unknown-severity"),
                ("/message", "wrong-type"),
                ("/host", "wrong-type"),
            ],
        );
        check(
            r#"{"message":"m","timestamp":"2024-01-17T12:00:00Z"}"#,
            &[("/timestamp", "in-the-future")],
        );
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(256 * 1024 + 1));
        check(&long, &[("/message", "too-long")]);
    }
}

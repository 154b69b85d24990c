//! Which JSON or logfmt field is the message, the time, the level, the service, the host or the
//! source. The lists are in order of preference: the first that is present and usable wins.
//!
//! Names are in lower case and match in any case. A dot stands for a nested object or for a dot
//! in the name itself, so `log.level` is found in both spellings of the Elastic Common Schema.

use std::{collections::HashMap, sync::LazyLock};

const MESSAGE: &[&str] = &[
    "message",
    "msg",
    "@message",
    "@m",
    "short_message",
    "fields.message",
    "record.message",
    "jsonpayload.message",
    "jsonpayload.msg",
    "textpayload",
    "renderedmessage",
    LOG,
    "text",
    "content",
    "body",
    "body.stringvalue",
    "event",
    "messagetemplate",
    "@mt",
    "m",
    // Only for records that say nothing else than what went wrong.
    "error.message",
    "error",
    "err",
    "exception",
];

/// The message of Docker's json-file driver, which may be a log line in its own right.
pub(super) const LOG: &str = "log";

/// The field that only container runtimes write beside [`LOG`].
pub(super) const STREAM: &str = "stream";

const TIMESTAMP: &[&str] = &[
    "timestamp",
    "ts",
    "time",
    "@timestamp",
    "@t",
    "datetime",
    "date_time",
    "date",
    "asctime",
    "eventtime",
    "event_time",
    "timemillis",
    "timeunixnano",
    "instant.epochsecond",
    "record.time.timestamp",
    "t.$date",
    "t",
    "_source_realtime_timestamp",
    "__realtime_timestamp",
];

const SEVERITY: &[&str] = &[
    "severity",
    "level",
    "log.level",
    "loglevel",
    "log_level",
    "lvl",
    "sev",
    "levelname",
    "level_name",
    "severitytext",
    "severity_text",
    "@l",
    "record.level.name",
    "levelno",
    "record.level.no",
];

/// Syslog's number, but only as text, which is how journald writes it: a number by this name is
/// as often the priority of a task.
const SEVERITY_TEXT: &[&str] = &["priority"];

/// A lone letter, as `MongoDB` writes it.
const SEVERITY_LETTER: &[&str] = &["s"];

const OPEN_TELEMETRY_SEVERITY: &[&str] = &["severitynumber", "severity_number"];

const SERVICE: &[&str] = &[
    "service",
    "service.name",
    "service_name",
    "servicename",
    "resource.attributes.service.name",
    "component",
    "logger",
    "logger_name",
    "loggername",
    "log.logger",
    "application",
    "app",
    "appname",
    "app_name",
    "unit",
    "syslog_identifier",
    "_systemd_unit",
    "_comm",
    "kubernetes.container_name",
    "sourcecontext",
    "record.name",
    "target",
    "program",
    "name",
    "c",
];

const HOST: &[&str] = &[
    "host",
    "host.name",
    "host.hostname",
    "hostname",
    "_hostname",
    "resource.attributes.host.name",
    "kubernetes.host",
    "node",
    "nodename",
    "machinename",
];

const SOURCE: &[&str] =
    &["source", "src", "log.file.path", "filename", "file", "kubernetes.pod_name", STREAM];

/// Names that Python's logging gives and nobody else, so that 40 is read as ERROR beside them.
const PYTHON: &[&str] =
    &["levelname", "levelno", "lineno", "funcname", "pathname", "processname", "record.level.no"];

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Message,
    Timestamp,
    Severity,
    SeverityText,
    SeverityLetter,
    OpenTelemetrySeverity,
    Service,
    Host,
    Source,
}

/// What is known of a field's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FieldName {
    /// What it holds, and its rank among the names for that: 0 is preferred.
    pub(super) role: Option<(Role, usize)>,
    /// Whether objects by this name are looked into.
    pub(super) is_parent: bool,
    /// Whether it gives away Python's logging.
    pub(super) is_python: bool,
}

/// The lists, each with the rank of its first name. The weaker signs of a level come after all
/// names of a level.
const LISTS: [(Role, usize, &[&str]); 9] = [
    (Role::Message, 0, MESSAGE),
    (Role::Timestamp, 0, TIMESTAMP),
    (Role::Severity, 0, SEVERITY),
    (Role::SeverityText, 100, SEVERITY_TEXT),
    (Role::OpenTelemetrySeverity, 110, OPEN_TELEMETRY_SEVERITY),
    (Role::SeverityLetter, 120, SEVERITY_LETTER),
    (Role::Service, 0, SERVICE),
    (Role::Host, 0, HOST),
    (Role::Source, 0, SOURCE),
];

static NAMES: LazyLock<HashMap<&'static str, FieldName>> = LazyLock::new(names);

/// Looks up a path in lower case; `None` for fields that mean nothing to the reader.
pub(super) fn lookup(path: &str) -> Option<FieldName> {
    NAMES.get(path).copied()
}

fn names() -> HashMap<&'static str, FieldName> {
    let mut names = HashMap::<_, FieldName>::new();
    for (role, first_rank, list) in LISTS {
        for (rank, name) in (first_rank..).zip(list) {
            names.entry(*name).or_default().role = Some((role, rank));
            for (dot, _) in name.match_indices('.') {
                names.entry(&name[..dot]).or_default().is_parent = true;
            }
        }
    }
    for name in PYTHON {
        names.entry(name).or_default().is_python = true;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_role_and_is_in_lower_case() {
        let count: usize = LISTS.iter().map(|(_, _, list)| list.len()).sum();
        let with_role = NAMES.values().filter(|name| name.role.is_some()).count();
        assert_eq!(with_role, count);
        assert!(NAMES.keys().all(|name| *name == name.to_ascii_lowercase()));
    }

    #[test]
    fn parents_of_dotted_names_are_looked_into() {
        for (path, is_parent) in
            [("log", true), ("resource.attributes.service", true), ("message", false)]
        {
            assert_eq!(lookup(path).unwrap().is_parent, is_parent, "{path}");
        }
        assert_eq!(lookup("log").unwrap().role, Some((Role::Message, 11)));
        assert_eq!(lookup("user_agent"), None);
    }
}

//! What a mail about an anomaly says.

use noctule_domain::Severity;
use noctule_store::StoredAnomaly;

/// The longest piece of a log line in a mail, in bytes.
const MAX_QUOTED: usize = 2_000;
/// The longest piece of a log line in a subject, in characters.
const MAX_IN_SUBJECT: usize = 80;

/// An anomaly to be told of.
#[derive(Debug)]
pub(crate) struct AnomalyMail {
    pub(crate) anomaly: StoredAnomaly,
    /// How many anomalies of its template the last hour had, itself included.
    pub(crate) alike: i64,
}

impl AnomalyMail {
    /// The same for every attempt at this mail, so that a server or a reader can tell a
    /// repetition.
    pub(crate) fn message_id(&self) -> String {
        format!("<anomaly-{}@noctule>", self.anomaly.id)
    }

    pub(crate) fn subject(&self) -> String {
        let message: String = shown(self.anomaly.line.line.message())
            .chars()
            .map(|c| if c == '\n' { ' ' } else { c })
            .take(MAX_IN_SUBJECT)
            .collect();
        format!("[{}] {}", self.level(), message.trim())
    }

    pub(crate) fn text(&self, base_url: Option<&str>) -> String {
        let explanation = &self.anomaly.explanation;
        let mut lines = vec![explanation.summary.clone(), String::new(), self.quoted()];
        lines.push(String::new());
        lines.extend(self.facts().iter().map(|(name, value)| format!("{name:<10} {value}")));
        lines.extend([String::new(), "Why:".to_owned()]);
        lines.extend(explanation.reasons.iter().map(|why| format!("  - {}", shown(&why.text))));
        lines.extend(self.link(base_url).map(|link| format!("\n{link}")));
        lines.join("\n") + "\n"
    }

    pub(crate) fn html(&self, base_url: Option<&str>) -> String {
        let explanation = &self.anomaly.explanation;
        let mut parts = vec![
            format!("<p><strong>{}</strong></p>", escape(&explanation.summary)),
            format!("<pre>{}</pre><table>", escape(&self.quoted())),
        ];
        parts.extend(
            self.facts()
                .iter()
                .map(|(name, value)| format!("<tr><td>{name}</td><td>{}</td></tr>", escape(value))),
        );
        parts.push("</table><p>Why:</p><ul>".to_owned());
        let reasons = explanation.reasons.iter();
        parts.extend(reasons.map(|why| format!("<li>{}</li>", escape(&shown(&why.text)))));
        parts.push("</ul>".to_owned());
        parts.extend(self.link(base_url).map(|link| {
            let address = escape(&link);
            format!("<p><a href=\"{address}\">{address}</a></p>")
        }));
        parts.concat()
    }

    fn link(&self, base_url: Option<&str>) -> Option<String> {
        base_url.map(|base| format!("{base}/api/logs/{}", self.anomaly.line.id))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let line = &self.anomaly.line;
        let origin = line.line.origin();
        let mut facts = vec![
            ("when", line.line.timestamp().to_string()),
            ("severity", self.level().to_owned()),
            ("score", format!("{:.2}", self.anomaly.score)),
            ("like it", format!("{} in the last hour", self.alike)),
        ];
        let named = [("service", &origin.service), ("host", &origin.host)];
        facts.extend(
            named
                .into_iter()
                .filter_map(|(name, value)| value.as_deref().map(|value| (name, shown(value)))),
        );
        facts
    }

    fn level(&self) -> &'static str {
        self.anomaly.line.line.severity().map_or("UNKNOWN", Severity::name)
    }

    fn quoted(&self) -> String {
        let message = self.anomaly.line.line.message();
        let cut = message.floor_char_boundary(MAX_QUOTED.min(message.len()));
        shown(&message[..cut])
    }
}

/// A log's text without what could move a terminal's cursor or turn text around.
fn shown(text: &str) -> String {
    let is_unsafe = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.replace("\r\n", "\n").replace(is_unsafe, "\u{FFFD}")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
pub(crate) mod tests {
    use noctule_domain::{
        AnomalyId, LogId, LogLine, Source, StoredLine, TemplateKey, TenantId, Timestamp,
    };
    use noctule_store::{ExplanationBody, ReasonBody};

    use super::*;

    pub(crate) fn mail(message: &str) -> AnomalyMail {
        let at = Timestamp::parse("2024-01-15T10:30:00Z").unwrap();
        let origin = Source { service: Some("billing".to_owned()), ..Source::default() };
        let line = LogLine::new(at, Some(Severity::Error), message.to_owned(), origin).unwrap();
        let reason = ReasonBody {
            kind: "words".to_owned(),
            contribution: 1.5,
            text: "words of failure".to_owned(),
            evidence: serde_json::Map::new(),
        };
        let anomaly = StoredAnomaly {
            id: AnomalyId::generate(),
            line: StoredLine { id: LogId(7), tenant_id: TenantId::DEFAULT, received_at: at, line },
            score: 0.913,
            template: TemplateKey(1),
            explanation: ExplanationBody {
                summary: "Something failed.".to_owned(),
                reasons: vec![reason],
            },
            model_version: "m".to_owned(),
            detected_at: at,
        };
        AnomalyMail { anomaly, alike: 3 }
    }

    #[test]
    fn a_mail_says_what_when_how_sure_and_why() {
        let text = mail("disk failed").text(Some("http://noctule.example"));
        for part in [
            "Something failed.",
            "disk failed",
            "2024-01-15T10:30:00Z",
            "0.91",
            "3 in the last hour",
            "billing",
            "words of failure",
            "http://noctule.example/api/logs/7",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn markup_and_control_characters_of_a_line_are_inert() {
        let mail = mail("<script>alert(1)</script>\r\nBcc: all@example\u{1b}[31m\u{202E}");
        assert!(!mail.subject().contains(['\r', '\n', '\u{1b}', '\u{202E}']));
        assert!(!mail.html(None).contains("<script>"));
        assert!(!mail.text(None).contains('\u{1b}'));
    }
}

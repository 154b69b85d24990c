//! Handing mails to a server.

use std::time::Duration;

use anyhow::{Context, bail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{self, authentication::Credentials},
};
use noctule_bootstrap::{SmtpConfig, SmtpTls};
use noctule_jobs::JobFailure;

use crate::mail::AnomalyMail;

/// How long one command of the conversation with the server may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// A mail server and the people who get mail.
#[derive(Debug)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    base_url: Option<String>,
}

impl Mailer {
    /// `None` when no server or nobody to write to is configured.
    pub(crate) fn new(smtp: &SmtpConfig) -> anyhow::Result<Option<Self>> {
        let recipients = smtp.to.split(',').map(str::trim).filter(|address| !address.is_empty());
        let to =
            recipients.map(|address| mailbox("smtp.to", address)).collect::<Result<Vec<_>, _>>()?;
        let Some(host) = smtp.host.as_deref().filter(|_| !to.is_empty()) else { return Ok(None) };
        Ok(Some(Self {
            transport: transport(smtp, host)?,
            from: mailbox("smtp.from", &smtp.from)?,
            to,
            base_url: smtp.base_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
        }))
    }

    /// Sends a mail to everybody, and tells to how many.
    pub(crate) async fn send(&self, mail: &AnomalyMail) -> Result<usize, JobFailure> {
        let message = self.compose(mail).map_err(JobFailure::permanent)?;
        self.transport.send(message).await.map_err(failure)?;
        Ok(self.to.len())
    }

    fn compose(&self, mail: &AnomalyMail) -> anyhow::Result<Message> {
        let link = self.base_url.as_deref();
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(mail.subject())
            .message_id(Some(mail.message_id()))
            .header(AutoSubmitted);
        for recipient in &self.to {
            message = message.to(recipient.clone());
        }
        let body = MultiPart::alternative_plain_html(mail.text(link), mail.html(link));
        message.multipart(body).context("the mail cannot be composed")
    }
}

fn transport(smtp: &SmtpConfig, host: &str) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = match smtp.tls {
        SmtpTls::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
        SmtpTls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host)?,
        SmtpTls::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host)?,
    };
    let builder = if smtp.port == 0 { builder } else { builder.port(smtp.port) };
    let builder = match (&smtp.username, &smtp.password) {
        (Some(user), Some(password)) => {
            builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()))
        }
        (None, None) => builder,
        _ => bail!("smtp.username and smtp.password go together"),
    };
    Ok(builder.timeout(Some(COMMAND_TIMEOUT)).build())
}

fn mailbox(setting: &str, address: &str) -> anyhow::Result<Mailbox> {
    address.parse().with_context(|| format!("{setting}: {address:?} is not a mail address"))
}

/// A refusal for good (5xx) is permanent, one for now (4xx) is retried, and a server that cannot
/// be reached is a dependency.
fn failure(error: smtp::Error) -> JobFailure {
    if error.is_permanent() {
        JobFailure::permanent(error)
    } else if error.is_transient() {
        JobFailure::retryable(error)
    } else {
        JobFailure::dependency(error)
    }
}

/// Tells mail programs that nobody waits for an answer (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::tests::mail;

    fn config() -> SmtpConfig {
        SmtpConfig {
            host: Some("127.0.0.1".to_owned()),
            tls: SmtpTls::None,
            to: "ops@example.com, Night Shift <night@example.com>".to_owned(),
            ..SmtpConfig::default()
        }
    }

    // The pool of connections wants a runtime from the start.
    #[tokio::test]
    async fn nobody_to_write_to_means_no_mailer() {
        assert!(Mailer::new(&SmtpConfig::default()).unwrap().is_none());
        assert!(Mailer::new(&SmtpConfig { to: " , ".to_owned(), ..config() }).unwrap().is_none());
        assert!(Mailer::new(&SmtpConfig { to: "nobody".to_owned(), ..config() }).is_err());
    }

    #[tokio::test]
    async fn headers_cannot_be_smuggled_in() {
        let mailer = Mailer::new(&config()).unwrap().unwrap();
        let message = mailer.compose(&mail("boom\r\nBcc: all@example.com\r\n\r\nbody")).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("Message-ID: <anomaly-"), "{head}");
    }
}

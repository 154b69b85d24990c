//! What a page of lines or anomalies is narrowed by.

use noctule_domain::{Severity, TenantScope, Timestamp};

use crate::{Store, scoring::severity_code, sql::Sql};

/// How many rows one page looks through for its level or text. A rarer one is found by following
/// the cursor, so that no request scans a whole table.
pub(super) const SCANNED_ROWS: i64 = 50_000;

/// Narrows a page.
#[derive(Debug, Clone, Default)]
pub struct LineFilter {
    /// Only these levels; `None` in the list stands for lines without one. Empty: all.
    pub severities: Vec<Option<Severity>>,
    /// Only at or after this moment.
    pub from: Option<Timestamp>,
    /// Only before this moment.
    pub to: Option<Timestamp>,
    /// Only lines of this service.
    pub service: Option<String>,
    /// Only lines that contain this text, in any case.
    pub text: Option<String>,
}

impl LineFilter {
    /// Adds the conditions that the index serves: tenant and time.
    pub(super) fn push_indexed(&self, query: &mut Sql, scope: TenantScope, alias: &str) {
        query.push(&format!("{alias}.tenant_id = ")).push_bind(scope.tenant_id().0);
        if let Some(from) = self.from {
            query.push(&format!(" AND {alias}.timestamp_us >= ")).push_bind(from.as_micros());
        }
        if let Some(to) = self.to {
            query.push(&format!(" AND {alias}.timestamp_us < ")).push_bind(to.as_micros());
        }
    }

    /// Whether rows must be read to be judged.
    pub(super) const fn reads_rows(&self) -> bool {
        !self.severities.is_empty() || self.text.is_some() || self.service.is_some()
    }

    /// Adds the conditions that are checked row by row, on the scanned rows `s`.
    pub(super) fn push_scanned(&self, query: &mut Sql, store: &Store) {
        query.push("1 = 1");
        if !self.severities.is_empty() {
            query.push(" AND s.severity IN ");
            query.push_list(self.severities.iter().map(|severity| severity_code(*severity)));
        }
        if let Some(service) = &self.service {
            query.push(" AND s.service = ").push_bind(service.as_str());
        }
        if let Some(text) = &self.text {
            // SQLite's LIKE ignores the case of ASCII letters as it is.
            let operator = if store.is_embedded() { "LIKE" } else { "ILIKE" };
            query.push(&format!(" AND s.message {operator} ")).push_bind(like_pattern(text));
            query.push(" ESCAPE '!'");
        }
    }
}

/// The pattern that matches every text which contains `text` literally.
fn like_pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_the_searched_text_are_literal() {
        assert_eq!(like_pattern("100%_of!"), "%100!%!_of!!%");
    }
}

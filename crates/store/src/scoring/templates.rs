//! What is known of templates: their counts and vectors, for workers that start or catch up.

use noctule_domain::{TemplateKey, TenantId, TenantScope, Timestamp};

use crate::{Store, StoreError, sql::sql};

/// A template's count in a tenant's logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTemplate {
    /// The template.
    pub template: TemplateKey,
    /// How many lines it had.
    pub lines: i64,
    /// When the count last changed, by the database's clock.
    pub changed_at: Timestamp,
}

impl Store {
    /// The templates whose counts changed at or after `since`, most frequent first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn templates_since(
        &self,
        scope: TenantScope,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<KnownTemplate>, StoreError> {
        let query = sql("SELECT template, lines, changed_us FROM templates \
             WHERE tenant_id = ? AND changed_us >= ? ORDER BY lines DESC, template LIMIT ?")
        .bind(scope.tenant_id().0)
        .bind(since.as_micros())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows: Vec<(i64, i64, i64)> = self.read().await?.fetch_all(query).await?;
        let known = |(template, lines, changed_us)| KnownTemplate {
            template: TemplateKey(template),
            lines,
            changed_at: Timestamp::from_micros(changed_us),
        };
        Ok(rows.into_iter().map(known).collect())
    }

    /// The stored vectors of some templates.
    ///
    /// Vectors belong to masked text, which holds nothing of a tenant's values, so they are
    /// shared by all tenants.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn template_vectors(
        &self,
        embedder: &str,
        templates: &[TemplateKey],
    ) -> Result<Vec<(TemplateKey, Vec<u8>)>, StoreError> {
        if templates.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql("SELECT template, vector FROM template_vectors WHERE embedder = ");
        query.push_bind(embedder).push(" AND template IN ");
        query.push_list(templates.iter().map(|key| key.0));
        let rows: Vec<(i64, Vec<u8>)> = self.read().await?.fetch_all(query).await?;
        Ok(rows.into_iter().map(|(template, vector)| (TemplateKey(template), vector)).collect())
    }

    /// All tenants, for workers that keep statistics for each.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let rows: Vec<(i64,)> =
            self.read().await?.fetch_all(sql("SELECT id FROM tenants ORDER BY id")).await?;
        Ok(rows.into_iter().map(|(id,)| TenantId(id)).collect())
    }
}

//! Model versions: long names, short numbers.

use super::ModelId;
use crate::{Store, StoreError, sql::sql};

impl Store {
    /// The number of a model version; a name that was never seen gets the next one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn ensure_model(&self, name: &str) -> Result<ModelId, StoreError> {
        let mut session = self.write().await?;
        let insert = sql("INSERT INTO model_versions (name) VALUES (?) ON CONFLICT DO NOTHING");
        session.execute(insert.bind(name)).await?;
        let find = sql("SELECT id FROM model_versions WHERE name = ?").bind(name);
        let (id,) = session.fetch_optional::<(i16,)>(find).await?.unwrap_or_default();
        session.commit().await?;
        Ok(ModelId(id))
    }
}

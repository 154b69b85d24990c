//! Brings the schema up to date, one process at a time.

use std::{fs::File, path::Path, sync::Arc};

use crate::{StoreError, database::Database};

/// Applies the migrations that are missing.
///
/// On Postgres sqlx holds an advisory lock meanwhile. On SQLite its lock does nothing, so a lock
/// on a file beside the database keeps a second process out until the first is done.
pub(crate) async fn migrate(database: &Database, sqlite: Option<&Path>) -> Result<(), StoreError> {
    match database {
        Database::Postgres { pool, .. } => sqlx::migrate!("migrations/postgres").run(pool).await,
        Database::Sqlite { writer, .. } => {
            let lock = match sqlite {
                Some(path) => Some(lock_beside(path).await?),
                None => None,
            };
            let outcome = sqlx::migrate!("migrations/sqlite").run(writer).await;
            drop(lock);
            outcome
        }
    }
    .map_err(|error| StoreError::Migrate(Arc::new(error)))
}

async fn lock_beside(database: &Path) -> Result<File, StoreError> {
    let path = database.with_extension("migrate.lock");
    tokio::task::spawn_blocking(move || {
        let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| StoreError::file(&path, source))
    })
    .await
    .expect("locking a file does not panic")
}

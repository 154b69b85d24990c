//! Refuses to work on a database that may forget what it has acknowledged.

use crate::{StoreError, database::Database, session::Session, sql::sql};

/// Checks the settings that the promise "a 2xx is on disk" rests on.
///
/// # Errors
/// [`StoreError::NotDurable`] naming the setting, its value and the mend.
pub(crate) async fn check(database: &Database) -> Result<(), StoreError> {
    match database {
        Database::Postgres { .. } => check_postgres(database.read().await?).await,
        Database::Sqlite { writer, .. } => {
            check_sqlite(Session::SqliteRead(writer.acquire().await?)).await?;
            check_sqlite(database.read().await?).await
        }
    }
}

async fn check_postgres(mut session: Session) -> Result<(), StoreError> {
    const MEND: &str = "turn it on in postgresql.conf";
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let query = sql("SELECT current_setting(?)").bind(setting);
        let (found,) = session.fetch_optional::<(String,)>(query).await?.unwrap_or_default();
        if found == "off" {
            return Err(StoreError::NotDurable { setting, found, mend: MEND });
        }
    }
    Ok(())
}

/// SQLite: 2 is FULL, 3 is EXTRA; 1 (NORMAL) loses commits when the power fails.
async fn check_sqlite(mut session: Session) -> Result<(), StoreError> {
    let (level,) = session
        .fetch_optional::<(i64,)>(sql("SELECT synchronous FROM pragma_synchronous"))
        .await?
        .unwrap_or_default();
    if level < 2 {
        return Err(StoreError::NotDurable {
            setting: "PRAGMA synchronous",
            found: level.to_string(),
            mend: "open the file with synchronous=FULL",
        });
    }
    Ok(())
}

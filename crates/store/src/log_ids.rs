//! Log ids, handed out before the lines are stored.
//!
//! Each process takes ids from the database a block at a time, so that an answer can name the
//! ids of lines that are still on their way, and a bulk copy needs no ids back. Ids that a
//! process did not use when it ended are never used: ids have gaps, as sequences do.

use noctule_domain::LogId;
use tokio::sync::Mutex;

use crate::{StoreError, database::Database, session::Session, sql::sql};

/// How many ids a process takes at a time.
const BLOCK: i64 = 1_024;

/// The ids that this process has taken and not yet given out.
#[derive(Debug, Default)]
pub(crate) struct LogIds {
    free: Mutex<Vec<std::ops::Range<i64>>>,
}

impl LogIds {
    /// Hands out `count` ids, ascending.
    pub(crate) async fn take(
        &self,
        database: &Database,
        count: usize,
    ) -> Result<Vec<LogId>, StoreError> {
        let mut free = self.free.lock().await;
        let available: i64 = free.iter().map(|block| block.end - block.start).sum();
        let missing = i64::try_from(count).unwrap_or(i64::MAX) - available;
        if missing > 0 {
            let blocks = (missing + BLOCK - 1) / BLOCK;
            free.extend(reserve(database, blocks).await?);
        }
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let block = free.first_mut().expect("enough blocks were reserved");
            let end = block.end.min(block.start + i64::try_from(count - ids.len()).unwrap_or(0));
            ids.extend((block.start..end).map(LogId));
            block.start = end;
            if block.is_empty() {
                free.remove(0);
            }
        }
        Ok(ids)
    }
}

/// Takes blocks of ids from the database. Block `n` holds the ids after `(n - 1) * BLOCK`.
async fn reserve(
    database: &Database,
    blocks: i64,
) -> Result<Vec<std::ops::Range<i64>>, StoreError> {
    let numbers: Vec<i64> = match database {
        Database::Postgres { .. } => {
            let take = sql("SELECT nextval('log_id_blocks') FROM generate_series(1, ?)");
            let rows: Vec<(i64,)> = database.read().await?.fetch_all(take.bind(blocks)).await?;
            rows.into_iter().map(|(number,)| number).collect()
        }
        Database::Sqlite { .. } => {
            let take = sql("UPDATE log_id_blocks SET taken = taken + ? RETURNING taken");
            let mut session: Session = database.write().await?;
            let row: Option<(i64,)> = session.fetch_optional(take.bind(blocks)).await?;
            session.commit().await?;
            let (last,) = row.unwrap_or_default();
            (last - blocks + 1..=last).collect()
        }
    };
    Ok(numbers.into_iter().map(|number| (number - 1) * BLOCK + 1..number * BLOCK + 1).collect())
}

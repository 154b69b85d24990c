//! A connection or transaction on whichever database the store has.

use sqlx::{
    AssertSqlSafe, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
    pool::PoolConnection, postgres::PgRow, sqlite::SqliteRow,
};

use crate::{
    StoreError,
    sql::{Argument, Column, Sql, Value},
};

/// Binds a value of whatever type to a sqlx query of whatever database.
macro_rules! bind_value {
    ($query:expr, $value:expr) => {
        match $value {
            Value::Small(number) => $query.bind(number),
            Value::Count(number) => $query.bind(number),
            Value::Int(number) => $query.bind(number),
            Value::Real(number) => $query.bind(number),
            Value::Text(text) => $query.bind(text),
            Value::Bytes(bytes) => $query.bind(bytes),
            Value::Id(id) => $query.bind(id),
        }
    };
}

/// Binds what a placeholder of Postgres stands for.
macro_rules! bind_argument {
    ($query:expr, $argument:expr) => {
        match $argument {
            Argument::One(value) => bind_value!($query, value),
            Argument::Many(Column::Smalls(values)) => $query.bind(values),
            Argument::Many(Column::Counts(values)) => $query.bind(values),
            Argument::Many(Column::Ints(values)) => $query.bind(values),
            Argument::Many(Column::Reals(values)) => $query.bind(values),
            Argument::Many(Column::Texts(values)) => $query.bind(values),
            Argument::Many(Column::Bytes(values)) => $query.bind(values),
            Argument::Many(Column::Ids(values)) => $query.bind(values),
        }
    };
}

/// A session with the database: for reading, or a transaction that must be committed.
///
/// Dropping a transaction rolls it back.
pub(crate) enum Session {
    PostgresRead(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
    SqliteRead(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
}

/// A session's connection, for the few statements that differ between the databases.
pub(crate) enum Connection<'s> {
    Postgres(&'s mut PgConnection),
    Sqlite(&'s mut SqliteConnection),
}

/// A row type that both databases can fill.
pub(crate) trait Row:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{}

impl Session {
    /// The connection underneath.
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::PostgresRead(connection) => Connection::Postgres(connection),
            Self::PostgresTx(transaction) => Connection::Postgres(transaction),
            Self::SqliteRead(connection) => Connection::Sqlite(connection),
            Self::SqliteTx(transaction) => Connection::Sqlite(transaction),
        }
    }

    /// Runs a statement and tells how many rows it touched.
    pub(crate) async fn execute(&mut self, statement: Sql) -> Result<u64, StoreError> {
        let fixed = statement.is_fixed();
        Ok(match self.connection() {
            Connection::Postgres(connection) => {
                let (text, arguments) = statement.into_postgres();
                let mut query = sqlx::query(AssertSqlSafe(text)).persistent(fixed);
                for argument in arguments {
                    query = bind_argument!(query, argument);
                }
                query.execute(connection).await?.rows_affected()
            }
            Connection::Sqlite(connection) => {
                let (text, values) = statement.into_sqlite();
                let mut query = sqlx::query(AssertSqlSafe(text)).persistent(true);
                for value in values {
                    query = bind_value!(query, value);
                }
                query.execute(connection).await?.rows_affected()
            }
        })
    }

    /// Runs a query and reads all rows.
    pub(crate) async fn fetch_all<R: Row>(&mut self, statement: Sql) -> Result<Vec<R>, StoreError> {
        let fixed = statement.is_fixed();
        Ok(match self.connection() {
            Connection::Postgres(connection) => {
                let (text, arguments) = statement.into_postgres();
                let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(fixed);
                for argument in arguments {
                    query = bind_argument!(query, argument);
                }
                query.fetch_all(connection).await?
            }
            Connection::Sqlite(connection) => {
                let (text, values) = statement.into_sqlite();
                let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(true);
                for value in values {
                    query = bind_value!(query, value);
                }
                query.fetch_all(connection).await?
            }
        })
    }

    /// Runs a query that has at most one row.
    pub(crate) async fn fetch_optional<R: Row>(
        &mut self,
        statement: Sql,
    ) -> Result<Option<R>, StoreError> {
        Ok(self.fetch_all(statement).await?.pop())
    }

    /// Makes a transaction's writes durable. A reading session has nothing to commit.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::PostgresTx(transaction) => transaction.commit().await?,
            Self::SqliteTx(transaction) => transaction.commit().await?,
            Self::PostgresRead(_) | Self::SqliteRead(_) => {}
        }
        Ok(())
    }
}

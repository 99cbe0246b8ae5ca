//! The database: one SQL text, two engines.
//!
//! SQLite is the embedded default: a file in WAL mode, synced at every commit, with one writer and
//! readers beside it. PostgreSQL serves several nodes. Everything that differs between the two
//! stands in this module; nobody above asks which engine runs.

mod error;
mod value;
mod row;
mod postgres_types;
mod statement;
mod bulk;
mod tx;
mod settled;
mod migrate;
#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use error::DbError;
#[doc(hidden)]
pub use inventory;
pub use migrate::{MigrateError, Migration};
pub use row::{FromColumn, Row, parse_column};
pub use statement::Statement;
pub use tx::Tx;
pub use value::{ToList, ToValue, Value};

/// How long a writer waits for another process that holds the SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for a free connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const SQLITE_READERS: u32 = 4;
/// After how many pages of 4 KB the write-ahead log is folded into the SQLite file. Pages that are
/// written again and again are folded once; a larger log makes the fold longer and a start slower.
const WAL_PAGES: &str = "8192";
const POSTGRES_CONNECTIONS: u32 = 16;
/// The longest a PostgreSQL statement may run, so that one bad query cannot hold the pool.
const STATEMENT_TIMEOUT: &str = "30s";

/// Which of the two engines runs. Only for what an operator reads; code above never branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded file.
    Sqlite,
    /// A server.
    Postgres,
}

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Pools);

#[derive(Clone, Debug)]
enum Pools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens `sqlite:<path>` (made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// When the URL is neither, or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Self::open_postgres(url).await;
        }
        if url.starts_with("sqlite:") {
            return Self::open_sqlite(url).await;
        }
        Err(DbError::UnknownEngine)
    }

    async fn open_sqlite(url: &str) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .statement_cache_capacity(500);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self(Pools::Sqlite { writer, readers }))
    }

    async fn open_postgres(url: &str) -> Result<Self, DbError> {
        let options = PgConnectOptions::from_str(url)?
            .options([
                ("statement_timeout", STATEMENT_TIMEOUT),
                ("timezone", "UTC"),
            ])
            .statement_cache_capacity(500);
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await?;
        Ok(Self(Pools::Postgres(pool)))
    }

    /// Which engine runs.
    pub const fn engine(&self) -> Engine {
        match self.0 {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Starts a transaction that writes. On SQLite writers take turns, in the order they asked.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match &self.0 {
            Pools::Sqlite { writer, .. } => Tx::sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => Tx::postgres(pool.begin().await?),
        })
    }

    /// Starts a transaction that only reads, beside the writer, on one consistent snapshot.
    pub async fn read(&self) -> Result<Tx, DbError> {
        const SNAPSHOT: &str = "begin isolation level repeatable read, read only";
        Ok(match &self.0 {
            Pools::Sqlite { readers, .. } => Tx::sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Tx::postgres(pool.begin_with(SNAPSHOT).await?),
        })
    }

    /// Brings the schema up to the newest of `migrations`; returns how many were applied.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<usize, MigrateError> {
        migrate::run(self, migrations).await
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), DbError> {
        let mut tx = self.read().await?;
        tx.execute_script("select 1").await
    }

    /// Ends all connections; on SQLite this folds the write-ahead log into the file.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Declares a statement: a static that is registered, so that a test can prepare every one of
/// them on both engines.
#[macro_export]
macro_rules! sql {
    ($name:ident, $text:expr) => {
        static $name: $crate::db::Statement = $crate::db::Statement::new($text, module_path!());
        $crate::db::inventory::submit!($crate::db::RegisteredStatement(&$name));
    };
}

/// The values of a statement's parameters, in order.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::ToValue::to_value($value)),*] };
}

/// A statement declared by [`sql!`](crate::sql).
#[doc(hidden)]
#[derive(Debug)]
pub struct RegisteredStatement(pub &'static Statement);

inventory::collect!(RegisteredStatement);

/// Every statement of the program.
pub fn statements() -> impl Iterator<Item = &'static Statement> {
    inventory::iter::<RegisteredStatement>
        .into_iter()
        .map(|registered| registered.0)
}

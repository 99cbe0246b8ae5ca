//! What can go wrong with a database.

/// A failure of the database, or of our reading of it. Callers cannot act on it but by retrying.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The URL names neither engine.
    #[error("the database URL must start with sqlite: or postgres:")]
    UnknownEngine,
    /// The engine refused or could not be reached.
    #[error("database: {0}")]
    Engine(#[from] sqlx::Error),
    /// A column holds what the program cannot read: the row is broken, or older than the code.
    #[error("column {column} cannot be read: {problem}")]
    Column {
        /// The column's name.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A statement that must give a row gave none.
    #[error("no row from: {statement}")]
    NoRow {
        /// The statement's text.
        statement: &'static str,
    },
}

impl DbError {
    /// Whether the same work may succeed when tried again: the engine was away or busy, or two
    /// transactions met.
    pub fn is_transient(&self) -> bool {
        let Self::Engine(error) = self else {
            return false;
        };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
            sqlx::Error::Database(database) => {
                // PostgreSQL: serialization failure, deadlock, admin shutdown; SQLite: busy, locked.
                matches!(
                    database.code().as_deref(),
                    Some("40001" | "40P01" | "57P01" | "5" | "6" | "517")
                )
            }
            _ => false,
        }
    }

    /// Whether a unique constraint refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Engine(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

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
                database.code().is_some_and(|code| is_transient_code(&code))
            }
            _ => false,
        }
    }

    /// Whether a unique constraint refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Engine(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Whether an engine's code says that it is away, busy, or out of room for now.
fn is_transient_code(code: &str) -> bool {
    const SQLSTATE_CHARS: usize = 5;
    if code.len() == SQLSTATE_CHARS {
        // PostgreSQL: connection lost, two transactions met, out of resources, operator intervened.
        return matches!(code.get(..2), Some("08" | "40" | "53" | "57"));
    }
    // SQLite: busy, locked, input or output failed, disk full. The low byte names the family.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_away_or_full_is_asked_again_and_a_refusal_is_not() {
        for code in [
            "40001", "40P01", "57P01", "53100", "08006", "5", "517", "13", "266",
        ] {
            assert!(is_transient_code(code), "{code}");
        }
        for code in [
            "23505", "23503", "22P05", "42601", "19", "1555", "787", "", "?",
        ] {
            assert!(!is_transient_code(code), "{code}");
        }
    }
}

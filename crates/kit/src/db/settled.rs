//! Up to where a log is complete: below that place no row can appear any more.
//!
//! SQLite has one writer, so rows are numbered in the order of their commits. PostgreSQL numbers
//! them when they are inserted, and a later number may be committed first.

use std::time::Duration;

use super::{Db, DbError, Pools, Statement, Tx};

/// How long the writers that were at work may take to end.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// How often it is looked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(10);

// Every insert holds this lock on its table from before it takes a number until its transaction
// has ended, so writers need not do anything for this.
// Not registered with the other statements, because SQLite has no such table.
static WRITERS: Statement = Statement::new(
    "select l.virtualtransaction as name from pg_locks l \
     where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted \
     and l.database = (select oid from pg_database where datname = current_database()) \
     and l.relation = to_regclass($1)",
    module_path!(),
);

impl Db {
    /// The number that `newest` reads of `table`, once everything up to it is committed or given
    /// up for good; `None` while a writer that was there at that moment is still at work.
    ///
    /// Nobody is kept waiting: writers that come later are not looked at, and neither do they
    /// wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settled(
        &self,
        newest: &'static Statement,
        table: &'static str,
    ) -> Result<Option<i64>, DbError> {
        let mut tx = self.begin_to_look().await?;
        let number = tx.one(newest, Vec::new()).await?.get("newest")?;
        if matches!(self.0, Pools::Sqlite { .. }) {
            return Ok(Some(number));
        }
        // The writers must be looked up after the number was read.
        let mut at_work = writers(&mut tx, table).await?;
        let mut waited = Duration::ZERO;
        while !at_work.is_empty() {
            if waited >= WAIT_MAX {
                return Ok(None);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
            let still = writers(&mut tx, table).await?;
            at_work.retain(|name| still.contains(name));
        }
        Ok(Some(number))
    }

    /// A transaction whose every statement sees what is committed when it runs.
    async fn begin_to_look(&self) -> Result<Tx, DbError> {
        Ok(match &self.0 {
            Pools::Sqlite { readers, .. } => Tx::sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Tx::postgres(pool.begin().await?),
        })
    }
}

async fn writers(tx: &mut Tx, table: &'static str) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(&WRITERS, crate::args![table]).await?;
    rows.iter().map(|row| row.get("name")).collect()
}

//! A transaction: every statement runs in one, and dropping it without commit undoes it.

use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr, Transaction};

use super::{DbError, Row, Statement, Value};

/// Rows of one bulk insert go out in runs of these lengths, so that few texts are ever prepared.
const INSERT_RUNS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// An open transaction.
#[derive(Debug)]
pub struct Tx(Inner);

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) const fn sqlite(tx: Transaction<'static, Sqlite>) -> Self {
        Self(Inner::Sqlite(tx))
    }

    pub(super) const fn postgres(tx: Transaction<'static, Postgres>) -> Self {
        Self(Inner::Postgres(tx))
    }

    /// All rows of the answer.
    pub async fn rows(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let query = args
                    .into_iter()
                    .fold(sqlx::query(statement.sqlite()), |query, arg| {
                        arg.bind_sqlite(query)
                    });
                let rows = query.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(tx) => {
                let query = args
                    .into_iter()
                    .fold(sqlx::query(statement.postgres()), |query, arg| {
                        arg.bind_postgres(query)
                    });
                let rows = query.fetch_all(&mut **tx).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The only row of the answer, or none.
    pub async fn row(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Option<Row>, DbError> {
        Ok(self.rows(statement, args).await?.into_iter().next())
    }

    /// The row that must be there.
    ///
    /// # Errors
    /// [`DbError::NoRow`] when it is not.
    pub async fn one(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<Row, DbError> {
        let row = self.row(statement, args).await?;
        row.ok_or(DbError::NoRow {
            statement: statement.text(),
        })
    }

    /// Runs a statement that gives no rows; returns how many it changed.
    pub async fn run(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
    ) -> Result<u64, DbError> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let query = args
                    .into_iter()
                    .fold(sqlx::query(statement.sqlite()), |query, arg| {
                        arg.bind_sqlite(query)
                    });
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Inner::Postgres(tx) => {
                let query = args
                    .into_iter()
                    .fold(sqlx::query(statement.postgres()), |query, arg| {
                        arg.bind_postgres(query)
                    });
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
        }
    }

    /// Inserts many rows with few statements, in order. Each row has a value per column.
    pub async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), DbError> {
        let mut rest = rows.into_iter();
        for run in INSERT_RUNS {
            while rest.len() >= run {
                let text = insert_text(table, columns, run);
                let values = rest.by_ref().take(run).flatten().collect();
                self.run_text(text, values).await?;
            }
        }
        Ok(())
    }

    async fn run_text(&mut self, text: String, args: Vec<Value>) -> Result<(), DbError> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(text));
                let query = args
                    .into_iter()
                    .fold(query, |query, arg| arg.bind_sqlite(query));
                query.execute(&mut **tx).await?;
            }
            Inner::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(text));
                let query = args
                    .into_iter()
                    .fold(query, |query, arg| arg.bind_postgres(query));
                query.execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Prepares a statement without running it: tells whether the engine understands it.
    pub async fn prepare(&mut self, statement: &'static Statement) -> Result<(), DbError> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                tx.prepare(statement.sqlite().into_sql_str()).await?;
            }
            Inner::Postgres(tx) => {
                tx.prepare(statement.postgres().into_sql_str()).await?;
            }
        }
        Ok(())
    }

    /// Runs several statements as written, without parameters: migrations and checks.
    pub(super) async fn execute_script(&mut self, script: &str) -> Result<(), DbError> {
        let script = AssertSqlSafe(script.to_owned());
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                sqlx::raw_sql(script).execute(&mut **tx).await?;
            }
            Inner::Postgres(tx) => {
                sqlx::raw_sql(script).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Makes everything durable; returns only when it is.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything now rather than at the drop.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self.0 {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

fn insert_text(table: &str, columns: &[&str], rows: usize) -> String {
    let mut next = 0;
    let groups: Vec<String> = (0..rows)
        .map(|_| {
            let marks: Vec<String> = columns
                .iter()
                .map(|_| {
                    next += 1;
                    format!("${next}")
                })
                .collect();
            format!("({})", marks.join(", "))
        })
        .collect();
    format!(
        "insert into {table} ({}) values {}",
        columns.join(", "),
        groups.join(", ")
    )
}

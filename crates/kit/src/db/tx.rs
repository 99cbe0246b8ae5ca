//! A transaction: every statement runs in one, and dropping it without commit undoes it.

use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr, Transaction};

use super::{DbError, Engine, Row, Statement, Value, bulk};

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
        let engine = self.engine();
        let text = |rows| bulk::insert_text(engine, table, columns, rows);
        self.run_in_bulk(text, rows).await?;
        Ok(())
    }

    /// Inserts many rows with few statements; where the first `keys` columns of a row are taken,
    /// its other values are added to what is there. No two rows may have the same key.
    pub async fn add_many(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        keys: usize,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), DbError> {
        let engine = self.engine();
        let text = |rows| bulk::add_text(engine, table, columns, keys, rows);
        self.run_in_bulk(text, rows).await?;
        Ok(())
    }

    /// Changes many rows with few statements; returns how many there were. Each row has a value
    /// per column; the first column is the key and says which row is meant.
    pub async fn update_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, DbError> {
        let engine = self.engine();
        let text = |rows| bulk::update_text(engine, table, columns, rows);
        self.run_in_bulk(text, rows).await
    }

    async fn run_in_bulk(
        &mut self,
        text: impl Fn(usize) -> String,
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, DbError> {
        let mut changed = 0;
        let mut rest = rows.into_iter();
        while rest.len() > 0 {
            let run = bulk::run_of(rest.len());
            let values = rest.by_ref().take(run).flatten().collect();
            changed += self.run_text(text(run), values).await?;
        }
        Ok(changed)
    }

    async fn run_text(&mut self, text: String, args: Vec<Value>) -> Result<u64, DbError> {
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let query = sqlx::query(AssertSqlSafe(text));
                let query = args
                    .into_iter()
                    .fold(query, |query, arg| arg.bind_sqlite(query));
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Inner::Postgres(tx) => {
                let query = sqlx::query(AssertSqlSafe(text));
                let query = args
                    .into_iter()
                    .fold(query, |query, arg| arg.bind_postgres(query));
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
        }
    }

    const fn engine(&self) -> Engine {
        match self.0 {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
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

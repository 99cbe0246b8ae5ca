//! Versioned migrations: written once in PostgreSQL's words, applied in order, never edited.
//!
//! For SQLite the type words are replaced and every table becomes `strict`. Two words of our own
//! stand for triggers that each engine writes in its own way:
//! `append_only <table>;` refuses every update and delete;
//! `frozen_when <table> <column> '<value>';` refuses them on rows whose column has that value.

use super::{Db, DbError, Engine, Tx};
use crate::secret::digest_hex;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// File name, such as `0001_accounts`; the order of names is the order of steps.
    pub name: &'static str,
    /// The text.
    pub sql: &'static str,
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The engine refused.
    #[error("migration {name}: {source}")]
    Step {
        /// The migration that failed.
        name: String,
        /// Why.
        source: DbError,
    },
    /// An applied migration has another text now.
    #[error("migration {name} was applied with another text; migrations are never edited")]
    Edited {
        /// The migration.
        name: String,
    },
    /// The database was migrated by a newer program.
    #[error("the database has migration {name}, which this program does not know; run a newer one")]
    Newer {
        /// The migration.
        name: String,
    },
    /// The database itself failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

const BOOK: &str = "create table if not exists schema_migrations \
     (name text primary key, digest text not null);";
/// Lets only one process migrate a PostgreSQL database at a time. The number is arbitrary.
const POSTGRES_LOCK: &str = "select pg_advisory_xact_lock(7211340);";

crate::sql!(
    APPLIED,
    "select name, digest from schema_migrations order by name"
);
crate::sql!(
    RECORD,
    "insert into schema_migrations (name, digest) values ($1, $2)"
);

pub(super) async fn run(db: &Db, migrations: &[Migration]) -> Result<usize, MigrateError> {
    let engine = db.engine();
    let mut tx = db.begin().await?;
    if engine == Engine::Postgres {
        tx.execute_script(POSTGRES_LOCK).await?;
    }
    tx.execute_script(BOOK).await?;
    let applied = check_applied(&mut tx, migrations).await?;
    for migration in &migrations[applied..] {
        let script = script(engine, migration.sql);
        tx.execute_script(&script)
            .await
            .map_err(|source| MigrateError::Step {
                name: migration.name.to_owned(),
                source,
            })?;
        let record = crate::args![migration.name, digest_hex(migration.sql)];
        tx.run(&RECORD, record).await?;
    }
    tx.commit().await?;
    Ok(migrations.len() - applied)
}

/// How many of `migrations` the database has; refuses a history that is not a prefix of them.
async fn check_applied(tx: &mut Tx, migrations: &[Migration]) -> Result<usize, MigrateError> {
    let rows = tx.rows(&APPLIED, Vec::new()).await?;
    for (position, row) in rows.iter().enumerate() {
        let name: String = row.get("name")?;
        let digest: String = row.get("digest")?;
        match migrations.get(position) {
            Some(known) if known.name == name => {
                if digest_hex(known.sql) != digest {
                    return Err(MigrateError::Edited { name });
                }
            }
            _ => return Err(MigrateError::Newer { name }),
        }
    }
    Ok(rows.len())
}

fn script(engine: Engine, sql: &str) -> String {
    let code: String = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .fold(String::new(), |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        });
    code.split_inclusive(';')
        .map(|statement| translate(engine, statement))
        .collect()
}

fn translate(engine: Engine, statement: &str) -> String {
    let bare = statement.trim().trim_end_matches(';');
    let words: Vec<&str> = bare.split_whitespace().collect();
    match (words.as_slice(), engine) {
        (["append_only", table], _) => refusal_trigger(engine, table, "true"),
        (["frozen_when", table, column, value], _) => {
            refusal_trigger(engine, table, &format!("old.{column} = {value}"))
        }
        (["create", "table", ..], Engine::Sqlite) => format!("{} strict;\n", sqlite_words(bare)),
        (["alter", "table", ..], Engine::Sqlite) => format!("{};\n", sqlite_words(bare)),
        _ => statement.to_owned(),
    }
}

fn sqlite_words(statement: &str) -> String {
    const WORDS: [(&str, &str); 6] = [
        (
            "bigint generated always as identity primary key",
            "integer primary key autoincrement",
        ),
        (" uuid", " blob"),
        (" timestamptz", " integer"),
        (" date ", " integer "),
        (" jsonb", " text"),
        (" boolean", " integer"),
    ];
    let text = WORDS
        .iter()
        .fold(statement.to_owned(), |text, (postgres, sqlite)| {
            text.replace(postgres, sqlite)
        });
    text.replace(" bigint", " integer")
}

fn refusal_trigger(engine: Engine, table: &str, condition: &str) -> String {
    let message = format!("{table}: this row can not be changed or removed");
    match engine {
        Engine::Sqlite => ["update", "delete"]
            .map(|act| {
                format!(
                    "create trigger {table}_no_{act} before {act} on {table} when {condition} \
                     begin select raise(abort, '{message}'); end;\n"
                )
            })
            .concat(),
        Engine::Postgres => format!(
            "create function {table}_refuse() returns trigger language plpgsql as \
             $$ begin raise exception '{message}'; end $$;\n\
             create trigger {table}_no_change before update or delete on {table} \
             for each row when ({condition}) execute function {table}_refuse();\n\
             create function {table}_refuse_truncate() returns trigger language plpgsql as \
             $$ begin raise exception '{message}'; end $$;\n\
             create trigger {table}_no_truncate before truncate on {table} \
             for each statement execute function {table}_refuse_truncate();\n"
        ),
    }
}

//! A fresh, migrated database for every test of a room, on each engine there is: SQLite always,
//! PostgreSQL when `TEST_DATABASE_URL` names a server on which databases may be made.
//!
//! Rows come from the verbs of the rooms, never from SQL written here.

mod made;
mod booked;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use beta_kit::db::{Db, Migration, statements};
use beta_kit::entropy::{Entropy, SeededEntropy, SystemEntropy};
use beta_kit::secret::hex;
use beta_kit::time::{FakeClock, Timestamp};
use futures::FutureExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

pub(crate) use booked::{Booked, Present, booked, booked_as, booked_for};
pub(crate) use made::Plan;

use crate::schema::MIGRATIONS;
use crate::work::Works;

/// When every test begins.
pub(crate) const START: &str = "2026-03-01T12:00:00.000Z";
/// The seed of every test's ids and tokens.
const SEED: u64 = 20_260_301;

/// What a test of a room stands on.
#[derive(Debug)]
pub(crate) struct House {
    /// Starts work on the database.
    pub(crate) works: Works,
    /// The clock `works` reads.
    pub(crate) clock: Arc<FakeClock>,
}

impl House {
    async fn open(url: &str, steps: &[Migration]) -> Self {
        let db = Db::open(url).await.expect("the database opens");
        db.migrate(steps).await.expect("the database migrates");
        let clock = Arc::new(FakeClock::at(START.parse::<Timestamp>().unwrap()));
        let works = Works::new(db, clock.clone(), Arc::new(SeededEntropy::new(SEED)));
        Self { works, clock }
    }
}

/// Runs `test` on a database of its own, once per engine. Whatever the test does, the database is
/// gone afterwards.
pub(crate) async fn on_each_engine(test: impl AsyncFn(&House)) {
    on_each_engine_with(MIGRATIONS, &test).await;
}

/// The same on a database to which the migration of this subject, and those behind it, are still
/// to come.
pub(crate) async fn on_each_engine_before(subject: &str, test: impl AsyncFn(&House)) {
    let is_meant = |step: &Migration| {
        step.name
            .split_once('_')
            .is_some_and(|(_, name)| name == subject)
    };
    let place = MIGRATIONS.iter().position(is_meant);
    on_each_engine_with(&MIGRATIONS[..place.expect("there is one")], &test).await;
}

async fn on_each_engine_with(steps: &[Migration], test: &impl AsyncFn(&House)) {
    on_sqlite(steps, test).await;
    if let Ok(server) = std::env::var("TEST_DATABASE_URL") {
        on_postgres(&server, steps, test).await;
    }
}

async fn on_sqlite(steps: &[Migration], test: &impl AsyncFn(&House)) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let house = House::open(&url, steps).await;
    test(&house).await;
    house.works.db().close().await;
}

async fn on_postgres(server: &str, steps: &[Migration], test: &impl AsyncFn(&House)) {
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random);
    let name = format!("beta_room_{}", hex(&random));
    run_on_server(server, format!("create database {name}")).await;
    let house = House::open(&database_url(server, &name), steps).await;
    let outcome = AssertUnwindSafe(test(&house)).catch_unwind().await;
    house.works.db().close().await;
    run_on_server(server, format!("drop database {name} with (force)")).await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// Making and dropping a database is refused in a transaction, and a `Db` knows nothing else.
async fn run_on_server(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("the server answers");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("the server obeys");
    connection.close().await.expect("the connection closes");
}

/// The URL of another database of the same server.
fn database_url(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    let authority = address.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |slash| authority + slash);
    format!("{}/{name}?{options}", &address[..end])
}

#[test]
fn only_the_database_of_the_server_url_changes() {
    for (server, expected) in [
        ("postgres://u:p@h:5432/postgres", "postgres://u:p@h:5432/x?"),
        ("postgres://h", "postgres://h/x?"),
        ("postgres:///a?host=/tmp", "postgres:///x?host=/tmp"),
    ] {
        assert_eq!(database_url(server, "x"), expected);
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_each_engine() {
    on_each_engine(async |house| {
        let mut tx = house.works.db().read().await.unwrap();
        for statement in statements() {
            let prepared = tx.prepare(statement).await;
            assert!(
                prepared.is_ok(),
                "{}: {}: {prepared:?}",
                statement.module(),
                statement.text()
            );
        }
    })
    .await;
}

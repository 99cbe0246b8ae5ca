//! The same tests on both engines: SQLite always, PostgreSQL when `TEST_DATABASE_URL` names one.

use super::*;
use crate::time::{Day, Timestamp};
use crate::{args, sql};

const SCHEMA: [Migration; 2] = [
    Migration {
        name: "0001_things",
        sql: "-- why\ncreate table kit_things \
              (seq bigint generated always as identity primary key, \
              id uuid not null unique, n bigint, on_ boolean, txt text, at timestamptz, \
              d date not null, doc jsonb);",
    },
    Migration {
        name: "0002_frozen",
        sql: "append_only kit_things;",
    },
];

sql!(
    INSERT,
    "insert into kit_things (id, n, on_, txt, at, d, doc) \
     values ($1, $2, $3, $4, $5, $6, $7) returning seq"
);
sql!(
    FIND,
    "select * from kit_things where id = any($1) order by seq for update"
);
sql!(
    BY_TEXT,
    "select count(*) as n from kit_things where txt = any_text($1)"
);
sql!(CHANGE, "update kit_things set n = 1");
sql!(REMOVE, "delete from kit_things");

/// A database to test on, and what must live as long as it does.
async fn databases() -> Vec<(Db, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let mut all = vec![(Db::open(&url).await.expect("opens"), Some(folder))];
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        all.push((Db::open(&url).await.expect("opens"), None));
    }
    all
}

async fn reset(db: &Db) {
    let mut tx = db.begin().await.expect("begins");
    tx.execute_script("drop table if exists kit_things; drop table if exists schema_migrations;")
        .await
        .expect("drops");
    if db.engine() == Engine::Postgres {
        let functions = "drop function if exists kit_things_refuse(); \
                         drop function if exists kit_things_refuse_truncate();";
        tx.execute_script(functions).await.expect("drops");
    }
    tx.commit().await.expect("commits");
}

fn id(n: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([n; 16])
}

#[tokio::test]
async fn values_survive_the_trip_and_rows_stay_as_they_are() {
    for (db, _folder) in databases().await {
        reset(&db).await;
        assert_eq!(db.migrate(&SCHEMA).await.expect("migrates"), 2);
        assert_eq!(
            db.migrate(&SCHEMA).await.expect("migrates"),
            0,
            "a second run is harmless"
        );

        let at = Timestamp::parse("2026-03-01T12:00:00.123456Z").expect("a time");
        let doc = serde_json::json!({"a": [1, "two"]});
        let mut tx = db.begin().await.expect("begins");
        let full = args![
            id(1),
            7,
            true,
            "text",
            at,
            Day::from_epoch_days(-1),
            doc.clone()
        ];
        tx.one(&INSERT, full).await.expect("inserts");
        let day = Day::from_epoch_days(20_000);
        let empty = args![
            id(2),
            None::<i64>,
            None::<bool>,
            None::<&str>,
            None::<Timestamp>,
            day,
            None::<serde_json::Value>
        ];
        tx.one(&INSERT, empty).await.expect("inserts");
        tx.commit().await.expect("commits");

        let mut tx = db.begin().await.expect("begins");
        let ids = Value::Uuids(vec![id(1), id(2), id(3)]);
        let rows = tx.rows(&FIND, vec![ids]).await.expect("finds");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].get::<uuid::Uuid>("id").ok(), Some(id(1)));
        assert_eq!(rows[0].get::<u16>("n").ok(), Some(7));
        assert_eq!(rows[0].get::<bool>("on_").ok(), Some(true));
        assert_eq!(rows[0].get::<String>("txt").ok().as_deref(), Some("text"));
        assert_eq!(rows[0].get::<Timestamp>("at").ok(), Some(at));
        assert_eq!(rows[0].get::<Day>("d").ok(), Some(Day::from_epoch_days(-1)));
        assert_eq!(rows[0].get::<serde_json::Value>("doc").ok(), Some(doc));
        assert_eq!(rows[1].get::<Option<Timestamp>>("at").ok(), Some(None));
        assert!(
            rows[1].get::<i64>("n").is_err(),
            "an empty column is not a zero"
        );
        let texts = Value::Texts(vec!["text".to_owned(), "other".to_owned()]);
        let count = tx.one(&BY_TEXT, vec![texts]).await.expect("counts");
        assert_eq!(count.get::<i64>("n").ok(), Some(1));
        drop(tx);

        for statement in [&CHANGE, &REMOVE] {
            let mut tx = db.begin().await.expect("begins");
            let refused = tx.run(statement, args![]).await.expect_err("is refused");
            assert!(
                refused.to_string().contains("can not be changed"),
                "{refused}"
            );
        }
        reset(&db).await;
    }
}

#[tokio::test]
async fn an_edited_or_newer_schema_is_refused() {
    let (db, _folder) = databases().await.remove(0);
    db.migrate(&SCHEMA).await.expect("migrates");
    let edited = [Migration {
        name: "0001_things",
        sql: "create table other (n bigint);",
    }];
    assert!(matches!(
        db.migrate(&edited).await,
        Err(MigrateError::Edited { .. })
    ));
    assert!(matches!(
        db.migrate(&SCHEMA[..1]).await,
        Err(MigrateError::Newer { .. })
    ));
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_bulk_inserts_keep_their_order() {
    let (db, _folder) = databases().await.remove(0);
    db.migrate(&SCHEMA).await.expect("migrates");
    let row = |n: u8| args![id(n), n, Day::from_epoch_days(1)];
    let mut tx = db.begin().await.expect("begins");
    tx.insert_many("kit_things", &["id", "n", "d"], (0..5).map(row).collect())
        .await
        .expect("in");
    drop(tx);
    let mut tx = db.begin().await.expect("begins");
    tx.insert_many("kit_things", &["id", "n", "d"], (0..200).map(row).collect())
        .await
        .expect("in");
    let ids = Value::Uuids((0..200).map(id).collect());
    let rows = tx.rows(&FIND, vec![ids]).await.expect("finds");
    let order: Vec<u8> = rows.iter().filter_map(|row| row.get("n").ok()).collect();
    assert_eq!(order, (0..200).collect::<Vec<u8>>());
}

sql!(
    NEWEST,
    "select coalesce(max(seq), 0) as newest from kit_settled"
);
sql!(COUNT, "select count(*) as newest from kit_settled");

const SETTLED: &str =
    "create table kit_settled (seq bigint generated always as identity primary key, n bigint);";

#[tokio::test]
async fn a_log_is_complete_only_when_those_who_wrote_before_have_ended() {
    for (db, _folder) in databases().await {
        let mut tx = db.begin().await.unwrap();
        let script = match db.engine() {
            Engine::Sqlite => SETTLED.replace("bigint generated always as identity", "integer"),
            Engine::Postgres => SETTLED.to_owned(),
        };
        tx.execute_script("drop table if exists kit_settled;")
            .await
            .unwrap();
        tx.execute_script(&script).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.settled(&NEWEST, "kit_settled").await.unwrap(), Some(0));
        if db.engine() == Engine::Sqlite {
            continue;
        }

        let mut slow = db.begin().await.unwrap();
        let one = || vec![args![1]];
        slow.insert_many("kit_settled", &["n"], one())
            .await
            .unwrap();
        let mut fast = db.begin().await.unwrap();
        fast.insert_many("kit_settled", &["n"], one())
            .await
            .unwrap();
        fast.commit().await.unwrap();

        let mut late = db.begin().await.unwrap();
        let (settled, ()) = tokio::join!(db.settled(&NEWEST, "kit_settled"), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            // Whoever comes now keeps nobody waiting, and does not wait.
            late.insert_many("kit_settled", &["n"], one())
                .await
                .unwrap();
            slow.commit().await.unwrap();
        });
        assert_eq!(settled.unwrap(), Some(2));
        let mut tx = db.read().await.unwrap();
        let count: i64 = tx
            .one(&COUNT, args![])
            .await
            .unwrap()
            .get("newest")
            .unwrap();
        assert_eq!(count, 2);
        assert_eq!(
            db.settled(&NEWEST, "kit_settled").await.unwrap(),
            None,
            "somebody is still at work"
        );
        drop(tx);
        late.rollback().await.unwrap();
        assert_eq!(db.settled(&NEWEST, "kit_settled").await.unwrap(), Some(2));
        let mut tx = db.begin().await.unwrap();
        tx.execute_script("drop table kit_settled;").await.unwrap();
        tx.commit().await.unwrap();
    }
}

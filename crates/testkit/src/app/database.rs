//! A database for one test: a SQLite file, or a database of its own on a PostgreSQL server when
//! `TEST_ENGINE` is `postgres` and `TEST_DATABASE_URL` names one.

use beta_kit::entropy::{Entropy, SystemEntropy};
use beta_kit::secret::hex;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// A database that goes when it is dropped.
#[derive(Debug)]
pub(super) enum TestDatabase {
    Sqlite {
        url: String,
        _folder: TempDir,
    },
    Postgres {
        url: String,
        server: String,
        name: String,
    },
}

impl TestDatabase {
    pub(super) async fn make() -> Self {
        let wanted = std::env::var("TEST_ENGINE").is_ok_and(|engine| engine == "postgres");
        let server = std::env::var("TEST_DATABASE_URL").ok().filter(|_| wanted);
        let Some(server) = server else {
            return Self::sqlite();
        };
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random);
        let name = format!("beta_app_{}", hex(&random));
        run(&server, format!("create database {name}")).await;
        Self::Postgres {
            url: url_of(&server, &name),
            server,
            name,
        }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self::Sqlite {
            url,
            _folder: folder,
        }
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Sqlite { url, .. } | Self::Postgres { url, .. } => url,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Self::Postgres { server, name, .. } = self else {
            return;
        };
        let (server, statement) = (server.clone(), format!("drop database {name} with (force)"));
        // A drop cannot wait on the runtime it may run on.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .expect("a runtime")
                .block_on(run(&server, statement));
        });
        assert!(
            removed.join().is_ok() || std::thread::panicking(),
            "the database stays"
        );
    }
}

/// Making and dropping a database is refused in a transaction, and a `Db` knows nothing else.
async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("the server answers");
    let ran = sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await;
    ran.expect("the server obeys");
    connection.close().await.expect("the connection closes");
}

/// The URL of another database of the same server.
fn url_of(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    let authority = address.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |slash| authority + slash);
    format!("{}/{name}?{options}", &address[..end])
}

//! The real program: its commands, its start, its stop, and what is left after `kill -9`.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use beta_testkit::process::{Installation, Running};
use beta_testkit::wait::{PATIENCE, until};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn installation() -> Installation {
    Installation::new(env!("CARGO_BIN_EXE_beta-ads"))
}

/// Asks with nothing but a socket; gives the whole answer.
async fn ask(server: &Running, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("connects");
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("is sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("is answered");
    answer
}

#[tokio::test]
async fn it_starts_answers_and_stops_in_order() {
    let place = installation();
    let server = place.start().await;
    assert!(ask(&server, "/readyz").await.starts_with("HTTP/1.1 200 "));
    // A connection that is kept alive does not keep the program alive.
    let mut idle = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .expect("connects");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("is sent");
    let mut start = [0; 12];
    idle.read_exact(&mut start).await.expect("is answered");
    let (status, log) = server.stop().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("\"message\":\"stopped\""), "{log}");
    let mode = place
        .data()
        .join("jwt-secret")
        .metadata()
        .expect("is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn every_line_of_the_log_is_json_without_what_must_not_be_there() {
    let place = installation();
    let server = place.start().await;
    ask(&server, "/healthz?key=hidden-in-the-query").await;
    let (_, log) = server.stop().await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("is JSON: {line}")))
        .collect();
    let request = lines
        .iter()
        .find(|line| line["message"] == "request completed");
    let request = request.expect("the request has a line");
    assert_eq!(
        (&request["method"], &request["path"]),
        (&"GET".into(), &"/healthz".into())
    );
    assert_eq!(request["status"], 200);
    assert_eq!(request["request_id"].as_str().map(str::len), Some(36));
    for hidden in ["hidden-in-the-query", "127.0.0.1"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}

#[tokio::test]
async fn the_log_says_when_events_are_added_up() {
    let place = installation();
    let server = place.start().await;
    let is_done = async || server.log().contains("aggregation_complete").then_some(());
    assert!(until(PATIENCE, is_done).await.is_some(), "{}", server.log());
    let (_, log) = server.stop().await;
    let lines: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let line = |message: &str| lines.iter().find(|line| line["message"] == message);
    assert_eq!(
        line("worker_started").expect("is told")["queue"],
        "aggregation"
    );
    let done = line("aggregation_complete").expect("is told");
    assert_eq!(done["aggregatedRows"], 0);
    assert_eq!(done["sampledEvents"], 0);
}

#[tokio::test]
async fn one_database_is_served_by_one_process() {
    let place = installation();
    let server = place.start().await;
    let second = place.run(&["serve"]).await;
    assert!(!second.status.success());
    let error = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(error.contains("another server uses"), "{error}");
    server.kill().await;
    let third = place.start().await;
    assert!(ask(&third, "/readyz").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn wrong_settings_stop_the_start_with_every_problem() {
    let place = installation()
        .set("API_PORT", "x")
        .set("BETA_ENV", "production");
    for command in ["serve", "check-config"] {
        let ended = place.run(&[command]).await;
        assert_eq!(ended.status.code(), Some(1));
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            error.contains("API_PORT") && error.contains("JWT_SECRET"),
            "{error}"
        );
    }
    let file = place.folder().join("beta.toml");
    std::fs::write(&file, "[server]\nprot = 1\n").expect("is written");
    let place = installation().set("BETA_CONFIG", &file.display().to_string());
    let error = place.run(&["check-config"]).await.stderr;
    assert!(String::from_utf8_lossy(&error).contains("server.prot: is not a setting"));
    let good = installation()
        .set("REDIS_URL", "redis://x")
        .run(&["check-config"])
        .await;
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(
        said.contains("REDIS_URL") && said.contains("the configuration is good"),
        "{said}"
    );
}

#[tokio::test]
async fn people_are_added_from_the_console() {
    let place = installation();
    let said = async |arguments: &[&str]| {
        let ended = place.run(arguments).await;
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        (
            ended.status.success(),
            String::from_utf8_lossy(&ended.stdout).into_owned() + &error,
        )
    };
    assert!(said(&["migrate"]).await.0);
    assert!(said(&["migrate"]).await.1.contains("up to date"));
    let (added, link) = said(&["user", "add", "root@example.com", "--role", "admin"]).await;
    assert!(
        added && link.contains("/auth/verify?email=root%40example.com&token="),
        "{link}"
    );
    let lonely = said(&["user", "add", "a@example.com", "--role", "agency"]).await;
    assert!(
        !lonely.0 && lonely.1.contains("--organization"),
        "{}",
        lonely.1
    );
    let agency = [
        "user",
        "add",
        "a@example.com",
        "--role",
        "agency",
        "--organization",
        "Acme",
    ];
    assert!(said(&agency).await.0);
    let again = said(&agency).await;
    assert!(
        !again.0
            && again
                .1
                .contains("a@example.com is there already, as agency"),
        "{}",
        again.1
    );
    assert!(said(&["user", "role", "a@example.com", "viewer"]).await.0);
    let list = said(&["user", "list"]).await.1;
    assert_eq!(
        list,
        "a@example.com\tviewer\t-\nroot@example.com\tadmin\t-\n"
    );
    assert!(!said(&["user", "role", "b@example.com", "viewer"]).await.0);
    assert!(said(&["user", "disable", "a@example.com"]).await.0);
    assert!(said(&["user", "list"]).await.1.contains("\t-\tdisabled"));
    assert!(said(&["user", "enable", "a@example.com"]).await.0);
    let last = said(&["user", "disable", "root@example.com"]).await;
    assert!(
        !last.0 && last.1.contains("last administrator"),
        "{}",
        last.1
    );
    assert!(
        !said(&["user", "add", "not an address", "--role", "admin"])
            .await
            .0
    );
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_holds_up_nobody() {
    let place = installation();
    let server = place.start().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("connects");
        stream.write_all(b"GET /healthz HT").await.expect("is sent");
        slow.push(stream);
    }
    let answer = tokio::time::timeout(Duration::from_secs(10), ask(&server, "/healthz"));
    assert!(answer.await.expect("in time").starts_with("HTTP/1.1 200 "));
    let (status, _) = server.stop().await;
    assert_eq!(status.code(), Some(0));
}

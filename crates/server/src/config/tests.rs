//! Settings are looked up in their order, and everything wrong is said at once.

use std::path::PathBuf;

use super::*;

fn sources(environment: &[(&str, &str)], file: Option<&str>) -> Sources {
    Sources {
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        file: file.map(|text| (PathBuf::from("beta.toml"), text.to_owned())),
    }
}

#[test]
fn nothing_has_to_be_set_to_try_it_out() {
    let config = Config::load(&sources(&[], None)).expect("the defaults are good");
    assert_eq!(config.environment, Environment::Test);
    assert_eq!(config.listen.address().to_string(), "127.0.0.1:4000");
    assert_eq!(
        config.services.database_url.reveal(),
        "sqlite:./data/beta-ads.db"
    );
    assert_eq!(config.services.storage_url, "file:./data/media");
    assert_eq!(config.limits.global_per_minute, 250);
    assert_eq!(config.limits.ingest_per_minute, 180);
    assert!(config.secrets.jwt.is_none());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let file = "[server]\nport = 5000\nbind = \"0.0.0.0\"";
    let sources = sources(&[("API_PORT", "6000"), ("BIND", "")], Some(file));
    let config = Config::load(&sources).expect("is good");
    assert_eq!(config.listen.address().to_string(), "0.0.0.0:6000");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let file = "colour = \"red\"\n[server]\nport = 1.5\n[limits]\nglobal = 3";
    let environment = [
        ("BETA_ENV", "staging"),
        ("API_PORT", "70000"),
        ("BIND", "localhost"),
        ("DATABASE_URL", "mysql://x"),
        ("STORAGE_URL", "s3:media"),
        ("JWT_SECRET", "short"),
        ("OVERLAY_URL", "ftp://x"),
        ("SMTP_URL", "mail.example.com"),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "-1"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("LOG_FORMAT", "xml"),
    ];
    let problems = Config::load(&sources(&environment, Some(file))).expect_err("all is wrong");
    let text = problems.to_string();
    for name in [
        "BETA_ENV",
        "API_PORT",
        "BIND",
        "DATABASE_URL",
        "S3_ENDPOINT",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "JWT_SECRET",
        "OVERLAY_URL",
        "SMTP_URL",
        "MAIL_FROM",
        "RATE_LIMIT_GLOBAL_PER_MINUTE",
        "TRUSTED_PROXIES",
        "LOG_FORMAT",
        "colour",
        "limits.global",
        "server.port",
    ] {
        assert!(text.contains(name), "{name} is missing in {text}");
    }
    assert!(!text.contains("short"), "a secret is not repeated: {text}");
}

#[test]
fn production_asks_for_a_secret_and_shows_none() {
    let problems = Config::load(&sources(&[("BETA_ENV", "production")], None));
    assert!(
        problems
            .expect_err("no secret")
            .to_string()
            .contains("JWT_SECRET")
    );
    let secret = "s".repeat(32);
    let all = sources(&[("BETA_ENV", "production"), ("JWT_SECRET", &secret)], None);
    let config = Config::load(&all).expect("is good");
    assert!(!format!("{config:?}").contains(&secret));
}

#[test]
fn mail_goes_out_when_both_server_and_sender_are_named() {
    let (server, sender) = (
        ("SMTP_URL", "smtps://u:hidden@mail.example.com"),
        ("MAIL_FROM", "Beta Ads <ads@example.com>"),
    );
    let config = Config::load(&sources(&[server, sender], None)).expect("is good");
    assert!(config.services.mail.is_some());
    assert!(!format!("{config:?}").contains("hidden"));
    let config = Config::load(&sources(&[sender], None)).expect("is good");
    assert!(config.services.mail.is_none());
    for bad in [("MAIL_FROM", "ads"), ("MAIL_FROM", "")] {
        let problems = Config::load(&sources(&[server, bad], None)).expect_err("no sender");
        assert!(problems.to_string().contains("MAIL_FROM"));
        assert!(!problems.to_string().contains("hidden"));
    }
}

#[test]
fn a_database_in_memory_is_refused() {
    for url in ["sqlite::memory:", "sqlite:", "sqlite://?mode=memory"] {
        let config = Config::load(&sources(&[("DATABASE_URL", url)], None));
        assert!(config.is_err(), "{url}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_name() {
    let problems = Config::load(&sources(&[], Some("port = = 1"))).expect_err("is not TOML");
    assert!(problems.to_string().contains("beta.toml"));
}

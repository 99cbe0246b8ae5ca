//! Every rule speaks on a bad sample and is silent on a good one.

use super::RULES;
use crate::exceptions::Exceptions;
use crate::finding::Finding;
use crate::tree::Tree;

const LIB: (&str, &str) = (
    "crates/domain/src/lib.rs",
    "mod audit;\npub mod campaigns;\n",
);

fn findings(rule: &str, samples: &[(&str, &str)]) -> Vec<Finding> {
    let (_, run) = RULES
        .iter()
        .find(|(name, _)| *name == rule)
        .expect("the rule exists");
    run(&Tree::of(samples))
}

#[track_caller]
fn refuses(rule: &str, samples: &[(&str, &str)], part: &str) {
    let found = findings(rule, samples);
    assert!(
        found.iter().any(|found| found.to_string().contains(part)),
        "{rule}: {found:#?}"
    );
}

#[track_caller]
fn accepts(rule: &str, samples: &[(&str, &str)]) {
    assert_eq!(findings(rule, samples), [], "{rule}");
}

#[test]
fn long_files_are_refused_and_tests_are_not_counted() {
    let long = "fn a() {}\n".repeat(401);
    let tested = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");

    refuses(
        "file_length",
        &[("crates/kit/src/a.rs", &long)],
        "401 lines",
    );
    refuses(
        "file_length",
        &[("crates/web/assets/a.js", &long)],
        "401 lines",
    );
    accepts("file_length", &[("crates/kit/src/a.rs", &tested)]);
    accepts("file_length", &[("crates/kit/src/tests.rs", &long)]);
}

#[test]
fn long_lines_are_refused() {
    refuses(
        "line_length",
        &[("a.rs", &"é".repeat(101))],
        "a.rs:1: 101 columns",
    );
    accepts("line_length", &[("a.rs", &"é".repeat(100))]);
}

#[test]
fn files_without_a_head_are_refused() {
    refuses("heads", &[("a.rs", "fn a() {}")], "`//!`");
    refuses("heads", &[("a.rs", "//! x\nfn a() {}")], "`//!`");
    refuses(
        "heads",
        &[("migrations/0001_a.sql", "create table a")],
        "`--`",
    );
    refuses("heads", &[("a.js", "let a;")], "`//`");
    accepts("heads", &[("a.rs", "//! Adds two numbers.\nfn a() {}")]);
}

#[test]
fn drawers_are_refused() {
    refuses(
        "module_names",
        &[("crates/kit/src/utils/mod.rs", "")],
        "`utils` says nothing",
    );
    refuses(
        "module_names",
        &[("crates/kit/src/lib.rs", "mod a;\nmod common {}")],
        "lib.rs:2",
    );
    accepts(
        "module_names",
        &[("crates/kit/src/lib.rs", "// mod common\nmod money;")],
    );
}

#[test]
fn files_that_no_module_declares_are_refused() {
    let lib = ("crates/kit/src/lib.rs", "mod db;");
    let room = ("crates/kit/src/db/mod.rs", "mod pool;");

    refuses(
        "dead_files",
        &[lib, ("crates/kit/src/old.rs", "")],
        "`mod old`",
    );
    refuses(
        "dead_files",
        &[lib, room, ("crates/kit/src/db/old.rs", "")],
        "`mod old`",
    );
    refuses("dead_files", &[("crates/a/tests/it/b.rs", "")], "`mod b`");
    accepts(
        "dead_files",
        &[lib, room, ("crates/kit/src/db/pool.rs", "")],
    );
}

#[test]
fn marks_and_machine_paths_are_refused() {
    let mark = format!("# {}{}: later", "TO", "DO");
    let path = format!("see /ro{}/notes", "ot");

    refuses("words", &[("README.md", &mark)], "README.md:1");
    refuses("words", &[("a.toml", &path)], "must not stay here");
    accepts("words", &[("Cargo.toml", "todo = \"deny\"")]);
}

#[test]
fn switched_off_tests_and_silenced_lints_are_refused() {
    refuses(
        "test_attributes",
        &[("a.rs", "#[ignore]\nfn a() {}")],
        "runs or goes",
    );
    refuses(
        "test_attributes",
        &[("a.rs", "#[allow(dead_code)]")],
        "expect",
    );
    accepts(
        "test_attributes",
        &[("a.rs", "// #[ignore] in words\n#[expect(unused)]")],
    );
}

#[test]
fn a_room_that_looks_down_is_refused() {
    let down = |text: &'static str| [LIB, ("crates/domain/src/audit/mod.rs", text)];

    refuses(
        "rooms",
        &down("use crate::campaigns::Campaign;"),
        "`audit` uses `campaigns`",
    );
    refuses(
        "rooms",
        &down("use crate::{audit, campaigns::{self, x}};"),
        "`campaigns`",
    );
    refuses(
        "rooms",
        &down("fn a() { super::campaigns::x() }"),
        "`campaigns`",
    );
    accepts(
        "rooms",
        &down("#[cfg(test)] mod tests { use crate::campaigns; }"),
    );
    accepts(
        "rooms",
        &[
            LIB,
            ("crates/domain/src/campaigns/mod.rs", "use crate::audit;"),
        ],
    );
}

#[test]
fn crates_that_call_up_are_refused() {
    let up = "[dependencies]\nbeta-web.workspace = true\n";
    let test_only = "[dev-dependencies]\nbeta-testkit.workspace = true\n";

    refuses(
        "crates",
        &[("crates/domain/Cargo.toml", up)],
        "`domain` must not use `web`",
    );
    refuses(
        "crates",
        &[("crates/xtask/Cargo.toml", up)],
        "`xtask` must not use `web`",
    );
    accepts("crates", &[("crates/server/Cargo.toml", up)]);
    accepts("crates", &[("crates/server/Cargo.toml", test_only)]);
}

#[test]
fn outside_crates_behind_a_wall_are_refused() {
    let axum = "[dependencies]\naxum.workspace = true\n";

    refuses(
        "outside_crates",
        &[("crates/domain/Cargo.toml", axum)],
        "no place in `domain`",
    );
    accepts("outside_crates", &[("crates/web/Cargo.toml", axum)]);
}

#[test]
fn tools_that_know_the_product_are_refused() {
    refuses(
        "product_words",
        &[("crates/kit/src/a.rs", "struct CampaignName;")],
        "tool",
    );
    accepts(
        "product_words",
        &[("crates/kit/src/a.rs", "// such as CampaignId\nstruct Id;")],
    );
    accepts(
        "product_words",
        &[("crates/domain/src/a.rs", "struct Campaign;")],
    );
}

#[test]
fn sql_outside_a_store_is_refused() {
    let sql = "const A: &str = \"select id from users\";";

    refuses("sql", &[("crates/web/src/api.rs", sql)], "store.rs");
    refuses(
        "sql",
        &[("crates/domain/src/audit/mod.rs", sql)],
        "store.rs",
    );
    refuses(
        "sql",
        &[("crates/server/src/a.rs", "f(\"update users set a = 1\")")],
        "store.rs",
    );
    accepts("sql", &[("crates/domain/src/audit/store.rs", sql)]);
    accepts(
        "sql",
        &[("crates/web/src/api.rs", "f(\"select a channel\")")],
    );
}

#[test]
fn floats_where_money_is_are_refused() {
    refuses(
        "floats",
        &[("crates/domain/src/a.rs", "fn a(b: f64) {}")],
        "`f64`",
    );
    refuses(
        "floats",
        &[("crates/kit/src/money.rs", "let a = 1_f32;")],
        "`1_f32`",
    );
    accepts("floats", &[("crates/web/src/a.rs", "fn a(b: f64) {}")]);
}

#[test]
fn unexplained_and_unused_dependencies_are_refused() {
    let root = ("Cargo.toml", "[workspace.dependencies]\nurl = \"2\"\n");
    let good = (
        "Cargo.toml",
        "[workspace.dependencies]\nurl = \"2\" # addresses\n",
    );
    let user = (
        "crates/kit/Cargo.toml",
        "[dependencies]\nurl.workspace = true\n",
    );
    let own = ("crates/kit/Cargo.toml", "[dependencies]\nurl = \"2\"\n");

    refuses("dependencies", &[root, user], "say in a comment");
    refuses("dependencies", &[good], "no crate uses it");
    refuses("dependencies", &[good, own], "`.workspace = true`");
    accepts("dependencies", &[good, user]);
}

#[test]
fn dependencies_that_the_code_never_names_are_refused() {
    let user = (
        "crates/kit/Cargo.toml",
        "[dependencies]\nfoo-bar.workspace = true\n",
    );
    let excused = (
        "crates/kit/Cargo.toml",
        "[dependencies]\n# Not called: a feature.\nfoo-bar.workspace = true\n",
    );
    let other = (
        "crates/kit/src/a.rs",
        "fn a(b: u8, c: u8) -> u8 { b + c + b + c }",
    );
    let user_code = ("crates/kit/src/b.rs", "use foo_bar::A;");

    refuses(
        "unused_dependencies",
        &[user, other],
        "`foo-bar` is never used",
    );
    accepts("unused_dependencies", &[user, other, user_code]);
    accepts("unused_dependencies", &[excused, other]);
    accepts("unused_dependencies", &[user]);
}

#[test]
fn crates_without_a_reason_in_the_architecture_are_refused() {
    let root = (
        "Cargo.toml",
        "[workspace.dependencies]\nurl = \"2\" # addresses\n",
    );

    refuses(
        "architecture",
        &[root, ("ARCHITECTURE.md", "")],
        "`url` is missing",
    );
    accepts(
        "architecture",
        &[root, ("ARCHITECTURE.md", "| `url` | addresses |")],
    );
}

#[test]
fn edited_new_and_missing_migrations_are_refused() {
    let file = ("migrations/0001_a.sql", "");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  0001_a.sql\n";
    let hashes = |text| ("migrations/hashes.txt", text);

    refuses("migrations", &[file], "is new");
    refuses(
        "migrations",
        &[("migrations/0001_a.sql", "-- b"), hashes(empty)],
        "was edited",
    );
    refuses("migrations", &[hashes(empty)], "is gone");
    refuses(
        "migrations",
        &[("migrations/0002_a.sql", "")],
        "without a gap",
    );
    accepts("migrations", &[file, hashes(empty)]);
}

#[test]
fn promises_without_a_living_test_are_refused() {
    let doc = |row| format!("| Promise | Test |\n| --- | --- |\n{row}\n");
    let test = (
        "a.rs",
        "#[tokio::test]\nasync fn a_b_c() {}\nfn helper() {}",
    );
    let check = |row| doc(row).leak() as &str;

    refuses("guarantees", &[], "is missing");
    refuses(
        "guarantees",
        &[("docs/guarantees.md", check("| a | b |")), test],
        "names the test",
    );
    refuses(
        "guarantees",
        &[("docs/guarantees.md", check("| a | `gone` |")), test],
        "no test",
    );
    refuses(
        "guarantees",
        &[("docs/guarantees.md", check("| a | `helper` |")), test],
        "no test",
    );
    accepts(
        "guarantees",
        &[("docs/guarantees.md", check("| a | `it::a_b_c` |")), test],
    );
}

#[test]
fn links_to_nowhere_are_refused() {
    let link = |text| ("docs/a.md", text);

    refuses("links", &[link("[b](b.md)")], "`b.md` leads nowhere");
    accepts(
        "links",
        &[
            link("[b](../b.md#c) [c](https://example.com)"),
            ("b.md", ""),
        ],
    );
}

#[test]
fn undocumented_settings_are_refused() {
    let config = ("crates/server/src/config/mod.rs", "read(\"API_PORT\")");
    let example = (".env.example", "# Port.\n# API_PORT=4000\n");

    refuses("settings", &[config], "missing in .env.example");
    refuses("settings", &[config, example], "README.md");
    accepts(
        "settings",
        &[config, example, ("README.md", "| `API_PORT` |")],
    );
}

#[test]
fn an_exception_covers_one_finding_and_must_be_needed() {
    let list = "# why\nwords | a.md | mark | goes with the next release\n";
    let exceptions = Exceptions::parse(list).expect("the list can be read");

    assert!(
        exceptions
            .apply("words", &[Finding::at("a.md", 1, "a mark")])
            .is_empty()
    );
    assert_eq!(
        exceptions
            .apply("words", &[Finding::at("b.md", 1, "a mark")])
            .len(),
        2
    );
    assert_eq!(exceptions.apply("words", &[]).len(), 1);
    assert!(
        Exceptions::parse("words | a.md | mark |").is_err(),
        "a reason is required"
    );
}

//! Runs every rule on this repository.

use tidy::exceptions::{EXCEPTIONS_MAX, Exceptions};
use tidy::rules::RULES;
use tidy::tree::Tree;

fn exceptions() -> Exceptions {
    Exceptions::parse(include_str!("../../exceptions.txt")).expect("exceptions.txt can be read")
}

#[test]
fn the_repository_keeps_every_rule() {
    let tree = Tree::read().expect("the repository can be read");
    let exceptions = exceptions();

    let mut reported = Vec::new();
    for (name, rule) in RULES {
        let left = exceptions.apply(name, &rule(&tree));
        reported.extend(
            left.into_iter()
                .map(|finding| format!("[{name}] {finding}")),
        );
    }

    assert!(
        reported.is_empty(),
        "{} findings:\n{}",
        reported.len(),
        reported.join("\n")
    );
}

#[test]
fn the_list_of_exceptions_only_shrinks() {
    let exceptions = exceptions();

    assert_eq!(
        exceptions.count(),
        EXCEPTIONS_MAX,
        "lower EXCEPTIONS_MAX, never raise it"
    );
    for rule in exceptions.rules() {
        assert!(
            RULES.iter().any(|(name, _)| *name == rule),
            "there is no rule `{rule}`"
        );
    }
}

#[test]
fn the_tree_holds_the_repository() {
    let tree = Tree::read().expect("the repository can be read");

    for path in [
        "Cargo.toml",
        "crates/tidy/src/lib.rs",
        "migrations/0001_accounts.sql",
    ] {
        assert!(tree.text(path).is_some(), "{path}");
    }
}

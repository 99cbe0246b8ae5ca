//! Walls between the crates: which way calls go, and which outside crate stays behind which wall.

use super::dependencies::{Section, named};
use super::modules::is_product_source;
use crate::finding::Finding;
use crate::source::{code_only, line_of, without_tests, words};
use crate::tree::Tree;

/// Each may use those after it. Tests and tools are not in the list.
const ORDER: [&str; 5] = ["server", "web", "documents", "domain", "kit"];

/// Crates that stand apart: they know nothing of the product's code.
const APART: [&str; 2] = ["tidy", "xtask"];

/// Outside crates that must not reach a crate of ours.
const KEPT_OUT: [(&str, &[&str]); 8] = [
    ("anyhow", &["web", "documents", "domain", "kit"]),
    ("axum", &["documents", "domain", "kit"]),
    ("axum-extra", &["documents", "domain", "kit"]),
    ("maud", &["documents", "domain", "kit"]),
    ("socketioxide", &["documents", "domain", "kit"]),
    ("sqlx", &["server", "web", "documents", "domain"]),
    ("tower-http", &["documents", "domain", "kit"]),
    ("object_store", &["server", "web", "documents", "domain"]),
];

/// What the product is about; a tool that knows one of these is no tool.
const PRODUCT_WORDS: [&str; 12] = [
    "advertiser",
    "agency",
    "assignment",
    "campaign",
    "creative",
    "deliver",
    "flight",
    "impression",
    "overlay",
    "payout",
    "streamer",
    "twitch",
];

/// Calls go one way: server, web, documents, domain, kit.
pub(super) fn crates_call_one_way(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        let Some(user) = manifest.crate_name() else {
            continue;
        };
        let place = ORDER.iter().position(|name| *name == user);
        for entry in named(&manifest.text).filter(|entry| entry.section == Section::Normal) {
            let Some(used) = entry.name.strip_prefix("beta-") else {
                continue;
            };
            let other = ORDER.iter().position(|name| *name == used);
            let goes_up = place.is_some_and(|place| other.is_none_or(|other| other <= place));
            if goes_up || APART.contains(&user) {
                let message = format!("`{user}` must not use `{used}`");
                findings.push(Finding::at(&manifest.path, entry.line, message));
            }
        }
    }
    findings
}

/// HTTP stays out of the rooms, SQL and files stay in the tools.
pub(super) fn outside_crates_stay_behind_their_wall(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        let Some(user) = manifest.crate_name() else {
            continue;
        };
        for entry in named(&manifest.text).filter(|entry| entry.section == Section::Normal) {
            let is_kept_out =
                |(name, users): &(&str, &[&str])| *name == entry.name && users.contains(&user);
            if KEPT_OUT.iter().any(is_kept_out) {
                let message = format!("`{}` has no place in `{user}`", entry.name);
                findings.push(Finding::at(&manifest.path, entry.line, message));
            }
        }
    }
    findings
}

/// The code of `kit` would be just as true in another product. Its comments may give examples.
pub(super) fn tools_know_no_product_word(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tools = tree.rust().filter(|file| file.crate_name() == Some("kit"));
    for file in tools.filter(|file| is_product_source(file)) {
        let code = code_only(&without_tests(&file.text));
        for (at, word) in words(&code) {
            let lower = word.to_lowercase();
            if PRODUCT_WORDS
                .into_iter()
                .any(|product| lower.contains(product))
            {
                let message = format!("`{word}` is a word of the product, and this is a tool");
                findings.push(Finding::at(&file.path, line_of(&code, at), message));
            }
        }
    }
    findings
}

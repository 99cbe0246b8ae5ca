//! Migrations go forward only: a released one is never edited.

use sha2::{Digest, Sha256};

use crate::finding::Finding;
use crate::tree::{File, Tree};

const HASHES: &str = "migrations/hashes.txt";

/// `migrations/hashes.txt` holds `<SHA-256>  <file name>` for each migration, in order.
pub(super) fn never_edited(tree: &Tree) -> Vec<Finding> {
    let hashes = tree.text(HASHES).unwrap_or_default();
    let is_migration =
        |file: &&File| file.path.starts_with("migrations/") && file.has_extension("sql");
    let mut findings = Vec::new();
    for (index, file) in tree.files().filter(is_migration).enumerate() {
        let name = file.path.trim_start_matches("migrations/");
        let line = format!("{}  {name}", hash(&file.text));
        if !name.starts_with(&format!("{:04}_", index + 1)) {
            findings.push(Finding::file(
                &file.path,
                "numbers follow each other without a gap",
            ));
        }
        if !hashes.lines().any(|kept| kept == line) {
            findings.push(Finding::file(&file.path, advice(hashes, name, &line)));
        }
    }
    for (index, line) in hashes.lines().enumerate() {
        let name = line.split_whitespace().nth(1).unwrap_or_default();
        if tree.text(&format!("migrations/{name}")).is_none() {
            let message = format!("`{name}` is gone, but a migration is never removed");
            findings.push(Finding::at(HASHES, index + 1, message));
        }
    }
    findings
}

fn advice(hashes: &str, name: &str, line: &str) -> String {
    if hashes
        .lines()
        .any(|kept| kept.ends_with(&format!("  {name}")))
    {
        format!("was edited: write a new migration (if it was never released: `{line}`)")
    } else {
        format!("is new: add to {HASHES} the line `{line}`")
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

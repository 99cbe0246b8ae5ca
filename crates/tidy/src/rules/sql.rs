//! SQL stands in the store of the room that owns the table, and in the tools for databases.

use super::modules::is_product_source;
use crate::finding::Finding;
use crate::source::{Kind, pieces, without_tests};
use crate::tree::{File, Tree};

/// Crates whose job is something else than the product.
const FREE: [&str; 4] = ["bench", "testkit", "tidy", "xtask"];

/// No door, no rule and no program holds a statement.
pub(super) fn sql_stands_in_stores(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .rust()
        .filter(|file| is_product_source(file) && !may_hold_sql(file))
    {
        let source = without_tests(&file.text);
        for piece in pieces(&source)
            .into_iter()
            .filter(|piece| piece.kind == Kind::Literal)
        {
            if is_statement(piece.text) {
                let message = "SQL stands in `store.rs` of the room that owns the table";
                findings.push(Finding::at(&file.path, piece.line, message));
            }
        }
    }
    findings
}

fn may_hold_sql(file: &File) -> bool {
    let crate_name = file.crate_name().unwrap_or_default();
    let inside = file.source_path().unwrap_or_default();
    let is_store = inside.ends_with("/store.rs") || inside.contains("/store/");
    match crate_name {
        "kit" => is_store || inside.starts_with("db/") || inside.starts_with("jobs/"),
        "domain" => is_store,
        _ => FREE.contains(&crate_name),
    }
}

fn is_statement(literal: &str) -> bool {
    let text = literal
        .trim_start_matches(['r', '#', '"', 'b'])
        .to_lowercase();
    let mut words = text.split_whitespace();
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let has = |word: &str| text.split_whitespace().any(|found| found == word);
    match first {
        "select" => has("from"),
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => has("set"),
        "with" => has("as") && has("select"),
        "create" | "drop" | "alter" => ["table", "index", "trigger"].contains(&second),
        "pragma" => true,
        _ => false,
    }
}

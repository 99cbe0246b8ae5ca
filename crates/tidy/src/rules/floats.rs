//! No floating point where money, caps and counts are decided.

use super::modules::is_product_source;
use crate::finding::Finding;
use crate::source::{code_only, line_of, without_tests, words};
use crate::tree::{File, Tree};

/// Money and rates are integers; a ratio for a reader is made where it is shown.
pub(super) fn no_floats_where_money_is(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .rust()
        .filter(|file| is_product_source(file) && decides(file))
    {
        let code = code_only(&without_tests(&file.text));
        for (at, word) in words(&code) {
            if word.ends_with("f64") || word.ends_with("f32") {
                let message = format!("`{word}`: count in whole units instead");
                findings.push(Finding::at(&file.path, line_of(&code, at), message));
            }
        }
    }
    findings
}

fn decides(file: &File) -> bool {
    let inside = file.source_path().unwrap_or_default();
    file.crate_name() == Some("domain")
        || (file.crate_name() == Some("kit")
            && ["money", "time"]
                .iter()
                .any(|name| inside.starts_with(name)))
}

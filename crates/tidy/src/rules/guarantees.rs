//! The list of promises names the test that holds each.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::source::{code_only, words};
use crate::tree::Tree;

const GUARANTEES: &str = "docs/guarantees.md";

/// In every table of the document the last cell names at least one test in backticks, and every
/// test named there exists. A name is a function, with or without its path.
pub(super) fn name_tests_that_exist(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(GUARANTEES) else {
        return vec![Finding::file(
            GUARANTEES,
            "is missing: it lists the promises",
        )];
    };
    let tests = tests(tree);
    let lines: Vec<_> = text.lines().collect();
    let mut findings = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let is_header = lines.get(index + 1).is_some_and(|next| is_ruler(next));
        if !line.starts_with('|') || is_ruler(line) || is_header {
            continue;
        }
        let last = line
            .trim_end()
            .trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap_or_default();
        let names: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            let message = "the last cell names the test that holds this promise";
            findings.push(Finding::at(GUARANTEES, index + 1, message));
        }
        for name in names {
            let function = name.rsplit("::").next().unwrap_or_default();
            if !tests.contains(function) {
                let message = format!("there is no test `{name}`");
                findings.push(Finding::at(GUARANTEES, index + 1, message));
            }
        }
    }
    findings
}

fn is_ruler(line: &str) -> bool {
    line.starts_with('|') && line.contains("---")
}

/// Functions that stand under an attribute which makes them a test.
fn tests(tree: &Tree) -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for file in tree.rust() {
        let code = code_only(&file.text);
        let mut is_test = false;
        for line in code.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.starts_with("#[") {
                is_test |= words(line).any(|(_, word)| word == "test");
                continue;
            }
            let mut names = words(line).skip_while(|(_, word)| *word != "fn");
            if let (true, Some((_, name))) = (is_test, names.nth(1)) {
                tests.insert(name.to_owned());
            }
            is_test = false;
        }
    }
    tests
}

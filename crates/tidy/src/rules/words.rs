//! Words that must not be left behind.
//!
//! The words are put together here, so that this file does not hold them.

use crate::finding::Finding;
use crate::source::{code_only, line_of, words};
use crate::tree::Tree;

/// Marks of unfinished work. Finish it, or write it into the known limits.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Text that is true on one machine only, or that stands for missing code.
const PARTS: [&str; 5] = [
    concat!("unimplemented", "!"),
    concat!("todo", "!"),
    concat!("../", "shared"),
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
];

const ATTRIBUTES: [(&str, &str); 3] = [
    ("#[ignore", "a test runs or goes"),
    ("#[should_panic", "assert on the error instead"),
    ("#[allow(", "use `#[expect(lint, reason = \"…\")]`"),
];

/// No file holds a mark of unfinished work or a path of somebody's machine.
pub(super) fn no_banned_words(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        for (index, line) in file.text.lines().enumerate() {
            let mark = words(line)
                .map(|(_, word)| word)
                .find(|word| MARKS.contains(word));
            let part = PARTS.into_iter().find(|part| line.contains(part));
            for found in mark.into_iter().chain(part) {
                let message = format!("`{found}` must not stay here");
                findings.push(Finding::at(&file.path, index + 1, message));
            }
        }
    }
    findings
}

/// No test is switched off, and no lint is silenced without a reason.
pub(super) fn no_banned_attributes(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let code = code_only(&file.text);
        for (attribute, advice) in ATTRIBUTES {
            for (at, _) in code.match_indices(attribute) {
                let message = format!("`{attribute}`: {advice}");
                findings.push(Finding::at(&file.path, line_of(&code, at), message));
            }
        }
    }
    findings
}

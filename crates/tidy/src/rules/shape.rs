//! Size: files that fit a head, lines that fit a screen. Clippy holds the length of functions.

use crate::finding::Finding;
use crate::source::lines_without_tests;
use crate::tree::Tree;

const FILE_LINES_MAX: usize = 400;
const LINE_COLUMNS_MAX: usize = 100;

/// Code files stay short; test code does not count.
pub(super) fn file_length(tree: &Tree) -> Vec<Finding> {
    let code = tree
        .files()
        .filter(|file| file.is_rust() || file.has_extension("js"));
    code.filter(|file| !file.is_test())
        .filter_map(|file| {
            let lines = if file.is_rust() {
                lines_without_tests(&file.text)
            } else {
                file.text.lines().count()
            };
            (lines > FILE_LINES_MAX).then(|| {
                let limit = format!("{lines} lines, at most {FILE_LINES_MAX} without tests");
                Finding::file(&file.path, limit)
            })
        })
        .collect()
}

/// Rust lines stay narrow, also inside the strings that rustfmt leaves alone.
pub(super) fn line_length(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (index, line) in file.text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > LINE_COLUMNS_MAX {
                let message = format!("{columns} columns, at most {LINE_COLUMNS_MAX}");
                findings.push(Finding::at(&file.path, index + 1, message));
            }
        }
    }
    findings
}

//! Every file begins by saying what it is for.

use crate::finding::Finding;
use crate::source::{code_only, words};
use crate::tree::{File, Tree};

/// A head of one word says nothing.
const WORDS_MIN: usize = 3;

/// Rust files begin with `//!`, migrations with `--`, scripts with `//` or `/*`.
/// A Rust file without code has nothing to explain.
pub(super) fn every_file_says_what_it_is_for(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        let Some(marks) = marks(file) else { continue };
        let has_code = !file.is_rust() || words(&code_only(&file.text)).next().is_some();
        if has_code && !is_said(&file.text, marks) {
            let message = format!("begin with `{}` and say what the file is for", marks[0]);
            findings.push(Finding::at(&file.path, 1, message));
        }
    }
    findings
}

/// Whether the lines that begin with a mark, from the first one on, say a few words.
fn is_said(text: &str, marks: &[&str]) -> bool {
    let head = text
        .lines()
        .map_while(|line| marks.iter().find_map(|mark| line.strip_prefix(mark)));
    head.flat_map(str::split_whitespace).count() >= WORDS_MIN
}

fn marks(file: &File) -> Option<&'static [&'static str]> {
    if file.is_rust() {
        Some(&["//!"])
    } else if file.has_extension("sql") {
        Some(&["--"])
    } else if file.has_extension("js") || file.has_extension("mjs") {
        Some(&["//", "/*", " *"])
    } else {
        None
    }
}

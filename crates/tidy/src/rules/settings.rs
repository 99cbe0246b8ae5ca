//! Settings: every variable that the program reads is documented in both places.

use crate::finding::Finding;
use crate::source::{Kind, pieces, without_tests};
use crate::tree::Tree;

const CONFIG: &str = "crates/server/src/config/";
const EXAMPLE: &str = ".env.example";
const README: &str = "README.md";

/// A variable of the configuration stands in `.env.example`, and what stands there is in the
/// README.
pub(super) fn are_documented(tree: &Tree) -> Vec<Finding> {
    let example = tree.text(EXAMPLE).unwrap_or_default();
    let readme = tree.text(README).unwrap_or_default();
    let documented: Vec<_> = example.lines().filter_map(variable).collect();
    let mut findings = Vec::new();
    for file in tree
        .rust()
        .filter(|file| file.path.starts_with(CONFIG) && !file.is_test())
    {
        let source = without_tests(&file.text);
        for piece in pieces(&source)
            .into_iter()
            .filter(|piece| piece.kind == Kind::Literal)
        {
            let name = piece.text.trim_matches('"');
            if is_variable(name) && !documented.contains(&name) {
                let message = format!("`{name}` is missing in {EXAMPLE}");
                findings.push(Finding::at(&file.path, piece.line, message));
            }
        }
    }
    for name in documented {
        if !readme.contains(&format!("`{name}`")) {
            findings.push(Finding::file(
                README,
                format!("`{name}` is missing, {EXAMPLE} has it"),
            ));
        }
    }
    findings
}

/// The variable of a line, also when the line is commented out.
fn variable(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start_matches(['#', ' ']).split_once('=')?;
    is_variable(name).then_some(name)
}

fn is_variable(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 3
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(is_part)
}

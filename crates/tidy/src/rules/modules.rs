//! Modules: no drawers, and no file that no module names.

use crate::finding::Finding;
use crate::source::{code_only, line_of, words};
use crate::tree::{File, Tree};

/// Names that say nothing about what is inside.
const DRAWERS: [&str; 7] = [
    "utils", "util", "core", "common", "helpers", "helper", "types",
];

/// No folder, file or module is a drawer.
pub(super) fn no_drawers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let parts = file
            .path
            .split('/')
            .map(|part| part.trim_end_matches(".rs"));
        for part in parts.filter(|part| DRAWERS.contains(part)) {
            findings.push(Finding::file(&file.path, refusal(part)));
        }
        let code = code_only(&file.text);
        for (at, name) in declared(&code).filter(|(_, name)| DRAWERS.contains(name)) {
            findings.push(Finding::at(&file.path, line_of(&code, at), refusal(name)));
        }
    }
    findings
}

/// Every source file is declared by the module above it, so the compiler sees it.
pub(super) fn no_dead_files(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter_map(|file| {
            let (parents, name) = parents(&file.path)?;
            let is_declared = parents
                .iter()
                .filter_map(|path| tree.text(path))
                .any(|text| declared(&code_only(text)).any(|(_, declared)| declared == name));
            let message = || format!("no module declares `mod {name}`, so nothing compiles it");
            (!is_declared).then(|| Finding::file(&file.path, message()))
        })
        .collect()
}

fn refusal(name: &str) -> String {
    format!("`{name}` says nothing: name the module after the one thing it is about")
}

fn declared(code: &str) -> impl Iterator<Item = (usize, &str)> {
    words(code)
        .zip(words(code).skip(1))
        .filter(|((_, keyword), _)| *keyword == "mod")
        .map(|(_, name)| name)
}

/// The files that may declare this one, and its module name; `None` for the root of a crate.
fn parents(path: &str) -> Option<(Vec<String>, &str)> {
    let path = path.strip_prefix("crates/")?.strip_suffix(".rs")?;
    let (start, inside) = path
        .split_once("/src/")
        .map(|(start, inside)| (format!("{start}/src"), inside))
        .or_else(|| {
            path.split_once("/tests/it/")
                .map(|(start, inside)| (format!("{start}/tests/it"), inside))
        })?;
    let module = inside.strip_suffix("/mod").unwrap_or(inside);
    if ["lib", "main"].contains(&module) || module.starts_with("bin/") {
        return None;
    }
    let folder = |inside: &str| format!("crates/{start}/{inside}");
    Some(match module.rsplit_once('/') {
        Some((above, name)) => (
            vec![
                folder(&format!("{above}/mod.rs")),
                folder(&format!("{above}.rs")),
            ],
            name,
        ),
        None => (vec![folder("lib.rs"), folder("main.rs")], module),
    })
}

/// Whether `file` belongs to a crate's `src` and is not test code.
pub(super) fn is_product_source(file: &File) -> bool {
    file.is_rust() && file.source_path().is_some() && !file.is_test()
}

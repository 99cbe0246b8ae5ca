//! Rooms of the domain: each may use only the rooms declared above it.

use crate::finding::Finding;
use crate::source::{code_only, line_of, without_tests, words};
use crate::tree::Tree;

const DOMAIN: &str = "crates/domain/src/";

/// The order of the `mod` lines in the domain's `lib.rs` is the law and the reading order.
/// Tests of a room may look anywhere.
pub(super) fn rooms_use_only_rooms_above(tree: &Tree) -> Vec<Finding> {
    let lib = tree
        .text(&format!("{DOMAIN}lib.rs"))
        .map(code_only)
        .unwrap_or_default();
    let rooms = declared_modules(&lib);
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test()) {
        let Some(inside) = file.path.strip_prefix(DOMAIN) else {
            continue;
        };
        let room = inside
            .split('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs");
        let Some(place) = rooms.iter().position(|name| *name == room) else {
            continue;
        };
        let code = code_only(&without_tests(&file.text));
        for (at, used) in uses_of_the_crate(&code, depth(inside)) {
            if rooms
                .iter()
                .position(|name| *name == used)
                .is_some_and(|other| other > place)
            {
                let message = format!("`{room}` uses `{used}`, which lib.rs declares below it");
                findings.push(Finding::at(&file.path, line_of(&code, at), message));
            }
        }
    }
    findings
}

fn declared_modules(code: &str) -> Vec<&str> {
    let names = words(code).zip(words(code).skip(1));
    names
        .filter(|((_, word), _)| *word == "mod")
        .map(|(_, (_, name))| name)
        .collect()
}

/// How many `super` lead from this file to the root of the crate.
fn depth(inside: &str) -> usize {
    inside.trim_end_matches("/mod.rs").split('/').count()
}

/// What follows `crate::`, and as many `super::` as reach the same place; groups are opened.
fn uses_of_the_crate(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let up = "super::".repeat(depth);
    let mut uses = Vec::new();
    for prefix in ["crate::", up.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                first_names(code, at + prefix.len(), &mut uses);
            }
        }
    }
    uses
}

fn first_names<'a>(code: &'a str, at: usize, names: &mut Vec<(usize, &'a str)>) {
    let rest = &code[at..];
    if !rest.starts_with('{') {
        names.extend(words(rest).next().map(|(from, name)| (at + from, name)));
        return;
    }
    let mut depth = 0_usize;
    for (from, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return;
        }
        if depth == 1 && (c == '{' || c == ',') {
            let name = words(&rest[from..]).next();
            names.extend(name.map(|(skip, name)| (at + from + skip, name)));
        }
    }
}

//! Dependencies: explained in the manifest, named in the architecture, and used.

use crate::finding::Finding;
use crate::source::{code_only, words};
use crate::tree::Tree;

const WORKSPACE: &str = "Cargo.toml";
const ARCHITECTURE: &str = "ARCHITECTURE.md";
const NOT_CALLED: &str = "# Not called:";

/// A crate with fewer words of code is an empty room that waits for its first module.
const EMPTY_WORDS_MAX: usize = 10;

/// Where a manifest names a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Workspace,
    Normal,
    Other,
}

/// One line of a manifest that names a dependency.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    pub(super) section: Section,
    text: &'a str,
    above: &'a str,
}

impl Entry<'_> {
    fn is_ours(&self) -> bool {
        self.text.contains("path =")
    }

    fn is_explained(&self) -> bool {
        self.is_ours() || self.text.contains("# ")
    }
}

/// Every workspace dependency says what it is for, and some crate uses it.
pub(super) fn explained_and_used(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in workspace(tree) {
        let name = entry.name;
        if !entry.is_explained() {
            let message = format!("`{name}`: say in a comment what it is for");
            findings.push(Finding::at(WORKSPACE, entry.line, message));
        }
        let is_used = |text: &str| named(text).any(|used| used.name == name);
        if !tree.manifests().any(|manifest| is_used(&manifest.text)) {
            let message = format!("`{name}`: no crate uses it, remove it");
            findings.push(Finding::at(WORKSPACE, entry.line, message));
        }
    }
    for manifest in tree.manifests() {
        for entry in named(&manifest.text).filter(|entry| !entry.text.contains("workspace = true"))
        {
            let message = format!("`{}`: write `.workspace = true`", entry.name);
            findings.push(Finding::at(&manifest.path, entry.line, message));
        }
    }
    findings
}

/// A dependency that the code of its crate never names costs everyone a build.
pub(super) fn each_crate_uses_what_it_names(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in tree.manifests() {
        let folder = manifest.path.trim_end_matches("Cargo.toml");
        let sources = tree.rust().filter(|file| file.path.starts_with(folder));
        let code: String = sources.map(|file| code_only(&file.text)).collect();
        if words(&code).count() <= EMPTY_WORDS_MAX {
            continue;
        }
        for entry in named(&manifest.text) {
            let ident = entry.name.replace('-', "_");
            let is_used = words(&code).any(|(_, word)| word == ident);
            if !is_used && !entry.above.starts_with(NOT_CALLED) {
                let message = format!(
                    "`{}` is never used here: remove it, or say why above it with `{NOT_CALLED}`",
                    entry.name
                );
                findings.push(Finding::at(&manifest.path, entry.line, message));
            }
        }
    }
    findings
}

/// Every outside crate stands in the architecture with the reason it was chosen.
pub(super) fn named_in_the_architecture(tree: &Tree) -> Vec<Finding> {
    let text = tree.text(ARCHITECTURE).unwrap_or_default();
    workspace(tree)
        .filter(|entry| !entry.is_ours() && !text.contains(&format!("`{}`", entry.name)))
        .map(|entry| {
            let message = format!("`{}` is missing in the table of chosen crates", entry.name);
            Finding::file(ARCHITECTURE, message)
        })
        .collect()
}

/// The dependencies that a crate's manifest names.
pub(super) fn named(manifest: &str) -> impl Iterator<Item = Entry<'_>> {
    entries(manifest).filter(|entry| entry.section != Section::Workspace)
}

fn workspace(tree: &Tree) -> impl Iterator<Item = Entry<'_>> {
    let manifest = tree.text(WORKSPACE).unwrap_or_default();
    entries(manifest).filter(|entry| entry.section == Section::Workspace)
}

fn entries(manifest: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut section = None;
    let mut above = "";
    manifest
        .lines()
        .enumerate()
        .filter_map(move |(index, text)| {
            let former = std::mem::replace(&mut above, text);
            if let Some(header) = text.strip_prefix('[') {
                section = section_of(header.trim_end_matches(']'));
                return None;
            }
            let name = text.split(['=', '.', ' ']).next().unwrap_or_default();
            if name.is_empty() || name.starts_with('#') {
                return None;
            }
            Some(Entry {
                name,
                line: index + 1,
                section: section?,
                text,
                above: former,
            })
        })
}

fn section_of(header: &str) -> Option<Section> {
    match header {
        "workspace.dependencies" => Some(Section::Workspace),
        "dependencies" => Some(Section::Normal),
        _ => header.ends_with("dependencies").then_some(Section::Other),
    }
}

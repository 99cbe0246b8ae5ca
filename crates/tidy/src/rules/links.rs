//! Links in the documents lead to files that exist.

use crate::finding::Finding;
use crate::tree::Tree;

/// Every relative link of a Markdown file names a file or folder of this repository.
pub(super) fn lead_somewhere(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files().filter(|file| file.has_extension("md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, line) in file.text.lines().enumerate() {
            for target in targets(line) {
                let path = resolved(folder, target);
                let below = format!("{path}/");
                if !tree
                    .files()
                    .any(|file| file.path == path || file.path.starts_with(&below))
                {
                    let message = format!("the link to `{target}` leads nowhere");
                    findings.push(Finding::at(&file.path, index + 1, message));
                }
            }
        }
    }
    findings
}

/// The relative targets of one line, without their anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

//! The files of the repository, as text.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const SKIPPED_FOLDERS: [&str; 4] = [".git", "data", "node_modules", "target"];
const SKIPPED_FILES: [&str; 4] = [".env", ".git", "Cargo.lock", "package-lock.json"];
const FILE_BYTES_MAX: u64 = 1_000_000;

/// One text file.
#[derive(Debug)]
pub struct File {
    /// Path from the root, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl File {
    /// Whether it is Rust source.
    pub fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether its name ends with a dot and `extension`.
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// Whether the whole file is test code.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || self.path.starts_with("tests/")
            || self.path.starts_with("crates/testkit/")
    }

    /// The crate folder it belongs to: `kit` for `crates/kit/src/id.rs`.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Its path inside the `src` of its crate.
    pub fn source_path(&self) -> Option<&str> {
        self.path
            .strip_prefix("crates/")?
            .split_once("/src/")
            .map(|(_, path)| path)
    }
}

/// Every text file, in the order of their paths.
#[derive(Debug, Default)]
pub struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads the repository this crate stands in.
    ///
    /// # Errors
    /// Names the file or folder that cannot be read.
    pub fn read() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        read_folder(&root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A tree of samples: paths and their text.
    pub fn of(samples: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self {
            files: samples.iter().map(file).collect(),
        }
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.is_rust())
    }

    /// The manifests of the crates.
    pub fn manifests(&self) -> impl Iterator<Item = &File> {
        self.files()
            .filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                read_folder(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if !SKIPPED_FILES.contains(&name.as_str())
            && entry.metadata()?.len() <= FILE_BYTES_MAX
        {
            let bytes = fs::read(entry.path()).with_context(|| path.clone())?;
            // What is not UTF-8 is a picture, a film or a font.
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path, text });
            }
        }
    }
    Ok(())
}

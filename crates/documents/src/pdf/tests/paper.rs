//! A document, read back.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// A file on disk, for the programs that read it.
pub(super) struct Printed {
    folder: TempDir,
}

/// A word and where it stands, in points from the upper left corner.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    pub(super) text: String,
}

impl Printed {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("it.pdf"), bytes).unwrap();
        Self { folder }
    }

    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .expect("poppler-utils are installed");
        let said = String::from_utf8_lossy(&output.stderr);
        // Older readers do not know that the flag may be written as the standard asks.
        let known = "Syntax Error: Suspects object is wrong type (boolean)";
        let complaints: Vec<_> = said.lines().filter(|line| *line != known).collect();
        assert!(output.status.success() && complaints.is_empty(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The text of every page.
    pub(super) fn pages(&self) -> Vec<String> {
        let text = self.run("pdftotext", &["-layout", "it.pdf", "-"]);
        let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
        pages.pop();
        pages
    }

    /// The text of all pages, with one space where there is any white.
    pub(super) fn text(&self) -> String {
        let text = self.run("pdftotext", &["it.pdf", "-"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What the file says about itself.
    pub(super) fn facts(&self) -> String {
        self.run("pdfinfo", &["it.pdf"])
    }

    /// The parts of the document, as they are read aloud.
    pub(super) fn structure(&self) -> String {
        self.run("pdfinfo", &["-struct-text", "it.pdf"])
    }

    /// A line for each font: its name, and whether it is embedded, cut and can be read back.
    pub(super) fn fonts(&self) -> Vec<(String, bool)> {
        let table = self.run("pdffonts", &["it.pdf"]);
        table
            .lines()
            .skip(2)
            .map(|line| {
                let name = line.split(' ').next().unwrap_or_default().to_owned();
                (name, line.contains(" yes yes yes "))
            })
            .collect()
    }

    /// Every word.
    pub(super) fn words(&self) -> Vec<Word> {
        let page = self.run("pdftotext", &["-bbox", "it.pdf", "-"]);
        page.lines().filter_map(word).collect()
    }
}

fn word(line: &str) -> Option<Word> {
    let line = line.trim().strip_prefix("<word ")?;
    let value = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        rest.split('"').next()?.parse().ok()
    };
    let (_, text) = line.split_once('>')?;
    Some(Word {
        left: value("xMin")?,
        right: value("xMax")?,
        bottom: value("yMax")?,
        text: text.trim_end_matches("</word>").to_owned(),
    })
}

//! Documents that were answered, read back.

use std::process::Command;

use beta_testkit::app::Answer;

/// The text of a PDF, with one space where there is any white.
///
/// # Panics
/// When the answer is something else, or is not called `name`.
#[track_caller]
pub(crate) fn text(answer: &Answer, name: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(
        answer.header("content-disposition"),
        format!("attachment; filename={name}")
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.pdf"), &answer.bytes).unwrap();
    let output = Command::new("pdftotext")
        .args(["it.pdf", "-"])
        .current_dir(folder.path())
        .output()
        .expect("poppler-utils are installed");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// That the text has each of the parts.
#[track_caller]
pub(crate) fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

//! Places that are allowed to break a rule for now.
//!
//! The list only shrinks: an entry that is no longer needed fails, and so does one entry too many.

use crate::finding::Finding;

/// How many exceptions there are. Lower it with each one that goes; never raise it.
pub const EXCEPTIONS_MAX: usize = 2;

/// One line of `exceptions.txt`: a rule, a path, words of the finding, and a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    rule: String,
    path: String,
    part: String,
}

/// The parsed list.
#[derive(Debug, Default)]
pub struct Exceptions {
    entries: Vec<Exception>,
}

impl Exceptions {
    /// Reads lines of the form `rule | path | part of the message | reason`.
    ///
    /// # Errors
    /// Names the line that has another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entries = lines.map(parse_line).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// The rules that the entries name.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.rule.as_str())
    }

    /// What remains to be reported for `rule`: findings without an entry, and entries without a
    /// finding.
    pub fn apply(&self, rule: &str, findings: &[Finding]) -> Vec<String> {
        let entries: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.rule == rule)
            .collect();
        let reported = findings
            .iter()
            .filter(|finding| !entries.iter().any(|entry| entry.covers(finding)))
            .map(ToString::to_string);
        let unused = entries
            .iter()
            .filter(|entry| !findings.iter().any(|finding| entry.covers(finding)))
            .map(|entry| format!("exceptions.txt: no longer needed, remove it: {entry:?}"));
        reported.chain(unused).collect()
    }
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        finding.path == self.path && finding.message.contains(&self.part)
    }
}

fn parse_line(line: &str) -> Result<Exception, String> {
    let parts: Vec<_> = line.split('|').map(str::trim).collect();
    match parts[..] {
        [rule, path, part, reason] if !reason.is_empty() => Ok(Exception {
            rule: rule.to_owned(),
            path: path.to_owned(),
            part: part.to_owned(),
        }),
        _ => Err(format!(
            "not `rule | path | part of the message | reason`: {line}"
        )),
    }
}

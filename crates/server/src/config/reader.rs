//! Looks settings up in their three places, and keeps every problem it meets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use toml::{Table, Value};

use super::{DEFAULTS, Sources};

/// The two names of a setting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    /// In the environment.
    pub(super) variable: &'static str,
    /// In the file, with dots between sections.
    pub(super) key: &'static str,
}

/// Something wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    setting: String,
    what: String,
}

impl Problem {
    /// What is wrong with `setting`.
    pub fn new(setting: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self {
            setting: setting.to_string(),
            what: what.to_string(),
        }
    }
}

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is wrong:")?;
        for problem in &self.0 {
            write!(f, "\n  {}: {}", problem.setting, problem.what)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Looks settings up.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    environment: &'a BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
    known: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// When the file is not TOML: then nothing in it can be judged.
    pub(super) fn new(sources: &'a Sources) -> Result<Self, Problems> {
        let defaults: Table = DEFAULTS
            .parse()
            .expect("the defaults are part of the program");
        let file: Table = match &sources.file {
            Some((path, text)) => text
                .parse()
                .map_err(|error| Problem::new(path.display(), format_args!("{error}")))?,
            None => Table::new(),
        };
        let mut reader = Self {
            environment: &sources.environment,
            file: BTreeMap::new(),
            defaults: BTreeMap::new(),
            known: BTreeSet::new(),
            problems: Vec::new(),
        };
        flatten("", &defaults, &mut reader.defaults, &mut reader.problems);
        flatten("", &file, &mut reader.file, &mut reader.problems);
        Ok(reader)
    }

    /// The setting as it stands in the first place that has it; an empty text is none.
    pub(super) fn text(&mut self, name: Name) -> Option<String> {
        self.known.insert(name.key);
        let places = [
            self.environment.get(name.variable),
            self.file.get(name.key),
            self.defaults.get(name.key),
        ];
        places
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
            .cloned()
    }

    /// The setting, if there is one. One that cannot be read is a problem.
    pub(super) fn optional<T>(&mut self, name: Name) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        let text = self.text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(name, error);
                None
            }
        }
    }

    /// The setting; not having it is a problem too.
    pub(super) fn required<T>(&mut self, name: Name) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        if self.text(name).is_none() {
            self.problem(name, "is required");
            return None;
        }
        self.optional(name)
    }

    /// Keeps a problem with a setting.
    pub(super) fn problem(&mut self, name: Name, what: impl fmt::Display) {
        let setting = format!("{} ({} in the file)", name.variable, name.key);
        self.problems.push(Problem::new(setting, what));
    }

    /// # Errors
    /// Every problem met, and every key of the file that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), Problems> {
        for key in self
            .file
            .keys()
            .filter(|key| !self.known.contains(key.as_str()))
        {
            self.problems.push(Problem::new(key, "is not a setting"));
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(self.problems))
        }
    }
}

/// Every value by its full name, as text.
fn flatten(
    above: &str,
    table: &Table,
    values: &mut BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) {
    for (name, value) in table {
        let dot = if above.is_empty() { "" } else { "." };
        let key = format!("{above}{dot}{name}");
        match value {
            Value::Table(inner) => flatten(&key, inner, values, problems),
            Value::String(text) => drop(values.insert(key, text.clone())),
            Value::Integer(number) => drop(values.insert(key, number.to_string())),
            Value::Boolean(flag) => drop(values.insert(key, flag.to_string())),
            Value::Float(_) | Value::Datetime(_) | Value::Array(_) => {
                problems.push(Problem::new(
                    key,
                    "must be a text, a whole number, true or false",
                ));
            }
        }
    }
}

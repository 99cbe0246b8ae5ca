//! A statement: one text, and what each engine reads of it.

use std::sync::OnceLock;

/// A SQL text that runs on both engines. Made by [`sql!`](crate::sql).
#[derive(Debug)]
pub struct Statement {
    text: &'static str,
    module: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Statement {
    /// A statement of `module`.
    pub const fn new(text: &'static str, module: &'static str) -> Self {
        Self {
            text,
            module,
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
        }
    }

    /// The text as it was written.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Where it was written.
    pub const fn module(&self) -> &'static str {
        self.module
    }

    /// What SQLite reads: no row locks (its writers take turns), and lists come as JSON.
    pub(super) fn sqlite(&'static self) -> &'static str {
        self.sqlite.get_or_init(|| {
            let text = self
                .text
                .replace("for update skip locked", "")
                .replace("for update", "");
            let text = replace_list(&text, "= any_text(", "in (select value from json_each(");
            replace_list(&text, "= any(", "in (select unhex(value) from json_each(")
        })
    }

    /// What PostgreSQL reads. A row lock keeps other writers off the row, but not rows that refer
    /// to it: keys never change here, and the stronger lock would make an insert wait for it.
    pub(super) fn postgres(&'static self) -> &'static str {
        self.postgres.get_or_init(|| {
            self.text
                .replace("= any_text(", "= any(")
                .replace("for update", "for no key update")
        })
    }
}

/// Replaces `<from>$n)` by `<to>$n))`.
fn replace_list(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        replaced.push_str(to);
        replaced.push_str(&part.replacen(')', "))", 1));
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_locks_are_written_once_and_read_by_each_engine() {
        static TEXT: Statement = Statement::new(
            "select a from t where id = any($1) and b = 2 for update",
            "here",
        );
        static TEXTS: Statement = Statement::new("delete from t where a = any_text($1)", "here");
        assert_eq!(
            TEXT.sqlite().trim_end(),
            "select a from t where id in (select unhex(value) from json_each($1)) and b = 2"
        );
        assert_eq!(
            TEXT.postgres(),
            "select a from t where id = any($1) and b = 2 for no key update"
        );
        assert_eq!(
            TEXTS.sqlite(),
            "delete from t where a in (select value from json_each($1))"
        );
        assert_eq!(TEXTS.postgres(), "delete from t where a = any($1)");
    }
}

//! How a parsed type says no through serde without losing the reason's stable code.
//!
//! serde's errors are text only. A refusal is written as `[code] message`, and the door that turns
//! a failed body into an answer takes it apart again. It must not decide what is refused.

use std::fmt::Display;

/// The serde error for a value refused because of `code`.
pub fn refuse<E: serde::de::Error>(code: &'static str, message: &impl Display) -> E {
    E::custom(format_args!("[{code}] {message}"))
}

/// Code and message of a refusal; `None` for serde's own errors.
///
/// The place that `serde_json` puts behind every message (` at line 1 column 9`) is taken off.
pub fn parse(error: &str) -> Option<(&str, &str)> {
    let (code, message) = error.strip_prefix('[')?.split_once("] ")?;
    let well_formed = code
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if !well_formed || code.is_empty() {
        return None;
    }
    Some((code, without_place(message)))
}

fn without_place(message: &str) -> &str {
    let Some((before, place)) = message.rsplit_once(" at line ") else {
        return message;
    };
    let mut words = place.split(' ');
    let is_place = words.next().is_some_and(is_number)
        && words.next() == Some("column")
        && words.next().is_some_and(is_number)
        && words.next().is_none();
    if is_place { before } else { message }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_serde_json() {
        let error: serde_json::Error = serde_json::from_str::<crate::money::Currency>("\"ABC\"")
            .expect_err("no such currency");
        let text = error.to_string();
        let (code, message) = parse(&text).expect("is a refusal");
        assert_eq!(code, "unknown_currency");
        assert_eq!(message, "must be the ISO 4217 code of a currency in use");
    }

    #[test]
    fn an_error_of_serde_is_no_refusal() {
        for error in [
            "missing field `name` at line 1 column 2",
            "[] empty",
            "[A] upper",
            "[a]",
            "",
        ] {
            assert_eq!(parse(error), None, "{error}");
        }
    }

    #[test]
    fn only_a_place_is_taken_off() {
        let refused = "[too_long] stop at line 3 of the form";
        assert_eq!(
            parse(refused),
            Some(("too_long", "stop at line 3 of the form"))
        );
    }
}

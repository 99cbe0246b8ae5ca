//! Bodies that are good, and every way to be wrong.

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Sample {
    name: String,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    free: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Part {
    how_many: u32,
}

fn refusal(body: &str) -> (u16, String, String) {
    let error = parse_json::<Sample>(body.as_bytes()).expect_err("is refused");
    let problem = error.problem();
    let field = problem
        .errors
        .first()
        .map(|error| error.field.clone())
        .unwrap_or_default();
    (problem.status.as_u16(), problem.code.to_string(), field)
}

#[test]
fn a_good_body_is_read() {
    let body = r#"{"name":"a\\u0000","parts":[{"howMany":1}],"free":{"x":1.5}}"#;
    let sample: Sample = parse_json(body.as_bytes()).expect("is good");
    assert_eq!(sample.name, "a\\u0000");
    assert_eq!(sample.parts[0].how_many, 1);
    assert_eq!(sample.free["x"], 1.5);
}

#[test]
fn a_whole_number_may_be_written_with_a_point() {
    for (number, expected) in [("15.0", Some(15)), ("1.5e1", Some(15)), ("0.0", Some(0))] {
        let body = format!(r#"{{"name":"a","parts":[{{"howMany":{number}}}]}}"#);
        let sample = parse_json::<Sample>(body.as_bytes()).ok();
        assert_eq!(
            sample.map(|sample| sample.parts[0].how_many),
            expected,
            "{number}"
        );
    }
    for number in ["15.5", "1e300", "-1.0", "4294967296.0", "1e-5"] {
        let body = format!(r#"{{"name":"a","parts":[{{"howMany":{number}}}]}}"#);
        assert_eq!(refusal(&body).2, "parts[0].howMany", "{number}");
    }
    let (status, code, field) = refusal(r#"{"name":"a","parts":[{"howMany":1.0}],"x":1}"#);
    assert_eq!(
        (status, code.as_str(), field.as_str()),
        (400, "unknown_field", "x")
    );
}

#[test]
fn whatever_is_wrong_is_named() {
    let cases = [
        ("", "empty_body", ""),
        ("{", "invalid_json", ""),
        ("{}{}", "required", "name"),
        (r#"{"name":"a"}x"#, "invalid_json", ""),
        (r#"{"name":"a","nmae":1}"#, "unknown_field", "nmae"),
        (r#"{"name":1}"#, "invalid_type", "name"),
        (r#"{"name":null}"#, "invalid_type", "name"),
        ("[]", "invalid_length", "body"),
        ("7", "invalid_type", "body"),
        (r#"{"name":"a","name":"b"}"#, "duplicate_field", "name"),
        (
            r#"{"name":"a","parts":[{"howMany":1},{}]}"#,
            "required",
            "parts[1].howMany",
        ),
        (
            r#"{"name":"a","parts":[{"howMany":-1}]}"#,
            "invalid_value",
            "parts[0].howMany",
        ),
        (
            r#"{"name":"a","parts":[{"howMany":1,"x":2}]}"#,
            "unknown_field",
            "parts[0].x",
        ),
        (r#"{"name":"a\u0000b"}"#, "invalid_text", "name"),
        (
            r#"{"name":"a","free":{"x":["\u0000"]}}"#,
            "invalid_text",
            "free.x[0]",
        ),
        (
            r#"{"name":"a","free":{"\u0000":1}}"#,
            "invalid_text",
            "free",
        ),
        (r#"{"name":"\ud800"}"#, "invalid_text", "name"),
        (r#"{"name":"\ud800\u0041"}"#, "invalid_text", "name"),
    ];
    for (body, code, field) in cases {
        assert_eq!(
            refusal(body),
            (400, code.to_owned(), field.to_owned()),
            "{body}"
        );
    }
}

#[test]
fn a_body_nested_without_end_is_refused() {
    let body = format!(r#"{{"name":"a","free":{}"#, "[".repeat(100_000));
    assert_eq!(refusal(&body).1, "invalid_json");
}

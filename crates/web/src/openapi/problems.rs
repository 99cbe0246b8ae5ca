//! How refusals are described: one schema, and one answer per status.

use serde_json::{Map, Value, json};

use crate::error::PROBLEM_JSON;

/// What each status means when an endpoint says nothing more exact. 500 is not here: it is a bug.
const MEANINGS: [(u16, &str, &str); 12] = [
    (
        400,
        "BadRequest",
        "Something that was sent is wrong; `errors` names the fields",
    ),
    (401, "Unauthorized", "Nobody is signed in, or not any more"),
    (403, "Forbidden", "The caller's role may not do this"),
    (
        404,
        "NotFound",
        "There is none, or none that the caller may see",
    ),
    (408, "RequestTimeout", "The body stopped coming"),
    (409, "Conflict", "It stands against what is already there"),
    (
        412,
        "PreconditionFailed",
        "Somebody changed it since; the header `etag` has its version",
    ),
    (413, "ContentTooLarge", "The body is too large"),
    (
        415,
        "UnsupportedMediaType",
        "The body is of another media type",
    ),
    (422, "Unprocessable", "It cannot be done as asked"),
    (
        429,
        "TooManyRequests",
        "Too many requests; `retry-after` says when to come again",
    ),
    (
        503,
        "Unavailable",
        "It cannot be done right now; `retry-after` says when to come again",
    ),
];

/// The schema of a problem.
pub(super) fn schema() -> Value {
    json!({
        "description": "Why a request was refused, as RFC 9457 describes it.",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "errors"],
        "properties": {
            "type": {"type": "string", "format": "uri",
                "examples": ["urn:beta-ads:problem:too_short"]},
            "title": {"type": "string", "description": "The words of the status."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "The reason, for people."},
            "code": {"type": "string", "description": "The reason, for programs: never changes.",
                "examples": ["too_short"]},
            "requestId": {"type": "string", "description": "What to tell whoever looks into it."},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        },
        "example": {
            "type": "urn:beta-ads:problem:too_short",
            "title": "Bad Request",
            "status": 400,
            "detail": "name: must have at least 2 characters",
            "code": "too_short",
            "requestId": "01890a5d-ac96-774b-bcce-b302099a8057",
            "errors": [{"field": "name", "code": "too_short",
                "message": "must have at least 2 characters"}],
        },
    })
}

/// Headers that many answers have: name, whether always, what it says.
const HEADERS: [(&str, bool, &str); 4] = [
    (
        "x-request-id",
        true,
        "The id of this request, for whoever looks into it.",
    ),
    (
        "ratelimit-limit",
        false,
        "Requests that are allowed in a minute.",
    ),
    (
        "ratelimit-remaining",
        false,
        "Requests that are left in this minute.",
    ),
    (
        "ratelimit-reset",
        false,
        "Seconds until the next minute begins.",
    ),
];

/// The headers that answers refer to.
pub(super) fn headers() -> Map<String, Value> {
    let headers = HEADERS.iter().map(|(name, required, description)| {
        let kind = if *required { "string" } else { "integer" };
        let header = json!({
            "description": description,
            "required": required,
            "schema": {"type": kind},
        });
        ((*name).to_owned(), header)
    });
    headers.collect()
}

/// Adds the headers that every answer has, and those of the answers that are counted.
pub(super) fn with_headers(answer: &mut Value, is_limited: bool) {
    for (name, always, _) in HEADERS {
        if always || is_limited {
            answer["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
        }
    }
}

/// The answers that operations refer to.
pub(super) fn responses() -> Map<String, Value> {
    let answers = MEANINGS
        .iter()
        .map(|(status, name, meaning)| ((*name).to_owned(), response(*status, meaning)));
    answers.collect()
}

/// The answer of an operation that refuses with `status`; `when` is empty for what it usually
/// means.
pub(super) fn answer(status: u16, when: &str) -> Value {
    let usual = MEANINGS.iter().find(|(known, ..)| *known == status);
    match usual {
        Some((_, name, _)) if when.is_empty() => {
            json!({"$ref": format!("#/components/responses/{name}")})
        }
        _ => response(status, when),
    }
}

fn response(status: u16, description: &str) -> Value {
    let mut response = json!({
        "description": description,
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    with_headers(&mut response, status == 429);
    if matches!(status, 429 | 503) {
        response["headers"]["retry-after"] = json!({
            "description": "After how many seconds to try again.",
            "schema": {"type": "integer", "minimum": 0},
        });
    }
    response
}

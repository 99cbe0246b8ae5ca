//! An answer, read to its end.

use http::HeaderMap;
use serde_json::Value;

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub(super) async fn read(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response
                .bytes()
                .await
                .expect("the body comes to its end")
                .to_vec(),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON; `null` when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The body as JSON, when the status is this one.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// The code of the problem, when the status is this one.
    ///
    /// # Panics
    /// When it is another, or the answer is no problem.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        assert_eq!(body["requestId"], self.header("x-request-id"));
        body["code"]
            .as_str()
            .expect("a problem has a code")
            .to_owned()
    }

    /// The body of a problem with this status and code.
    ///
    /// # Panics
    /// When it has others, or the answer is no problem.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.problem(status), code, "{}", self.text());
        self.json()
    }

    /// Checks that the request was refused because of this field and no other.
    ///
    /// # Panics
    /// When it was not.
    #[track_caller]
    pub fn expect_field(&self, field: &str, code: &str) {
        let body = self.expect_problem(400, code);
        let errors = body["errors"].as_array().map_or(0, Vec::len);
        assert_eq!(errors, 1, "{body}");
        assert_eq!(body["errors"][0]["field"], field, "{body}");
        assert_eq!(body["errors"][0]["code"], code, "{body}");
    }

    /// A header's text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

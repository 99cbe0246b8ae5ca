//! How often a client may try to open a socket. What an open socket may say is its namespace's
//! matter.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::client_ip::client_ip;
use crate::state::App;

/// Where the Socket.IO server answers.
const PATH: &str = "/socket.io/";

pub(super) async fn handshake(State(app): State<App>, request: Request, next: Next) -> Response {
    if opens_a_socket(&request) {
        let client = client_ip(&request, &app.settings.trusted_proxies);
        if let Some(allowance) = app.limits.handshake(client, app.works.now())
            && let Err(error) = allowance.check("too_many_handshakes", "too many new sockets")
        {
            return error.into_response();
        }
    }
    next.run(request).await
}

/// Whether the request is the first of a socket: later ones name it in `sid`.
fn opens_a_socket(request: &Request) -> bool {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default().as_bytes();
    uri.path().starts_with(PATH) && !form_urlencoded::parse(query).any(|(name, _)| name == "sid")
}

//! How much of the server one client may have.

use beta_web::layers::client_ip::TrustedProxies;

use super::reader::{Name, Reader};

const GLOBAL: Name = Name {
    variable: "RATE_LIMIT_GLOBAL_PER_MINUTE",
    key: "limits.global_per_minute",
};
const ACCOUNT: Name = Name {
    variable: "RATE_LIMIT_ACCOUNT_PER_MINUTE",
    key: "limits.account_per_minute",
};
const INGEST: Name = Name {
    variable: "RATE_LIMIT_INGEST_PER_MINUTE",
    key: "limits.ingest_per_minute",
};
const SOCKETS_PER_CLIENT: Name = Name {
    variable: "SOCKETS_PER_CLIENT_MAX",
    key: "limits.sockets_per_client",
};
const SOCKETS_PER_KEY: Name = Name {
    variable: "SOCKETS_PER_KEY_MAX",
    key: "limits.sockets_per_key",
};
const PROXIES: Name = Name {
    variable: "TRUSTED_PROXIES",
    key: "limits.trusted_proxies",
};

/// How much of the server one client may have.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests per client; 0 = as many as it likes.
    pub global_per_minute: u32,
    /// Requests per person who is signed in; 0 = as many as they like.
    pub account_per_minute: u32,
    /// Events per overlay key and client; 0 = as many as it likes.
    pub ingest_per_minute: u32,
    /// Open sockets per client; 0 = as many as it likes.
    pub sockets_per_client: u32,
    /// Open sockets per overlay key; 0 = any number.
    pub sockets_per_key: u32,
    /// Whose `x-forwarded-for` is believed.
    pub trusted_proxies: TrustedProxies,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            global_per_minute: reader.required(GLOBAL).unwrap_or_default(),
            account_per_minute: reader.required(ACCOUNT).unwrap_or_default(),
            ingest_per_minute: reader.required(INGEST).unwrap_or_default(),
            sockets_per_client: reader.required(SOCKETS_PER_CLIENT).unwrap_or_default(),
            sockets_per_key: reader.required(SOCKETS_PER_KEY).unwrap_or_default(),
            trusted_proxies: reader.optional(PROXIES).unwrap_or_default(),
        }
    }
}

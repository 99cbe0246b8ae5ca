//! What the server must not tell.

use beta_kit::secret::Secret;

use super::Environment;
use super::reader::{Name, Reader};

const JWT: Name = Name {
    variable: "JWT_SECRET",
    key: "secrets.jwt",
};
const FORMER_JWT: Name = Name {
    variable: "JWT_SECRET_FORMER",
    key: "secrets.former_jwt",
};
const METRICS: Name = Name {
    variable: "METRICS_TOKEN",
    key: "secrets.metrics",
};
/// The least the token of scrapers must have.
const METRICS_CHARACTERS_MIN: usize = 16;
/// The least a signing secret must have.
const JWT_CHARACTERS_MIN: usize = 32;

/// What the server must not tell.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Signs access tokens and addresses; without it one is made and kept in the data folder.
    pub jwt: Option<Secret<String>>,
    /// Signed them before: what it signed still holds.
    pub former_jwt: Option<Secret<String>>,
    /// What a scraper of the metrics must bring; without it everybody may read them.
    pub metrics: Option<Secret<String>>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Self {
        let jwt = long(reader, JWT, JWT_CHARACTERS_MIN);
        if jwt.is_none() && environment == Environment::Production {
            reader.problem(JWT, "is required in production");
        }
        Self {
            jwt,
            former_jwt: long(reader, FORMER_JWT, JWT_CHARACTERS_MIN),
            metrics: long(reader, METRICS, METRICS_CHARACTERS_MIN),
        }
    }
}

/// A secret, if there is one; a short one is a problem.
fn long(reader: &mut Reader<'_>, name: Name, characters_min: usize) -> Option<Secret<String>> {
    let text = reader.text(name)?;
    if text.chars().count() < characters_min {
        reader.problem(
            name,
            format!("must have at least {characters_min} characters"),
        );
    }
    Some(Secret::new(text))
}

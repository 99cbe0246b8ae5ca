//! What the server must not tell.

use beta_kit::secret::Secret;

use super::Environment;
use super::reader::{Name, Reader};

const JWT: Name = Name {
    variable: "JWT_SECRET",
    key: "secrets.jwt",
};
/// The least a signing secret must have.
const JWT_CHARACTERS_MIN: usize = 32;

/// What the server must not tell.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Signs access tokens and addresses; without it one is made and kept in the data folder.
    pub jwt: Option<Secret<String>>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Self {
        let jwt = reader.text(JWT);
        match &jwt {
            Some(text) if text.chars().count() < JWT_CHARACTERS_MIN => {
                let least = format!("must have at least {JWT_CHARACTERS_MIN} characters");
                reader.problem(JWT, least);
            }
            None if environment == Environment::Production => {
                reader.problem(JWT, "is required in production");
            }
            Some(_) | None => {}
        }
        Self {
            jwt: jwt.map(Secret::new),
        }
    }
}

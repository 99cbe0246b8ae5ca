//! Access tokens: signed proof of a login. What the login may do is read from the database.

use beta_domain::actor::{Role, UserActor};
use beta_domain::id::{LoginId, UserId};
use beta_kit::secret::{Secret, Signer};
use beta_kit::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

/// How long an access token holds.
pub const LIFE_SECONDS: i64 = 12 * 60 * 60;
/// The cookie in which the portal's browsers keep their token.
pub const COOKIE: &str = "beta_login";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who.
    pub sub: UserId,
    /// Their address when the token was made.
    pub email: String,
    /// Their role when the token was made; the database knows the one that counts.
    pub role: Role,
    /// Made at, in seconds since the epoch.
    pub iat: i64,
    /// Holds until, in seconds since the epoch.
    pub exp: i64,
    /// The login.
    pub jti: LoginId,
}

/// Makes and reads tokens and signed addresses.
pub struct Tokens {
    encoding: EncodingKey,
    /// The one that signs, then former ones.
    decoding: Vec<DecodingKey>,
    media: Signer,
    forms: Signer,
    visitors: Signer,
}

impl Tokens {
    /// Tokens under this secret.
    pub fn new(secret: &Secret<String>) -> Self {
        Self::knowing(secret, &[])
    }

    /// Tokens under this secret; what was signed under `former` ones still holds.
    pub fn knowing(secret: &Secret<String>, former: &[Secret<String>]) -> Self {
        let key = |secret: &Secret<String>| DecodingKey::from_secret(secret.reveal().as_bytes());
        let signer = |purpose| Signer::derive(secret, purpose).knowing(former, purpose);
        Self {
            encoding: EncodingKey::from_secret(secret.reveal().as_bytes()),
            decoding: std::iter::once(secret).chain(former).map(key).collect(),
            media: signer("media"),
            forms: signer("forms"),
            visitors: signer("visitors"),
        }
    }

    /// The access token of a login that begins `now`.
    pub fn issue(&self, user: &UserActor, now: Timestamp) -> Result<String, NotSigned> {
        let iat = now.as_seconds();
        let claims = Claims {
            sub: user.user_id,
            email: user.email.clone(),
            role: user.role,
            iat,
            exp: iat + LIFE_SECONDS,
            jti: user.login_id,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|_| NotSigned)
    }

    /// What a token says, if it is ours and still holds `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Claims> {
        let mut rules = Validation::new(Algorithm::HS256);
        // The product's clock decides, not the system's.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let mut keys = self.decoding.iter();
        let claims = keys
            .find_map(|key| decode::<Claims>(token, key, &rules).ok())?
            .claims;
        (now.as_seconds() < claims.exp).then_some(claims)
    }

    /// Signs the forms of the portal, so that no other site can send one.
    pub const fn forms(&self) -> &Signer {
        &self.forms
    }

    /// Makes the digests that stand for visitors of short links.
    pub const fn visitors(&self) -> &Signer {
        &self.visitors
    }

    /// Signs the addresses of creative files.
    pub const fn media(&self) -> &Signer {
        &self.media
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(***)")
    }
}

/// The token could not be signed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct NotSigned;

#[cfg(test)]
mod tests {
    use super::*;
    use beta_kit::id::Id;
    use std::time::Duration;

    fn user() -> UserActor {
        UserActor {
            user_id: Id::from_u128(1).into(),
            email: "a@b.cc".to_owned(),
            role: Role::Agency,
            organization_id: None,
            login_id: Id::from_u128(2).into(),
        }
    }

    #[test]
    fn a_token_holds_for_twelve_hours_and_says_whose_login_it_is() {
        let tokens = Tokens::new(&Secret::new("k".repeat(32)));
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let token = tokens.issue(&user(), now).expect("signs");
        let claims = tokens.verify(&token, now).expect("is ours");
        assert_eq!(claims.jti, user().login_id);
        assert_eq!(claims.exp - claims.iat, 43_200);
        let last = now.plus(Duration::from_secs(43_199));
        assert!(tokens.verify(&token, last).is_some());
        assert_eq!(
            tokens.verify(&token, last.plus(Duration::from_secs(1))),
            None
        );
    }

    #[test]
    fn a_token_of_a_former_secret_holds_as_long_as_that_one_is_known() {
        let (old, new) = (Secret::new("o".repeat(32)), Secret::new("n".repeat(32)));
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let before = Tokens::new(&old).issue(&user(), now).expect("signs");
        let rotated = Tokens::knowing(&new, std::slice::from_ref(&old));
        assert!(rotated.verify(&before, now).is_some());
        let after = rotated.issue(&user(), now).expect("signs");
        assert!(Tokens::new(&new).verify(&after, now).is_some());
        assert_eq!(
            Tokens::new(&new).verify(&before, now),
            None,
            "it is forgotten"
        );
        assert_eq!(Tokens::new(&old).verify(&after, now), None);
    }

    #[test]
    fn a_token_of_another_secret_or_algorithm_is_not_ours() {
        let tokens = Tokens::new(&Secret::new("k".repeat(32)));
        let others = Tokens::new(&Secret::new("j".repeat(32)));
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let token = others.issue(&user(), now).expect("signs");
        assert_eq!(tokens.verify(&token, now), None);
        // {"alg":"none"} with the claims of a good token and no signature.
        let good = tokens.issue(&user(), now).expect("signs");
        let claims = good.split('.').nth(1).expect("has claims");
        assert_eq!(
            tokens.verify(&format!("eyJhbGciOiJub25lIn0.{claims}."), now),
            None
        );
        for bad in ["", ".", "..", "a.b.c", "\u{0}"] {
            assert_eq!(tokens.verify(bad, now), None, "{bad}");
        }
    }
}

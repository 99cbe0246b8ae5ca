//! Secrets: values that must not be printed, tokens, digests and signatures.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::entropy::Entropy;

/// A value that never shows itself in logs or debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; every call is a place to look at in a review.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A random token of `BYTES` bytes as base64url text without padding.
pub fn random_token<const BYTES: usize>(entropy: &dyn Entropy) -> Secret<String> {
    let mut bytes = [0; BYTES];
    entropy.fill(&mut bytes);
    Secret(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256 of the text, as lower-case hexadecimal. Only for secrets with the entropy of a key.
pub fn digest_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// SHA-256 of bytes that come piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Takes the next piece in.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces, as lower-case hexadecimal.
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// Signs texts with HMAC-SHA256 under a key of its own purpose.
#[derive(Clone)]
pub struct Signer {
    key: Secret<[u8; 32]>,
    former: Vec<Secret<[u8; 32]>>,
}

impl Signer {
    /// A signer whose key follows from `secret` and `purpose`, so that one secret serves many.
    pub fn derive(secret: &Secret<String>, purpose: &str) -> Self {
        Self {
            key: derived(secret, purpose),
            former: Vec::new(),
        }
    }

    /// The same, which also knows the signatures it made while `former` was the secret.
    #[must_use]
    pub fn knowing(mut self, former: &[Secret<String>], purpose: &str) -> Self {
        let keys = former.iter().map(|secret| derived(secret, purpose));
        self.former.extend(keys);
        self
    }

    /// The signature of `text`: 22 characters of base64url, 128 bits.
    pub fn sign(&self, text: &str) -> String {
        signed(&self.key, text)
    }

    /// Whether `signature` is the signature of `text`.
    pub fn verify(&self, text: &str, signature: &str) -> bool {
        let mut keys = std::iter::once(&self.key).chain(&self.former);
        keys.any(|key| same(&signed(key, text), signature))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(***)")
    }
}

fn derived(secret: &Secret<String>, purpose: &str) -> Secret<[u8; 32]> {
    Secret(mac(secret.reveal().as_bytes(), purpose))
}

fn signed(key: &Secret<[u8; 32]>, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&mac(key.reveal(), text)[..16])
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
    }

    #[test]
    fn digests_are_sha256_hexadecimal() {
        assert_eq!(
            digest_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut fingerprint = Fingerprint::default();
        for piece in ["a", "", "bc"] {
            fingerprint.update(piece.as_bytes());
        }
        assert_eq!(fingerprint.hex(), digest_hex("abc"));
    }

    #[test]
    fn tokens_have_the_length_of_their_bytes() {
        let entropy = SeededEntropy::new(7);
        assert_eq!(random_token::<32>(&entropy).reveal().len(), 43);
        assert_eq!(random_token::<48>(&entropy).reveal().len(), 64);
    }

    #[test]
    fn a_signature_holds_for_its_text_and_purpose_only() {
        let secret = Secret::new("s".repeat(32));
        let signer = Signer::derive(&secret, "media");
        let signature = signer.sign("a");
        assert!(signer.verify("a", &signature));
        assert!(!signer.verify("b", &signature));
        assert!(!Signer::derive(&secret, "other").verify("a", &signature));
    }

    #[test]
    fn what_was_signed_under_a_former_secret_is_known_and_not_made_any_more() {
        let (old, new) = (Secret::new("o".repeat(32)), Secret::new("n".repeat(32)));
        let before = Signer::derive(&old, "media").sign("a");
        let rotated = Signer::derive(&new, "media");
        assert!(!rotated.verify("a", &before));
        let rotated = rotated.knowing(&[old], "media");
        assert!(rotated.verify("a", &before));
        assert_ne!(rotated.sign("a"), before);
    }
}

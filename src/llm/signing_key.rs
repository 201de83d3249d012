//! RSA signatures (PKCS #1 v1.5 with SHA-256), for Google's tokens and Oracle's requests.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use super::encrypted_key;
use crate::base::secret::Secret;

/// The reason why a text can't be used as a signing key. Does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    /// The key is encrypted and there is no passphrase.
    #[error("the private key is encrypted")]
    Encrypted,
    /// The passphrase is wrong.
    #[error("the passphrase does not open the private key")]
    WrongPassphrase,
    /// The encryption method is not supported.
    #[error("the private key is encrypted with a cipher that can't be read here")]
    Cipher,
    /// The text is not an RSA key in PEM.
    #[error("the private key is not an RSA key in PEM")]
    Unreadable,
    /// The cryptographic library failed to sign.
    #[error("the private key can't sign")]
    Refused,
}

impl KeyError {
    /// Returns a hint on how to fix the problem.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Encrypted => {
                "give its passphrase (in an OCI profile as `pass_phrase`), or take it off, into a file of your own: \
                 `openssl rsa -in KEY -out NEW`"
            }
            Self::WrongPassphrase => "check `pass_phrase` of the profile",
            Self::Cipher => {
                "encrypt it again: `openssl pkcs8 -topk8 -in KEY -v2 aes-256-cbc -out NEW`"
            }
            Self::Unreadable | Self::Refused => {
                "a key begins with `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----`"
            }
        }
    }
}

/// A private RSA key.
pub(super) struct SigningKey(KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Reads a key, PKCS #8 or PKCS #1 in PEM, and decrypts it with the passphrase if necessary.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(super) fn from_pem(pem: &Secret, passphrase: Option<&Secret>) -> Result<Self, KeyError> {
        let der = if encrypted_key::is_encrypted(pem.expose()) {
            encrypted_key::opened(pem.expose(), passphrase.ok_or(KeyError::Encrypted)?)?
        } else {
            PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
                .map_err(|_holds_no_key| KeyError::Unreadable)?
        };
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(KeyError::Unreadable),
        };
        pair.map(Self).map_err(|_rejected| KeyError::Unreadable)
    }

    /// Generates a key of 2048 bits; also returns the public key as a `SubjectPublicKeyInfo` in
    /// DER.
    ///
    /// # Errors
    /// [`KeyError::Refused`].
    pub(super) fn generate() -> Result<(Self, Vec<u8>), KeyError> {
        let refused = |_unspecified| KeyError::Refused;
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(refused)?;
        let public = public.as_ref().to_vec();
        Ok((Self(pair), public))
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`KeyError::Refused`].
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_unspecified| KeyError::Refused)?;
        Ok(signature)
    }
}

#[cfg(test)]
pub(super) mod test_key {
    //! A key for tests, and signatures that openssl made with it.

    use serde_json::Value;

    use super::{Secret, SigningKey};

    /// The key in the form that clouds give out.
    pub(in crate::llm) const PKCS8: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/keys/rsa_pkcs8.pem"
    ));
    /// The key in the older form, PKCS #1.
    pub(in crate::llm) const PKCS1: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/keys/rsa_pkcs1.pem"
    ));

    /// The key, read.
    pub(in crate::llm) fn key() -> SigningKey {
        SigningKey::from_pem(&Secret::new(PKCS8), None).unwrap()
    }

    /// A text that `tests/data/keys/make_vectors.py` made.
    pub(in crate::llm) fn vector(name: &str) -> String {
        let vectors = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/keys/vectors.json"
        ));
        let vectors: Value = serde_json::from_str(vectors).unwrap();
        vectors[name].as_str().unwrap().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_same_key() {
        let older = SigningKey::from_pem(&Secret::new(test_key::PKCS1), None).unwrap();
        let message = b"message";
        assert_eq!(older.sign(message), test_key::key().sign(message));
    }

    #[test]
    fn what_is_no_key_is_told_without_its_text() {
        for (pem, expected) in [
            ("", KeyError::Unreadable),
            ("secret", KeyError::Unreadable),
            (
                "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
                KeyError::Unreadable,
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----",
                KeyError::Encrypted,
            ),
        ] {
            let error = SigningKey::from_pem(&Secret::new(pem), None).unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.hint().contains("secret"));
        }
    }
}

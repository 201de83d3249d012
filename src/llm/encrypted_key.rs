//! Private keys encrypted with a passphrase (PKCS #8).
//!
//! Source: RFC 5958 and RFC 8018. OpenSSL's older format (RFC 1421), which derives the key from the
//! passphrase by MD5, is rejected.

use pkcs8::{EncryptedPrivateKeyInfo, SecretDocument, pkcs5};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::signing_key::KeyError;
use crate::base::secret::Secret;

/// The line that marks OpenSSL's older format.
const OLDER: &str = "Proc-Type: 4,ENCRYPTED";

/// Returns whether a PEM text is an encrypted key.
pub(super) fn is_encrypted(pem: &str) -> bool {
    pem.contains(OLDER) || pem.contains("BEGIN ENCRYPTED PRIVATE KEY")
}

/// Decrypts a key with a passphrase.
///
/// # Errors
/// [`KeyError::WrongPassphrase`], [`KeyError::Cipher`], or [`KeyError::Unreadable`].
pub(super) fn opened(pem: &str, passphrase: &Secret) -> Result<PrivateKeyDer<'static>, KeyError> {
    if pem.contains(OLDER) {
        return Err(KeyError::Cipher);
    }
    let (_label, document) =
        SecretDocument::from_pem(pem.trim()).map_err(|_no_pem| KeyError::Unreadable)?;
    let encrypted = EncryptedPrivateKeyInfo::try_from(document.as_bytes())
        .map_err(|_other_scheme| KeyError::Cipher)?;
    let opened = encrypted
        .decrypt(passphrase.expose())
        .map_err(|error| match error {
            pkcs8::Error::EncryptedPrivateKey(
                pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport,
            ) => KeyError::Cipher,
            _ => KeyError::WrongPassphrase,
        })?;
    let der = opened.as_bytes().to_vec();
    Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der)))
}

#[cfg(test)]
mod tests {
    use super::super::signing_key::{SigningKey, test_key};
    use super::*;

    /// An encrypted form of the test's key, that openssl made.
    macro_rules! form {
        ($file:literal) => {
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/keys/",
                $file
            ))
        };
    }

    #[test]
    fn a_key_opens_with_its_passphrase_and_no_other() {
        let message = b"message";
        let expected = test_key::key().sign(message);
        let read = |passphrase: Option<&str>| {
            let passphrase = passphrase.map(Secret::new);
            SigningKey::from_pem(
                &Secret::new(form!("rsa_pkcs8_encrypted.pem")),
                passphrase.as_ref(),
            )
        };
        assert_eq!(read(Some("open-sesame")).unwrap().sign(message), expected);
        for wrong in ["", "open sesame"] {
            assert_eq!(read(Some(wrong)).unwrap_err(), KeyError::WrongPassphrase);
        }
        assert_eq!(read(None).unwrap_err(), KeyError::Encrypted);
    }

    #[test]
    fn a_cipher_of_yesterday_is_told() {
        for form in [form!("rsa_pkcs1_aes256.pem"), form!("rsa_pkcs8_sha1.pem")] {
            let passphrase = Secret::new("open-sesame");
            let error = SigningKey::from_pem(&Secret::new(form), Some(&passphrase)).unwrap_err();
            assert_eq!(error, KeyError::Cipher);
        }
    }
}

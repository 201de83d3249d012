//! Private keys that are encrypted with a passphrase: PKCS #8, and the older form of OpenSSL.
//!
//! Source: RFC 5958 and RFC 8018; RFC 1421 (4.6.1.1) for the older form's headers, whose key is made of the passphrase as
//! OpenSSL's `EVP_BytesToKey` does it.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use pkcs8::{EncryptedPrivateKeyInfo, SecretDocument, pkcs5};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer};

use super::signing_key::KeyError;
use crate::base::secret::Secret;

/// The mark of the older form.
const OLDER: &str = "Proc-Type: 4,ENCRYPTED";
/// How much of the older form's random start goes into its key, in bytes.
const SALT_LEN: usize = 8;

/// Whether a text in PEM is an encrypted key.
pub(super) fn is_encrypted(pem: &str) -> bool {
    pem.contains(OLDER) || pem.contains("BEGIN ENCRYPTED PRIVATE KEY")
}

/// The key that a passphrase opens.
///
/// # Errors
/// [`KeyError::WrongPassphrase`], [`KeyError::Cipher`], or [`KeyError::Unreadable`].
pub(super) fn opened(pem: &str, passphrase: &Secret) -> Result<PrivateKeyDer<'static>, KeyError> {
    if pem.contains(OLDER) {
        let der = older(pem, passphrase)?;
        return Ok(PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(der)));
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

/// The PKCS #1 of the older form, whose cipher and start stand in `DEK-Info: AES-256-CBC,0A1B…`.
fn older(pem: &str, passphrase: &Secret) -> Result<Vec<u8>, KeyError> {
    let mut cipher = None;
    let mut text = String::new();
    for line in pem.lines().map(str::trim) {
        if let Some(info) = line.strip_prefix("DEK-Info:") {
            cipher = info.trim().split_once(',');
        } else if !line.contains(':') && !line.starts_with("-----") {
            text.push_str(line);
        }
    }
    let (name, start) = cipher.ok_or(KeyError::Unreadable)?;
    let (algorithm, key_len): (&Algorithm, usize) = match name {
        "AES-128-CBC" => (&AES_128, 16),
        "AES-192-CBC" => (&AES_192, 24),
        "AES-256-CBC" => (&AES_256, 32),
        _ => return Err(KeyError::Cipher),
    };
    let start = u128::from_str_radix(start.trim(), 16)
        .map_err(|_no_hex| KeyError::Unreadable)?
        .to_be_bytes();
    let mut bytes = STANDARD
        .decode(text)
        .map_err(|_no_base64| KeyError::Unreadable)?;
    let key = stretched(passphrase, &start, key_len);
    let key = UnboundCipherKey::new(algorithm, &key)
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .map_err(|_refused| KeyError::Cipher)?;
    let context = DecryptionContext::Iv128(FixedLength::from(start));
    let opened = key.decrypt(&mut bytes, context);
    let opened = opened.map_err(|_bad_padding| KeyError::WrongPassphrase)?;
    // One passphrase in 256 leaves a padding that looks good; a key begins as a sequence.
    if opened.first() != Some(&0x30) {
        return Err(KeyError::WrongPassphrase);
    }
    Ok(opened.to_vec())
}

/// A key of so many bytes, made of a passphrase.
fn stretched(passphrase: &Secret, start: &[u8; 16], key_len: usize) -> Vec<u8> {
    let mut key = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while key.len() < key_len {
        let mut digest = Md5::new();
        digest.update(&last);
        digest.update(passphrase.expose());
        digest.update(start.get(..SALT_LEN).unwrap_or(start));
        last = digest.finalize().to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(key_len);
    key
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
    fn each_form_opens_with_its_passphrase_and_no_other() {
        let message = b"message";
        let expected = test_key::key().sign(message);
        for form in [
            form!("rsa_pkcs8_encrypted.pem"),
            form!("rsa_pkcs1_aes128.pem"),
            form!("rsa_pkcs1_aes256.pem"),
        ] {
            let read = |passphrase: Option<&str>| {
                let passphrase = passphrase.map(Secret::new);
                SigningKey::from_pem(&Secret::new(form), passphrase.as_ref())
            };
            assert_eq!(read(Some("open-sesame")).unwrap().sign(message), expected);
            for wrong in ["", "open sesame"] {
                assert_eq!(read(Some(wrong)).unwrap_err(), KeyError::WrongPassphrase);
            }
            assert_eq!(read(None).unwrap_err(), KeyError::Encrypted);
        }
    }

    #[test]
    fn a_cipher_of_yesterday_is_told() {
        for form in [form!("rsa_pkcs1_des3.pem"), form!("rsa_pkcs8_sha1.pem")] {
            let passphrase = Secret::new("open-sesame");
            let error = SigningKey::from_pem(&Secret::new(form), Some(&passphrase)).unwrap_err();
            assert_eq!(error, KeyError::Cipher);
        }
    }
}

//! A value that is displayed as dots.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// The dots that are shown in place of a secret.
pub(crate) const DOTS: &str = "••••••";

/// A secret text, such as an API key.
///
/// Invariant: no `Debug`, `Display` or serialised form ever contains the text; code that needs the
/// text calls [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes a secret from its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the code that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DOTS)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DOTS)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Words in names whose values are secret: `X-Api-Key`, `accessToken`.
const SECRET_WORDS: [&str; 17] = [
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sig",
    "signature",
    "token",
];

/// Word endings in names whose values are secret: `PGPASSWORD`, `authtoken`.
const SECRET_ENDS: [&str; 5] = ["apikey", "passphrase", "password", "secret", "token"];

/// Whether the name of a header, query parameter or field says that its value is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut is_after_lower = false;
    for character in name.chars() {
        let is_end = !character.is_alphanumeric() || (is_after_lower && character.is_uppercase());
        if is_end {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        is_after_lower = character.is_lowercase();
    }
    words.iter().any(|word| {
        SECRET_WORDS.contains(&word.as_str()) || SECRET_ENDS.iter().any(|end| word.ends_with(end))
    })
}

/// Prefixes of the keys of well-known services.
const KEY_PREFIXES: [&str; 19] = [
    "-----BEGIN ",
    "AIza",
    "AKIA",
    "ASIA",
    "SG.",
    "eyJ",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "gsk_",
    "hf_",
    "nvapi-",
    "pplx-",
    "sk-",
    "sk_",
    "xox",
    "ya29.",
];
/// The minimum length of a key with a well-known prefix.
const MIN_KEY_CHARS: usize = 12;
/// The minimum length of a key that is recognized by its characters alone.
const MIN_RANDOM_CHARS: usize = 32;

/// Whether a value looks like a key: it has a well-known prefix, follows `Bearer` or `Basic`, or is
/// a long word of mixed letters and digits. This is a guess, for warnings.
pub(crate) fn looks_like_secret(value: &str) -> bool {
    let value = value.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or(("", value));
    let token = token.trim();
    if token.contains("{{") || token.is_empty() {
        return false;
    }
    if ["bearer", "basic", "token"].contains(&scheme.to_lowercase().as_str()) {
        return !token.contains(' ');
    }
    let has_prefix = KEY_PREFIXES.iter().any(|prefix| value.starts_with(prefix));
    if has_prefix && value.len() >= MIN_KEY_CHARS {
        return true;
    }
    let has = |is: fn(&char) -> bool| value.chars().any(|character| is(&character));
    value.len() >= MIN_RANDOM_CHARS
        && value
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "-_+=".contains(character))
        && has(char::is_ascii_digit)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("sk-123");
        assert!(!format!("{secret:?} {secret}").contains("sk"));
        assert_eq!(secret.expose(), "sk-123");
    }

    #[test]
    fn names_say_that_a_secret_follows() {
        for name in [
            "Authorization",
            "X-Api-Key",
            "api_key",
            "accessToken",
            "Cookie",
            "apikey",
            "x-auth",
            "PGPASSWORD",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "X-Trace",
            "max_tokens",
            "keyboard",
            "author",
            "Accept",
            "monkey",
            "",
            "X-Team",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn keys_are_known_by_how_they_look() {
        for value in [
            "sk-proj-0123456789",
            "Bearer abc",
            "Basic YW5uOmhvcA==",
            "ghp_0123456789abcdef",
            "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF",
        ] {
            assert!(looks_like_secret(value), "{value}");
        }
        for value in [
            "Bearer {{token}}",
            "{{key}}",
            "application/json",
            "sk-1",
            "a sentence that is long enough to be something else",
            "123e4567-e89b-12d3-a456-426614174000",
            "",
        ] {
            assert!(!looks_like_secret(value), "{value}");
        }
    }
}

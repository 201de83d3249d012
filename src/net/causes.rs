//! The causes of an error.

use std::error::Error;

/// Returns an error and its causes, innermost last.
pub(crate) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Returns the message of the innermost cause: `Connection refused (os error 111)`.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().unwrap_or(error).to_string()
}

/// Returns whether a certificate or a failed TLS handshake caused an error.
pub(crate) fn is_about_tls(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string().to_lowercase();
        let mut words = ["certificate", "tls", "handshake"].into_iter();
        words.any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("can't send the request")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_innermost_cause_says_what_happened() {
        let error = Outer(io::Error::other("invalid peer certificate"));
        assert_eq!(innermost(&error), "invalid peer certificate");
        assert!(is_about_tls(&error));
        assert!(!is_about_tls(&Outer(io::Error::other("refused"))));
    }
}

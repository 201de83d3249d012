//! The causes beneath an error.

/// What went wrong at the bottom of a chain of errors: `Connection refused (os error 111)`.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Whether an error comes from a certificate or a failed TLS handshake.
pub(crate) fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(current) = cause {
        let text = current.to_string().to_lowercase();
        if ["certificate", "tls", "handshake"]
            .iter()
            .any(|word| text.contains(word))
        {
            return true;
        }
        cause = current.source();
    }
    false
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

//! The causes of an error.

use std::error::Error;
use std::io;

use rustls::{CertificateError, InvalidMessage};

/// Returns an error and its causes, innermost last.
pub(crate) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Returns the message of the innermost cause: `Connection refused (os error 111)`.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    if let Some(words) = tls_error(error).and_then(tls_words) {
        return words.to_owned();
    }
    chain(error).last().unwrap_or(error).to_string()
}

/// Returns whether a certificate or a failed TLS handshake caused an error.
pub(crate) fn is_about_tls(error: &(dyn Error + 'static)) -> bool {
    tls_error(error).is_some()
        || chain(error).any(|cause| {
            let text = cause.to_string().to_lowercase();
            let mut words = ["certificate", "tls", "handshake"].into_iter();
            words.any(|word| text.contains(word))
        })
}

/// Whether a server does not speak TLS at its address.
pub(crate) fn is_without_tls(error: &(dyn Error + 'static)) -> bool {
    let no_tls = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    tls_error(error) == Some(&no_tls)
}

/// Whether a request ended at a proxy: it could not be reached, or refused.
pub(crate) fn is_of_proxy(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string();
        text.contains("tunnel") || text.contains("proxy")
    })
}

/// Returns the error of TLS among the causes.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    chain(error).find_map(|cause| match cause.downcast_ref::<io::Error>() {
        // The source of such an error is that of the error inside, which is passed over.
        Some(error) => error.get_ref().and_then(|inside| tls_error(inside)),
        None => cause.downcast_ref(),
    })
}

/// Returns words for errors that rustls names by an identifier; none for others.
fn tls_words(error: &rustls::Error) -> Option<&'static str> {
    match error {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("the server does not speak TLS there")
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "the certificate of the server is from an authority that is not trusted (UnknownIssuer)",
        ),
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            Some(
                "the server shows the certificate of an authority as its own, such as a self-signed one (CaUsedAsEndEntity)",
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn errors_of_tls_are_words_wherever_they_are_in_the_chain() {
        let of = |error: rustls::Error| Outer(io::Error::other(io::Error::other(error)));
        let plain = of(rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType,
        ));
        assert!(is_about_tls(&plain) && is_without_tls(&plain));
        assert_eq!(innermost(&plain), "the server does not speak TLS there");
        let unknown = of(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer,
        ));
        assert!(is_about_tls(&unknown) && !is_without_tls(&unknown));
        assert!(innermost(&unknown).contains("not trusted"));
    }
}

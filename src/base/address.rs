//! Addresses in a form that may be shown.

use url::Url;

use super::secret::{DOTS, is_secret_name, looks_like_secret};

/// Returns an address without user, password, query and fragment.
pub(crate) fn shown_address(url: &Url) -> String {
    let mut shown = url.clone();
    // Both refuse only for addresses that can't have a user, where there is nothing to hide.
    let _no_user = shown.set_username("");
    let _no_password = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

/// Returns a text that should be an address, without user, password, query and fragment, even if it
/// is not a valid address.
///
/// In an invalid address these parts are uncertain, so everything that may belong to a user or a
/// password is left out.
pub(crate) fn shown_text(text: &str) -> String {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let (before_query, query) = match rest.find(['?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let before_query = match before_query.rsplit_once('@') {
        Some((_user, rest)) => rest,
        // The `?` may be one of a password: nobody knows where the host begins.
        None if query.contains('@') && before_query.contains(':') => "…",
        None => before_query,
    };
    format!("{scheme}{before_query}")
}

/// Returns an address of a spec with its query; values that may be secret are replaced by dots.
pub(crate) fn shown_with_query(text: &str) -> String {
    let shown = shown_text(text);
    let text = text.trim();
    let (Some((_, query)), false) = (text.split_once('?'), shown.ends_with('…')) else {
        return shown;
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_secret_pair(name, value) => format!("{name}={DOTS}"),
        None if pair.len() >= MIN_SECRET_BYTES => DOTS.to_owned(),
        Some(_) | None => pair.to_owned(),
    });
    format!("{shown}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// The minimum length of a value that counts as a secret without a telling name, in bytes.
const MIN_SECRET_BYTES: usize = 12;

fn is_secret_pair(name: &str, value: &str) -> bool {
    let is_written_out = !value.contains("{{");
    is_written_out
        && (is_secret_name(name) || looks_like_secret(value) || value.len() >= MIN_SECRET_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_address_holds_no_secret() {
        let address = "https://me:pw@host:8443/v1/chat/completions?key=sk-1#x";
        let shown = "https://host:8443/v1/chat/completions";
        assert_eq!(shown_address(&address.parse().unwrap()), shown);
        assert_eq!(shown_text(address), shown);
    }

    #[test]
    fn of_a_query_that_is_shown_the_secrets_are_dots() {
        for (text, shown) in [
            (
                "http://h/{{city}}?a=1&b={{b}}",
                "http://h/{{city}}?a=1&b={{b}}",
            ),
            ("http://me:pw@h?key=1&a=2", "http://h?key=••••••&a=2"),
            ("http://h?q=hopscotch-7f3a9c1e", "http://h?q=••••••"),
            ("http://h?hopscotch-7f3a9c1e", "http://h?••••••"),
            ("http://me:p?w@h", "http://…"),
            ("http://h", "http://h"),
        ] {
            assert_eq!(shown_with_query(text), shown, "{text}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_read_shows_no_secret_either() {
        for (text, shown) in [
            (
                "http://me:pw@host:99999/v1?key=sk-1",
                "http://host:99999/v1",
            ),
            ("me:pw@ho st", "ho st"),
            ("http://me:p/w@host/v1", "http://host/v1"),
            ("http://me:p@w@host/v1", "http://host/v1"),
            ("http://me:p?w@host/v1", "http://…"),
            ("http://me:p#w@host/v1", "http://…"),
            ("http://host/v1?mail=a@b", "http://host/v1"),
            ("https://me:pw@{{host}}/x?token={{t}}", "https://{{host}}/x"),
            ("ftp://me:pw@h", "ftp://h"),
            ("", ""),
        ] {
            assert_eq!(shown_text(text), shown, "{text}");
        }
    }
}

//! The check whether a request's address is allowed.

use url::Url;

/// Returns whether a URL is on a `url_allow_list`: scheme, host and port are the same as in an
/// entry, and the path begins with the entry's. Query and fragment are ignored. An invalid entry
/// allows nothing.
///
/// The URL must be exactly the one that is sent, because the server may interpret a text
/// differently if it is normalized only for this check.
///
/// Source: Agent Spec 26.1.2, `url_allow_list`. As the specification says, the prefix is compared
/// as text: `https://h/orders` also allows `https://h/ordersX`.
pub(super) fn is_allowed<'e>(url: &Url, entries: impl IntoIterator<Item = &'e str>) -> bool {
    entries
        .into_iter()
        .filter_map(|entry| Url::parse(entry).ok())
        .any(|entry| {
            entry.scheme() == url.scheme()
                && entry.host() == url.host()
                && entry.port_or_known_default() == url.port_or_known_default()
                && url.path().starts_with(entry.path())
        })
}

/// Returns whether a decoded path leads upwards: whether it has a percent-encoded segment `..`.
/// Such a path can begin with an allowed prefix and still leave it.
pub(super) fn climbs(path: &str) -> bool {
    let decoded = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/")
        .replace("%5c", "\\");
    decoded.split(['/', '\\']).any(|segment| segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_exactly_and_path_by_prefix() {
        for (url, entry, expected) in [
            ("https://a.com/x/y?q=1", "https://a.com/x", true),
            ("https://a.com/xyz", "https://a.com/x", true),
            ("https://a.com/x", "https://a.com/x/", false),
            ("https://a.com:443/", "https://a.com", true),
            ("https://a.com:444/", "https://a.com", false),
            ("http://a.com/", "https://a.com", false),
            ("https://a.com.evil.com/", "https://a.com", false),
            ("https://a.com@evil.com/", "https://a.com", false),
            ("https://A.com/x/../y", "https://a.com/x", false),
            ("https://a.com/x/%2e%2e/y", "https://a.com/x", false),
            ("http://[::1]/a", "http://[::1]", true),
            ("https://a.com/", "a.com", false),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(is_allowed(&parsed, [entry]), expected, "{url} {entry}");
        }
        assert!(!is_allowed(&Url::parse("https://a.com").unwrap(), []));
    }

    #[test]
    fn escaped_ways_up_are_seen() {
        assert!(climbs("/orders/..%2Fadmin"));
        assert!(climbs("/orders/%2e%2e%5cadmin"));
        assert!(!climbs("/orders/..x/a..b"));
    }
}

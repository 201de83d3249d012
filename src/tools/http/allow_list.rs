//! Where a request may go.

use url::Url;

/// Whether an address is on a `url_allow_list`: scheme, host and port exactly as in an entry, and a
/// path that begins as the entry's. Query and fragment do not count. An entry that is no address
/// allows nothing.
///
/// The address that is asked about must be the very one that is sent: a text that is normalised
/// for matching only can be read otherwise by the server.
///
/// Source: Agent Spec 26.1.2, `url_allow_list`. The prefix is plain, as the language has it:
/// `https://h/orders` also allows `https://h/ordersX`.
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

/// Whether a path leads upward once a server has decoded it: it has a segment `..` that is written
/// with escapes. Such a path may pass a prefix and still leave it.
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

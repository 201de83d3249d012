//! Percent-encoding of addresses.

/// Decodes a part of an address: `%40` is `@`. Invalid sequences stay.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [first, rest @ ..] = left {
        let decoded = match (first, rest) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(*first));
        left = if decoded.is_some() { &rest[2..] } else { rest };
    }
    String::from_utf8(bytes).unwrap_or_else(|_no_text| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_decoded_and_what_is_none_stays() {
        for (written, meant) in [
            ("p%40ss%2Fword", "p@ss/word"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("caf%C3%A9", "caf\u{e9}"),
            ("%ff", "%ff"),
        ] {
            assert_eq!(decoded(written), meant);
        }
    }
}

//! Text with several values between separators.

/// Splits a text at separators outside of quotes, brackets and braces: `1,"a,b",[2,3]` at `,` has
/// three parts. Unclosed quotes and brackets count as ordinary characters.
pub(crate) fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut is_quoted, mut is_escaped) = (0, 0_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '[' | '{' if !is_quoted => depth += 1,
            ']' | '}' if !is_quoted => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 && !is_quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 || is_quoted {
        return text.split(separator).collect();
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Splits a list of values at commas and trims each value. A single empty value is allowed; an
/// empty value among several gives `None`.
pub(crate) fn values(text: &str) -> Option<Vec<&str>> {
    let values: Vec<&str> = parts(text, ',').into_iter().map(str::trim).collect();
    let has_gap = values.len() > 1 && values.iter().any(|value| value.is_empty());
    (!has_gap).then_some(values)
}

/// Removes the quotes of a JSON string; any other text is returned unchanged.
pub(crate) fn unquoted(written: &str) -> String {
    let text = serde_json::from_str::<String>(written);
    text.unwrap_or_else(|_| written.to_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn separators_in_quotes_and_brackets_split_nothing() {
        let cases: [(&str, &[&str]); 6] = [
            ("1,2 , 3", &["1", "2", "3"]),
            (r#""x, y",z"#, &[r#""x, y""#, "z"]),
            (
                r#"{"t": 0, "s": [1,2]},null"#,
                &[r#"{"t": 0, "s": [1,2]}"#, "null"],
            ),
            (r#"it "is,so"#, &[r#"it "is"#, "so"]),
            (r#""\",",c"#, &[r#""\",""#, "c"]),
            ("", &[""]),
        ];
        for (text, expected) in cases {
            assert_eq!(values(text).unwrap(), expected, "{text}");
        }
        for gap in ["1,,2", "1,", ",1", "1, ,2"] {
            assert_eq!(values(gap), None, "{gap}");
        }
        assert_eq!(values(r#""",1"#).unwrap(), [r#""""#, "1"]);
    }

    #[test]
    fn only_a_json_string_loses_its_quotes() {
        for (written, expected) in [(r#""a \"b\"""#, "a \"b\""), ("\"a", "\"a"), ("7", "7")] {
            assert_eq!(unquoted(written), expected);
        }
    }
}

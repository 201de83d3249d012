//! A check that a JSON body loses nothing when it is parsed.

use std::collections::HashSet;

use crate::base::written::Written;

/// Refuses JSON whose parsed form would lose something: an integer beyond 64 bits, or a key that
/// occurs twice. A body that isn't JSON is reported later, by the code that parses it.
///
/// # Errors
/// The value that would be lost, as text.
pub(super) fn check(body: &[u8]) -> Result<(), String> {
    let read = std::str::from_utf8(body).ok().map(Written::read);
    match read {
        Some(Ok(written)) => check_value(written),
        Some(Err(_)) | None => Ok(()),
    }
}

fn check_value(written: Written) -> Result<(), String> {
    match written {
        Written::Plain(_) | Written::Scalar { value: Some(_), .. } => Ok(()),
        Written::Scalar { text, value: None } => Err(format!(
            "the number {text} can't be kept exactly: send it as text"
        )),
        Written::Array(items) => items.into_iter().try_for_each(check_value),
        Written::Object(entries) => {
            let mut names = HashSet::new();
            if let Some((twice, _)) = entries.iter().find(|(name, _)| !names.insert(name)) {
                return Err(format!("`{twice}` is given twice"));
            }
            entries
                .into_iter()
                .try_for_each(|(_, value)| check_value(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_would_change_in_silence_is_refused() {
        for whole in [r#"{"a": [1, 1.10, "x", 18446744073709551615]}"#, "no JSON"] {
            assert_eq!(check(whole.as_bytes()), Ok(()), "{whole}");
        }
        for (lost, words) in [
            (
                r#"{"a": [123456789012345678901234]}"#,
                "123456789012345678901234",
            ),
            (r#"{"a": {"b": 1, "b": 2}}"#, "`b` is given twice"),
        ] {
            let refused = check(lost.as_bytes()).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }
}

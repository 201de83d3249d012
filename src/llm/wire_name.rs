//! Names that every provider accepts.

/// The maximum number of characters in a name.
const MAX_CHARS: usize = 64;

/// Converts a name of a tool or format for sending: OpenAI and Anthropic accept up to 64 ASCII
/// letters, digits, `_` and `-`, and reject requests with other names. Invalid characters become
/// `_`, and long names are cut.
///
/// Different names may become equal.
pub(crate) fn wire_name(name: &str) -> String {
    let as_sent = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    match name.chars().map(as_sent).take(MAX_CHARS).collect() {
        sent if name.is_empty() => format!("{sent}_"),
        sent => sent,
    }
}

/// Converts several names for sending, in order, such that different names stay different: names
/// that need no change are kept, and others get a number if they would collide.
pub(crate) fn wire_names(names: &[&str]) -> Vec<String> {
    let mut sent: Vec<Option<String>> = names
        .iter()
        .map(|name| (wire_name(name) == **name).then(|| (*name).to_owned()))
        .collect();
    for (index, name) in names.iter().enumerate() {
        if sent[index].is_some() {
            continue;
        }
        let same = names.iter().position(|other| other == name);
        let known = same.and_then(|first| sent[first].clone());
        let free = known.unwrap_or_else(|| numbered(&wire_name(name), &sent));
        sent[index] = Some(free);
    }
    sent.into_iter().flatten().collect()
}

/// Returns the name, or the name with the first number that is not taken.
fn numbered(name: &str, taken: &[Option<String>]) -> String {
    let is_taken = |name: &str| taken.iter().flatten().any(|taken| taken == name);
    if !is_taken(name) {
        return name.to_owned();
    }
    // One more than there are names that could be in the way.
    (2..=taken.len() + 2)
        .map(|number| {
            let end = format!("_{number}");
            let begin: String = name.chars().take(MAX_CHARS - end.len()).collect();
            begin + &end
        })
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn different_names_stay_different() {
        let long = "a".repeat(70);
        let other = format!("{long}b");
        let cut = "a".repeat(64);
        let numbered = format!("{}_2", "a".repeat(62));
        for (names, expected) in [
            (&["add", "a-b_c9"][..], &["add", "a-b_c9"][..]),
            (&["a.b", "a/b", "a_b"], &["a_b_2", "a_b_3", "a_b"]),
            (&["天气", "时间", "é"], &["__", "___2", "_"]),
            (&["a b", "x", "a b"], &["a_b", "x", "a_b"]),
            (&[&long, &other], &[&cut, &numbered]),
            (&[""], &["_"]),
        ] {
            assert_eq!(wire_names(names), expected, "{names:?}");
        }
    }
}

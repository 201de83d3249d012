//! "Did you mean …?": the known name that is closest to a mistaken one.

/// The maximum number of compared characters; no real name is longer.
const MAX_CHARS: usize = 64;

/// Returns the candidate that `name` probably means: one that differs only in case and separators,
/// or else the one with the fewest single-character edits (a swap of neighbours is one), if they
/// are at most a third of its length. The first one if several are equally close; `None` if none is
/// close.
pub(crate) fn closest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let plain = folded(name);
    let n_plain = plain.chars().count();
    if n_plain == 0 || n_plain > MAX_CHARS {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let known = folded(candidate);
        let n_known = known.chars().count();
        let allowed = (n_plain.max(n_known) / 3).max(1);
        if n_known > MAX_CHARS || n_plain.abs_diff(n_known) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(&plain, &known);
        let is_closer = best.is_none_or(|(least, _)| distance < least);
        if distance <= allowed && distance < n_known && is_closer {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Whether a name is a known one with at most two single-character edits (a swap of neighbours is
/// one).
pub(crate) fn is_slip_of(name: &str, known: &str) -> bool {
    name.len().abs_diff(known.len()) <= 2 && strsim::osa_distance(name, known) <= 2
}

/// Returns the letters and digits of a name, in lower case.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistaken_name_finds_the_one_that_was_meant() {
        let fields = [
            "url",
            "model_id",
            "requires_confirmation",
            "tools",
            "toolboxes",
            "command",
        ];
        for (name, meant) in [
            ("urll", Some("url")),
            ("ulr", Some("url")),
            ("modelId", Some("model_id")),
            ("model", Some("model_id")),
            ("MODEL-ID", Some("model_id")),
            ("require_confirmation", Some("requires_confirmation")),
            ("tool", Some("tools")),
            ("Comand", Some("command")),
            ("temperature", None),
            ("x", None),
            ("", None),
            ("___", None),
        ] {
            assert_eq!(closest(name, fields), meant, "{name}");
        }
        assert_eq!(closest("y", ["x"]), None, "one letter is not like another");
        assert_eq!(closest(&"a".repeat(1_000_000), fields), None);
    }
}

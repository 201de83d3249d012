//! "Did you mean …?": the known name that a mistaken one is closest to.

/// Most characters of a name that are compared; nothing real is longer.
const MAX_CHARS: usize = 64;

/// The candidate that `name` is most likely meant to be: one that differs only in case and separators,
/// else the one that needs the fewest single-character edits (a swap of neighbours is one), if that is
/// at most a third of its length. Of equally close ones the first. None if nothing is close.
pub fn closest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = folded(name);
    if plain.is_empty() || plain.len() > MAX_CHARS {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let known = folded(candidate);
        if known.len() > MAX_CHARS {
            continue;
        }
        let allowed = (plain.len().max(known.len()) / 3).max(1);
        if plain.len().abs_diff(known.len()) > allowed {
            continue;
        }
        let distance = edits(&plain, &known);
        let is_closer = best.is_none_or(|(least, _)| distance < least);
        if distance <= allowed && distance < known.len() && is_closer {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The characters that matter: letters and digits, in lower case.
fn folded(name: &str) -> Vec<char> {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut above_previous: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=to.len()).collect();
    for (row, a) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in to.iter().enumerate() {
            let substituted = previous[column] + usize::from(a != b);
            let mut fewest = substituted
                .min(previous[column + 1] + 1)
                .min(current[column] + 1);
            let is_swap = row > 0 && column > 0 && from[row - 1] == *b && to[column - 1] == *a;
            if is_swap {
                fewest = fewest.min(above_previous[column - 1] + 1);
            }
            current.push(fewest);
        }
        above_previous = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
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
        ];
        for (name, meant) in [
            ("urll", Some("url")),
            ("ulr", Some("url")),
            ("modelId", Some("model_id")),
            ("model", Some("model_id")),
            ("MODEL-ID", Some("model_id")),
            ("require_confirmation", Some("requires_confirmation")),
            ("tool", Some("tools")),
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

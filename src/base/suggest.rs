//! "Did you mean": the known name that a misspelt one is nearest to.

/// The candidate nearest to `name`, if one is near enough to be what was meant: at most a third of
/// the characters differ (at least one may), counting a swap of neighbours as one.
pub(crate) fn closest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let allowed = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let lowered: Vec<char> = candidate.to_lowercase().chars().collect();
            (distance(&name, &lowered), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The least number of insertions, removals, replacements and swaps of neighbours that make one
/// text the other (optimal string alignment).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(from != to);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let is_swap =
                row > 0 && column > 0 && left[row - 1] == *to && right[column - 1] == *from;
            if is_swap {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["command", "python", "http", "ask", "value", "timeout"];
        for (name, expected) in [
            ("comand", Some("command")),
            ("pyhton", Some("python")),
            ("Timeout", Some("timeout")),
            ("aks", Some("ask")),
            ("url", None),
            ("", None),
        ] {
            assert_eq!(closest(name, known), expected, "{name}");
        }
    }
}

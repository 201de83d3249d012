//! Which words fit a few letters that were typed, and how well.

/// How well a word fits, lower is better: it begins with the letters, a part of it does (`id` in `model_id`), it has
/// them in this order. `None` if it does not. Case does not matter.
pub(super) fn rank(word: &str, typed: &str) -> Option<u8> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let typed: Vec<char> = typed.chars().flat_map(char::to_lowercase).collect();
    if word.starts_with(&typed) {
        return Some(0);
    }
    let is_part = |at: usize| at == 0 || word.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
    let begins = |at: usize| word.get(at..).is_some_and(|rest| rest.starts_with(&typed));
    if (0..word.len()).any(|at| is_part(at) && begins(at)) {
        return Some(1);
    }
    let mut rest = word.iter();
    typed
        .iter()
        .all(|letter| rest.any(|other| other == letter))
        .then_some(2)
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn words_that_begin_so_come_before_words_that_have_the_letters() {
        for (word, typed, expected) in [
            ("model_id", "", Some(0)),
            ("model_id", "Mod", Some(0)),
            ("model_id", "id", Some(1)),
            ("$component_ref", "comp", Some(1)),
            ("model_id", "mi", Some(2)),
            ("model_id", "im", None),
            ("OllamaConfig", "oc", Some(2)),
            ("Ünïcode", "ün", Some(0)),
        ] {
            assert_eq!(rank(word, typed), expected, "{word} {typed}");
        }
    }
}

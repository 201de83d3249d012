//! Thoughts that a model writes into its text because its protocol has no field for them.

/// The pairs of markers that enclose thoughts.
const THOUGHTS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
];

/// Returns an answer without the thoughts at its beginning. The opening marker may be missing,
/// because servers may remove it; without a closing marker, everything is a thought.
pub(crate) fn after_thoughts(answer: &str) -> &str {
    // The first characters of those words: most answers have none.
    if !answer.contains(['<', '[', '\u{25c1}']) {
        return answer;
    }
    let mut rest = answer;
    for (_, end) in THOUGHTS {
        if let Some((_thought, after)) = rest.rsplit_once(end) {
            rest = after;
        }
    }
    for (begin, _) in THOUGHTS {
        if let Some((before, _thought)) = rest.split_once(begin) {
            rest = before;
        }
    }
    rest
}

/// Returns whether an answer has no text before or after its thoughts.
pub(super) fn is_only_thoughts(answer: &str) -> bool {
    let says = |text: &str| !text.trim().is_empty();
    if !says(answer) || says(after_thoughts(answer)) {
        return false;
    }
    let mut before = THOUGHTS
        .iter()
        .filter_map(|(begin, _)| answer.split_once(begin))
        .map(|(before, _thought)| before);
    !before.any(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_nothing_but_thoughts_is_known() {
        for (answer, expected) in [
            ("<think>Hm.</think>", true),
            (" <thinking>Hm.</thinking>\n", true),
            ("<think>Hm", true),
            ("[THINK]Hm.[/THINK]", true),
            ("◁think▷Hm.◁/think▷Four.", false),
            ("Hm.</think>\n", true),
            ("<think>Hm.</think>Four.", false),
            ("Four. <think>Good.</think>", false),
            ("Write `<think>` and `</think>`.", false),
            ("Four.", false),
            ("", false),
        ] {
            assert_eq!(is_only_thoughts(answer), expected, "{answer}");
        }
    }
}

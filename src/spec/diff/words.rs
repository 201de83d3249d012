//! Word-by-word comparison of two texts.

use similar::{ChangeTag, TextDiff};

use super::text::{Piece, Tone};

/// The total number of bytes above which two texts are not compared word by word, because it could
/// take minutes.
const MAX_BYTES: usize = 400_000;

/// The total number of bytes above which two texts are not compared word by word while a user waits
/// for many such comparisons.
const MAX_BYTES_AT_ONCE: usize = 40_000;

/// Returns the lines that differ, with removed words as `[-…-]` and added ones as `{+…+}`; `None`
/// if the texts are too long.
pub(super) fn changed_lines(before: &str, after: &str) -> Option<Vec<Vec<Piece>>> {
    if before.len() + after.len() > MAX_BYTES {
        return None;
    }
    let mut lines = vec![ChangedLine::default()];
    let diff = TextDiff::from_words(before, after);
    for change in diff.iter_all_changes() {
        let tone = match change.tag() {
            ChangeTag::Equal => Tone::Plain,
            ChangeTag::Delete => Tone::Removed,
            ChangeTag::Insert => Tone::Added,
        };
        let mut parts = change.value().split('\n');
        if let (Some(first), Some(line)) = (parts.next(), lines.last_mut()) {
            line.add(first, tone);
        }
        for part in parts {
            if let Some(line) = lines.last_mut() {
                line.is_changed |= tone != Tone::Plain;
            }
            let mut line = ChangedLine::default();
            line.add(part, tone);
            lines.push(line);
        }
    }
    Some(
        lines
            .into_iter()
            .filter(|line| line.is_changed)
            .map(ChangedLine::pieces)
            .collect(),
    )
}

/// Splits two texts into pieces, each with a flag whether the other text lacks it; `None` if the
/// texts are too long.
pub(crate) fn changed_words(before: &str, after: &str) -> Option<[Vec<(bool, String)>; 2]> {
    if before.len() + after.len() > MAX_BYTES_AT_ONCE {
        return None;
    }
    let mut sides = [Vec::new(), Vec::new()];
    let mut add = |side: usize, differs: bool, text: &str| {
        let pieces: &mut Vec<(bool, String)> = &mut sides[side];
        match pieces.last_mut() {
            Some((last, piece)) if *last == differs => piece.push_str(text),
            _ => pieces.push((differs, text.to_owned())),
        }
    };
    let diff = TextDiff::from_words(before, after);
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                add(0, false, change.value());
                add(1, false, change.value());
            }
            ChangeTag::Delete => add(0, true, change.value()),
            ChangeTag::Insert => add(1, true, change.value()),
        }
    }
    Some(sides)
}

#[derive(Default)]
struct ChangedLine {
    runs: Vec<(Tone, String)>,
    is_changed: bool,
}

impl ChangedLine {
    fn add(&mut self, text: &str, tone: Tone) {
        if text.is_empty() {
            return;
        }
        self.is_changed |= tone != Tone::Plain;
        match self.runs.last_mut() {
            Some((last, run)) if *last == tone => run.push_str(text),
            _ => self.runs.push((tone, text.to_owned())),
        }
    }

    fn pieces(self) -> Vec<Piece> {
        let piece = |(tone, run): (Tone, String)| {
            let text = match tone {
                Tone::Removed => format!("[-{run}-]"),
                Tone::Added => format!("{{+{run}+}}"),
                Tone::Plain | Tone::Heading | Tone::Muted => run,
            };
            Piece { tone, text }
        };
        self.runs.into_iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn check(before: &str, after: &str, expected: &[&str]) {
        let found = changed_lines(before, after).unwrap();
        let found: Vec<String> = found
            .iter()
            .map(|line| line.iter().map(|piece| piece.text.as_str()).collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_marked_and_lines_without_a_change_left_out() {
        check(
            "be kind\nand warm\nalways",
            "be brief\nand warm\nalways",
            &["be [-kind-]{+brief+}"],
        );
        check("same", "same", &[]);
        check("a b", "a b c", &["a b{+ c+}"]);
        check("one", "one\ntwo", &["one", "{+two+}"]);
    }

    #[test]
    fn both_texts_come_in_pieces() {
        let piece = |differs, text: &str| (differs, text.to_owned());
        assert_eq!(
            changed_words("be kind now", "be brief now").unwrap(),
            [
                vec![
                    piece(false, "be "),
                    piece(true, "kind"),
                    piece(false, " now")
                ],
                vec![
                    piece(false, "be "),
                    piece(true, "brief"),
                    piece(false, " now")
                ],
            ]
        );
    }

    #[test]
    fn what_would_take_too_long_is_not_begun() {
        assert_eq!(changed_lines(&"a ".repeat(200_001), "b"), None);
        assert_eq!(changed_words(&"a ".repeat(20_001), "b"), None);
    }
}

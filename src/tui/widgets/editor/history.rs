//! The undo steps: each replaces one piece of the text by another. Continuous typing makes one step
//! for each word.

use std::collections::VecDeque;

/// The maximum number of undo steps.
const MAX_STEPS: usize = 1_000;
/// The maximum size of all steps together, in bytes; older steps are dropped.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A change of the text: `inserted` replaces `removed` at byte `start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) start: usize,
    pub(super) removed: String,
    pub(super) inserted: String,
}

/// The steps that can be undone and redone.
#[derive(Debug, Default)]
pub(super) struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// Whether the next typing belongs to the last step.
    is_open: bool,
    n_bytes: usize,
}

impl History {
    /// Records a change of the text; `cursor` is a byte position in the changed text.
    pub(super) fn record(&mut self, before: &str, after: &str, cursor: usize) {
        let Some(step) = step(before, after, cursor) else {
            return;
        };
        self.undone.clear();
        let is_typed = step.is_typed();
        let joins = self.is_open && is_typed;
        self.is_open = is_typed;
        if joins && self.done.back_mut().is_some_and(|last| last.join(&step)) {
            self.n_bytes += step.n_bytes();
            return;
        }
        self.n_bytes += step.n_bytes();
        self.done.push_back(step);
        while self.done.len() > MAX_STEPS || (self.n_bytes > MAX_BYTES && self.done.len() > 1) {
            let oldest = self.done.pop_front();
            self.n_bytes -= oldest.map_or(0, |step| step.n_bytes());
        }
    }

    /// Ends the last step, so that the next typing is a new one.
    pub(super) const fn close(&mut self) {
        self.is_open = false;
    }

    /// Returns the last step, to be undone.
    pub(super) fn undo(&mut self) -> Option<Step> {
        self.close();
        let step = self.done.pop_back()?;
        self.n_bytes -= step.n_bytes();
        self.undone.push(step.clone());
        Some(step)
    }

    /// Returns the step that was undone last, to be redone.
    pub(super) fn redo(&mut self) -> Option<Step> {
        self.close();
        let step = self.undone.pop()?;
        self.n_bytes += step.n_bytes();
        self.done.push_back(step.clone());
        Some(step)
    }
}

impl Step {
    fn n_bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Whether the step is a single typed or deleted character.
    fn is_typed(&self) -> bool {
        let is_one = |text: &str| text.chars().count() == 1 && !text.contains('\n');
        (self.removed.is_empty() && is_one(&self.inserted))
            || (self.inserted.is_empty() && is_one(&self.removed))
    }

    /// Adds the next step to this one if it continues the same word. Returns whether it does.
    fn join(&mut self, next: &Self) -> bool {
        let starts_word = |before: &str, typed: &str| {
            before.ends_with(char::is_whitespace) && !typed.starts_with(char::is_whitespace)
        };
        if next.removed.is_empty() && next.start == self.start + self.inserted.len() {
            if self.inserted.is_empty() || starts_word(&self.inserted, &next.inserted) {
                return false;
            }
            self.inserted.push_str(&next.inserted);
            return true;
        }
        if !next.inserted.is_empty() || !self.inserted.is_empty() {
            return false;
        }
        // Backspace continues to the left of the removed text, delete to the right.
        if next.start + next.removed.len() == self.start {
            self.start = next.start;
            self.removed.insert_str(0, &next.removed);
        } else if next.start == self.start {
            self.removed.push_str(&next.removed);
        } else {
            return false;
        }
        true
    }
}

/// Returns the step that leads from one text to another; `None` if they are equal. The text after
/// the cursor is compared first, so that of several equal letters the typed one is found.
fn step(before: &str, after: &str, cursor: usize) -> Option<Step> {
    if before == after {
        return None;
    }
    let equal =
        |bytes: &mut dyn Iterator<Item = (u8, u8)>| bytes.take_while(|(a, b)| a == b).count();
    let shorter = before.len().min(after.len());
    let most = after.len().saturating_sub(cursor).min(shorter);
    let mut backwards = before.bytes().rev().zip(after.bytes().rev()).take(most);
    let suffix = equal(&mut backwards);
    let mut forwards = before.bytes().zip(after.bytes()).take(shorter - suffix);
    let prefix = before.floor_char_boundary(equal(&mut forwards));
    let suffix_of = |text: &str| text.ceil_char_boundary(text.len() - suffix);
    let (end_before, end_after) = (suffix_of(before), suffix_of(after));
    Some(Step {
        start: prefix,
        removed: before
            .get(prefix..end_before)
            .unwrap_or_default()
            .to_owned(),
        inserted: after.get(prefix..end_after).unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// The texts that undoing goes through, from one that was made in these steps, each with the cursor
    /// before the byte of `|`.
    #[track_caller]
    fn check(typed: &[&str], undone: &[&str]) {
        let mut history = History::default();
        let mut text = typed[0].replace('|', "");
        for next in &typed[1..] {
            let cursor = next.find('|').unwrap();
            let next = next.replace('|', "");
            history.record(&text, &next, cursor);
            text = next;
        }
        let mut seen = Vec::new();
        while let Some(step) = history.undo() {
            text.replace_range(step.start..step.start + step.inserted.len(), &step.removed);
            seen.push(text.clone());
        }
        assert_eq!(seen, undone);
        while let Some(step) = history.redo() {
            text.replace_range(step.start..step.start + step.removed.len(), &step.inserted);
        }
        assert_eq!(text, typed[typed.len() - 1].replace('|', ""));
    }

    #[test]
    fn what_is_typed_is_undone_by_words() {
        check(&["|", "o|", "on|", "on |", "on t|", "on tw|"], &["on ", ""]);
        check(&["a|", "aa|", "aaa|"], &["a"]);
        check(&["|aa", "a|aa", "ab|aa"], &["aa"]);
        check(&["abc|", "ab|", "a|"], &["abc"]);
        check(&["|abc", "|bc", "|c"], &["abc"]);
        check(&["a|", "ab|", "a|", "ac|"], &["a", "ab", "a"]);
        check(&["é|", "éè|", "éè日|"], &["é"]);
    }

    #[test]
    fn lines_and_whole_pieces_are_steps_of_their_own() {
        check(&["a|", "a\n  |", "a\n  b|"], &["a\n  ", "a"]);
        check(&["a|", "a, b, c|", "a, b, cd|"], &["a, b, c", "a"]);
        check(&["a\r\nb|", "a|b"], &["a\r\nb"]);
        check(&["日|", "本|"], &["日"]);
    }

    #[test]
    fn a_step_that_is_closed_does_not_grow() {
        let mut history = History::default();
        history.record("", "a", 1);
        history.close();
        history.record("a", "ab", 2);
        assert_eq!(history.undo().unwrap().inserted, "b");
        assert_eq!(history.undo().unwrap().inserted, "a");
        assert_eq!(history.undo(), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut history = History::default();
        let big = "x".repeat(MAX_BYTES / 4);
        for _ in 0..9 {
            history.record("", &big, big.len());
        }
        assert!(history.n_bytes <= MAX_BYTES);
        assert_eq!(std::iter::from_fn(|| history.undo()).count(), 4);
        assert_eq!(history.n_bytes, 0);
    }
}

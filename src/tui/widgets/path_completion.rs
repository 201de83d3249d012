//! Completion of a path in a field: first the common prefix of all found paths, then each path in
//! turn.

/// The paths found for the text of a field, and the current choice.
#[derive(Debug, Default)]
pub(crate) struct PathCompletion {
    /// The text with which all of `found` begin.
    typed: String,
    found: Vec<String>,
    taken: Option<usize>,
}

impl PathCompletion {
    /// Stores the paths found for a text.
    pub(crate) fn take(&mut self, typed: String, found: Vec<String>) {
        *self = Self {
            typed,
            found,
            taken: None,
        };
    }

    /// Returns the completions of the field's text, by their last parts; empty if the text already
    /// is one of them or the paths were found for another text.
    pub(crate) fn offered(&self, text: &str) -> impl Iterator<Item = &str> {
        let is_for_it = self.is_for(text);
        let is_done = self.found.iter().any(|found| found == text) && self.taken.is_none();
        let found = self.found.iter().filter(move |_| is_for_it && !is_done);
        found.map(|path| {
            let end = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
            path.get(end..).unwrap_or(path)
        })
    }

    /// Returns the next completion for the field's text; `None` if there is none.
    pub(crate) fn next(&mut self, text: &str) -> Option<String> {
        let (next, taken) = self.following(text)?;
        match taken {
            Some(_) => self.taken = taken,
            None => self.typed.clone_from(&next),
        }
        Some(next)
    }

    /// Whether there is a completion.
    pub(crate) fn has_next(&self, text: &str) -> bool {
        self.following(text).is_some()
    }

    /// Returns the next completion of a text and its index in `found`; the index is `None` for the
    /// common prefix.
    fn following(&self, text: &str) -> Option<(String, Option<usize>)> {
        if !self.is_for(text) {
            return None;
        }
        if let Some(taken) = self.taken {
            let next = (taken + 1) % self.found.len().max(1);
            return Some((self.found.get(next)?.clone(), Some(next)));
        }
        let common = common_beginning(&self.found);
        if common.len() > text.len() {
            return Some((common, None));
        }
        match self.found.as_slice() {
            [] => None,
            [only] if only == text => None,
            [first, ..] => Some((first.clone(), Some(0))),
        }
    }

    /// Whether one of several paths was chosen that were found for a shorter text, so that no new
    /// search is needed.
    pub(crate) fn is_choosing(&self) -> bool {
        self.taken.is_some()
    }

    fn is_for(&self, text: &str) -> bool {
        match self.taken.and_then(|taken| self.found.get(taken)) {
            Some(taken) => taken == text,
            None => self.typed == text,
        }
    }
}

/// Returns the common prefix of all paths.
fn common_beginning(paths: &[String]) -> String {
    let Some((first, others)) = paths.split_first() else {
        return String::new();
    };
    let same = |other: &String| {
        let both = first.char_indices().zip(other.chars());
        both.take_while(|((_, a), b)| a == b)
            .last()
            .map_or(0, |((at, c), _)| at + c.len_utf8())
    };
    let end = others.iter().map(same).min().unwrap_or(first.len());
    first.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn found(typed: &str, paths: &[&str]) -> PathCompletion {
        let mut completion = PathCompletion::default();
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        completion.take(typed.to_owned(), paths);
        completion
    }

    #[test]
    fn the_common_beginning_comes_first_and_then_each_in_turn() {
        let mut completion = found("c", &["data/cité.csv", "data/citéx.csv"]);
        assert_eq!(completion.next("x"), None, "it was looked for another text");
        assert!(completion.has_next("c") && !completion.has_next("x"));
        assert_eq!(completion.next("c").as_deref(), Some("data/cité"));
        let offered: Vec<&str> = completion.offered("data/cité").collect();
        assert_eq!(offered, ["cité.csv", "citéx.csv"]);
        let mut text = "data/cité".to_owned();
        for expected in ["data/cité.csv", "data/citéx.csv", "data/cité.csv"] {
            text = completion.next(&text).unwrap();
            assert_eq!(text, expected);
            assert!(completion.is_choosing());
        }
    }

    #[test]
    fn a_path_that_is_there_and_alone_has_nothing_to_go_on_with() {
        let mut completion = found("a.csv", &["a.csv"]);
        assert!(!completion.has_next("a.csv"));
        assert_eq!(completion.next("a.csv"), None);
        assert_eq!(completion.offered("a.csv").count(), 0);
        assert_eq!(found("q", &[]).next("q"), None);
    }
}

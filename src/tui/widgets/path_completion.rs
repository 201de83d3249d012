//! Completion of a path in a field: as far as all that was found goes, then each in turn.

/// The paths found for the text of a field, and the one of them that was taken.
#[derive(Debug, Default)]
pub(crate) struct PathCompletion {
    /// The text that all of `found` begin with.
    typed: String,
    found: Vec<String>,
    taken: Option<usize>,
}

impl PathCompletion {
    /// Takes what was found for a text.
    pub(crate) fn take(&mut self, typed: String, found: Vec<String>) {
        *self = Self {
            typed,
            found,
            taken: None,
        };
    }

    /// Returns what may replace the text of the field, by its last part; nothing while it is one of
    /// these already, or while what was found is for another text.
    pub(crate) fn offered(&self, text: &str) -> impl Iterator<Item = &str> {
        let is_for_it = self.is_for(text);
        let is_done = self.found.iter().any(|found| found == text) && self.taken.is_none();
        let found = self.found.iter().filter(move |_| is_for_it && !is_done);
        found.map(|path| {
            let end = path.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
            path.get(end..).unwrap_or(path)
        })
    }

    /// The text to write over that of the field; none if there is nothing to go on with.
    pub(crate) fn next(&mut self, text: &str) -> Option<String> {
        let (next, taken) = self.following(text)?;
        match taken {
            Some(_) => self.taken = taken,
            None => self.typed.clone_from(&next),
        }
        Some(next)
    }

    /// Whether there is something to go on with.
    pub(crate) fn has_next(&self, text: &str) -> bool {
        self.following(text).is_some()
    }

    /// Returns the text that comes after this one, and which of `found` it is; none of them where
    /// it is what all begin with.
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

    /// Whether one of several was taken that were found for a shorter text, so that nothing is
    /// looked for again.
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

/// Returns the common beginning of all paths.
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

//! Remarks about parts of a trace that are not shown, so that nothing is left out silently.

use indexmap::IndexMap;

use crate::base::plural::counted;

/// The maximum number of different remarks; further ones are only counted.
const MAX_TOLD: usize = 8;

/// The remarks about a trace: for each kind, the first line and the number of occurrences.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    kinds: IndexMap<String, Places>,
    /// The number of lines with further kinds of remarks, since a long file may have a different
    /// error in each line.
    n_others: usize,
}

#[derive(Debug)]
struct Places {
    first_line: usize,
    count: usize,
}

impl Remarks {
    /// Adds a remark about a line, numbered from 1.
    pub(super) fn add(&mut self, line: usize, words: impl Into<String>) {
        let words = words.into();
        if let Some(places) = self.kinds.get_mut(&words) {
            places.count += 1;
        } else if self.kinds.len() < MAX_TOLD {
            let first_line = line;
            let count = 1;
            self.kinds.insert(words, Places { first_line, count });
        } else {
            self.n_others += 1;
        }
    }

    /// Formats all remarks: `line 3: it is no JSON`, `line 7 and 4 more: …`.
    pub(super) fn in_words(&self) -> Vec<String> {
        let told = self.kinds.iter();
        let mut told: Vec<String> = told
            .map(|(words, places)| match places.count {
                1 => format!("line {}: {words}", places.first_line),
                many => format!("line {} and {} more: {words}", places.first_line, many - 1),
            })
            .collect();
        if self.n_others > 0 {
            let lines = counted(self.n_others, "line");
            told.push(format!("{lines} more with other faults"));
        }
        told
    }
}

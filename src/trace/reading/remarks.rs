//! What of a trace is not shown, counted: nothing is left out in silence.

use indexmap::IndexMap;

use crate::base::plural::counted;

/// How many kinds of remarks are told in words of their own.
const MAX_TOLD: usize = 8;

/// What is to be told of a trace, the first place of each kind and how often it was.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    kinds: IndexMap<String, Places>,
}

#[derive(Debug)]
struct Places {
    first_line: usize,
    count: usize,
}

impl Remarks {
    /// Notes something of a line, numbered from 1.
    pub(super) fn add(&mut self, line: usize, words: impl Into<String>) {
        let places = self.kinds.entry(words.into()).or_insert(Places {
            first_line: line,
            count: 0,
        });
        places.count += 1;
    }

    /// All of them in words: `line 3: it is no JSON`, `line 7 and 4 more: …`.
    pub(super) fn in_words(&self) -> Vec<String> {
        let told = self.kinds.iter().take(MAX_TOLD);
        let mut told: Vec<String> = told
            .map(|(words, places)| match places.count {
                1 => format!("line {}: {words}", places.first_line),
                many => format!("line {} and {} more: {words}", places.first_line, many - 1),
            })
            .collect();
        let rest = self.kinds.values().skip(MAX_TOLD);
        let n_left: usize = rest.map(|places| places.count).sum();
        if n_left > 0 {
            let lines = counted(n_left, "line");
            told.push(format!("{lines} more with other faults"));
        }
        told
    }
}

//! A comparison of several runs: what they said and did in each turn, with word differences.

mod parts;
#[cfg(test)]
mod tests;

use self::parts::{Part, PartKind, end_of, parts_of};
use crate::runs::RunRecord;
use crate::spec::diff::changed_words;

/// Several runs side by side. The others are compared with the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The turns, followed by the results of the runs, if these say more than the states.
    pub(crate) turns: Vec<ComparedTurn>,
}

/// A turn of all compared runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComparedTurn {
    /// The number of the turn, from 1; `None` for the results of the runs.
    pub(crate) number: Option<usize>,
    pub(crate) parts: Vec<ComparedPart>,
}

/// A part of a turn at the same position in several runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComparedPart {
    /// The speaker, or the called tool; empty for the result of the call above.
    pub(crate) title: String,
    /// Whether all runs have the part with the same content.
    pub(crate) is_same: bool,
    /// The text of each run; `None` for a run without this part.
    pub(crate) sides: Vec<Option<Vec<Words>>>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) text: String,
    /// Whether this run has the piece and the first one does not; in the first run, whether the
    /// next different run lacks it.
    pub(crate) differs: bool,
}

/// Compares runs.
pub(crate) fn compare_runs(records: &[&RunRecord]) -> Comparison {
    let turns: Vec<Vec<_>> = records
        .iter()
        .map(|record| record.turns().collect())
        .collect();
    let n_turns = turns.iter().map(Vec::len).max().unwrap_or(0);
    let mut compared = Comparison::default();
    for turn in 0..n_turns {
        let sides = records.iter().zip(&turns).map(|(record, turns)| {
            let items = turns.get(turn).cloned().unwrap_or_default();
            parts_of(record, items)
        });
        compared.turns.push(ComparedTurn {
            number: Some(turn + 1),
            parts: aligned(sides.collect()),
        });
    }
    let ends: Vec<Vec<Part>> = records
        .iter()
        .map(|record| end_of(record).into_iter().collect())
        .collect();
    if ends.iter().flatten().any(|part| !part.text.is_empty()) {
        compared.turns.push(ComparedTurn {
            number: None,
            parts: aligned(ends),
        });
    }
    compared
}

/// The key by which a part is found in the turns of all runs: its kind, its title, and its number
/// among equal ones.
type Key = (PartKind, String, usize);

/// Aligns the parts of a turn; parts that only some runs have keep their positions.
fn aligned(runs: Vec<Vec<Part>>) -> Vec<ComparedPart> {
    let n_runs = runs.len();
    let mut rows: Vec<(Key, Vec<Option<String>>)> = Vec::new();
    for (run, parts) in runs.into_iter().enumerate() {
        let mut place = 0;
        let mut seen: Vec<(PartKind, String)> = Vec::new();
        for Part { kind, title, text } in parts {
            let time = seen
                .iter()
                .filter(|(known, of)| *known == kind && *of == title)
                .count();
            seen.push((kind, title.clone()));
            let key = (kind, title, time);
            let known = rows.iter().position(|(known, _)| *known == key);
            let row = known.unwrap_or_else(|| {
                rows.insert(place, (key, vec![None; n_runs]));
                place
            });
            if let Some((_, sides)) = rows.get_mut(row)
                && let Some(side) = sides.get_mut(run)
            {
                *side = Some(text);
            }
            place = row + 1;
        }
    }
    rows.into_iter()
        .map(|((kind, title, _), sides)| compared(kind, title, &sides))
        .collect()
}

fn compared(kind: PartKind, title: String, sides: &[Option<String>]) -> ComparedPart {
    let first = sides.iter().flatten().next();
    let whole = |text: &str, differs| {
        vec![Words {
            text: text.to_owned(),
            differs,
        }]
    };
    let mut of_first = None;
    let mut shown: Vec<Option<Vec<Words>>> = sides
        .iter()
        .map(|side| {
            let (text, first) = (side.as_deref()?, first?);
            if text == first {
                return Some(whole(text, false));
            }
            let words = |pieces: Vec<(bool, String)>| {
                let pieces = pieces.into_iter();
                pieces
                    .map(|(differs, text)| Words { text, differs })
                    .collect()
            };
            let Some([before, after]) = changed_words(first, text) else {
                of_first.get_or_insert_with(|| whole(first, true));
                return Some(whole(text, true));
            };
            of_first.get_or_insert_with(|| words(before));
            Some(words(after))
        })
        .collect();
    let is_same = of_first.is_none() && sides.iter().all(Option::is_some);
    if let Some(words) = of_first
        && let Some(first) = shown.iter_mut().find(|side| side.is_some())
    {
        *first = Some(words);
    }
    ComparedPart {
        title: if kind == PartKind::Result {
            String::new()
        } else {
            title
        },
        is_same,
        sides: shown,
    }
}

//! The names of runs and batches on the screen, which are all different.

use std::collections::BTreeMap;

use serde_json::Value;

use super::RunsModel;
use crate::base::ids::BatchId;
use crate::base::letters::letters;
use crate::base::text::{ellipsis, sanitised, shared_bytes, word_start};
use crate::conversation::Values;
use crate::runs::{BatchRecord, RunSummary};
use crate::trace::ForkPoint;

/// The maximum width of one value in the name of a run, in cells.
const VALUE_CELLS: usize = 40;

/// The number of characters of a past run's or batch's id in names.
const ID_CHARS: usize = 8;

/// The minimum length in characters from which a common prefix of an input's values is left out of
/// names.
const MIN_SHARED: usize = 12;

/// The inputs in which the runs of one batch differ.
#[derive(Clone, Debug)]
pub(super) struct Differences {
    /// The inputs of the batch's first run.
    first: Values,
    /// The inputs that are not the same in all runs, each with the length in bytes of the common
    /// prefix of its texts.
    differing: BTreeMap<String, usize>,
}

impl Differences {
    /// Makes the differences of a batch from its first run.
    pub(super) fn of(first: &Values) -> Self {
        Self {
            first: first.clone(),
            differing: BTreeMap::new(),
        }
    }

    /// Adds the inputs of another run.
    pub(super) fn add(&mut self, inputs: &Values) {
        let missing = self.first.keys().filter(|name| !inputs.contains_key(*name));
        for name in missing {
            self.differing.insert(name.clone(), 0);
        }
        for (name, value) in inputs {
            let first = self.first.get(name);
            if first == Some(value) {
                continue;
            }
            let shared = match (first, value) {
                (Some(Value::String(first)), Value::String(text)) => shared_bytes(first, text),
                _ => 0,
            };
            let known = self.differing.entry(name.clone()).or_insert(shared);
            *known = shared.min(*known);
        }
    }
}

/// Returns the width in cells of the widest short name in a batch: `A#100`, or `t1#100` in an
/// opened trace.
pub(super) fn cells(batch: &BatchRecord, is_opened: bool) -> u16 {
    let digits = batch.total.max(1).ilog10() as usize + 1;
    let name = if is_opened {
        trace_name(batch)
    } else {
        letters(batch.number, b'A')
    };
    let cells = name.len() + 1 + digits;
    u16::try_from(cells).unwrap_or(9)
}

/// Returns the origin of a fork: `fork of r_384e21 at 12`.
pub(crate) fn fork_words(from: &ForkPoint) -> String {
    let run: String = from.run.as_str().chars().take(ID_CHARS).collect();
    format!("fork of {run} at {}", from.seq)
}

/// Returns the name of a batch of an opened trace: `t1`.
fn trace_name(batch: &BatchRecord) -> String {
    format!("t{}", batch.number + 1)
}

/// Returns the name of a batch of the history: `past b_384e21`.
fn past_batch_name(batch: &BatchId) -> String {
    let batch: String = batch.as_str().chars().take(ID_CHARS).collect();
    format!("past {batch}")
}

impl RunsModel {
    /// Returns the name of a batch: `A` for the first, `B` for the second, `AA` for the
    /// twenty-seventh; `t1` for the first one of opened traces.
    pub(crate) fn batch_letter(&self, batch: &BatchId) -> String {
        if self.is_of_history {
            return past_batch_name(batch);
        }
        match self.batches.get(batch) {
            Some(known) if self.is_opened(batch) => trace_name(known),
            Some(known) => letters(known.number, b'A'),
            None => String::new(),
        }
    }

    /// Returns the unique name of a run: `A#1`, or `past b_384e21#1` for a run of the history.
    /// Numbers begin at 1 in each batch.
    pub(crate) fn short_name(&self, run: &RunSummary) -> String {
        if self.is_past(&run.run) || !self.batches.contains_key(&run.batch) {
            return format!("{}#{}", past_batch_name(&run.batch), run.index + 1);
        }
        format!("{}#{}", self.batch_letter(&run.batch), run.index + 1)
    }

    /// Returns the origin of a fork: `fork of A#1 at 12`. A run that is not in the model is named
    /// by the beginning of its id.
    pub(crate) fn fork_words(&self, from: &ForkPoint) -> String {
        match self.get(&from.run) {
            Some(parent) => format!("fork of {} at {}", self.short_name(parent), from.seq),
            None => fork_words(from),
        }
    }

    /// Returns the short name, whether tools of the run were replaced, and what distinguishes the
    /// run in its batch: `A#1 Paris`, `A#1 stubbed · Paris`.
    pub(crate) fn name(&self, run: &RunSummary) -> String {
        self.named(run, &self.subject(run))
    }

    fn named(&self, run: &RunSummary, what: &str) -> String {
        let name = self.short_name(run);
        let what = joined(stubbed(run), what);
        if what.is_empty() {
            name
        } else {
            format!("{name} {what}")
        }
    }

    /// Returns what distinguishes a run in its batch, in one line: its variant, then the inputs
    /// that differ, with texts unnamed. If none differs, the first input that is a text or a
    /// number, or else the first user message; empty if there is none. Safe to draw.
    pub(crate) fn subject(&self, run: &RunSummary) -> String {
        joined(&variant_words(run), &self.row_name(run))
    }

    /// Returns what distinguishes a run in its batch apart from its variant. Runs of all variants
    /// with the same inputs have the same row name.
    pub(crate) fn row_name(&self, run: &RunSummary) -> String {
        let differing = self.differing(run);
        if differing.is_empty() {
            let salient = run.salient().unwrap_or_default();
            ellipsis(&sanitised(&salient), VALUE_CELLS)
        } else {
            differing
        }
    }

    /// Returns the title of a run's pane: what distinguishes it in its batch, or else all its
    /// inputs. Inputs that are the same in all runs are shown once above all panes.
    pub(crate) fn title(&self, run: &RunSummary) -> String {
        let words = joined(&variant_words(run), &self.differing(run));
        let words = if words.is_empty() {
            self.inputs_in_words(run, |_| true)
        } else {
            words
        };
        if words.is_empty() {
            return self.name(run);
        }
        self.named(run, &words)
    }

    /// Returns the inputs that are the same in all runs of a batch with several runs: `shop=north,
    /// unit=C`; empty if there are none.
    pub(crate) fn shared_inputs(&self, batch: &BatchId) -> String {
        let total = self.batches.get(batch).map_or(0, |batch| batch.total);
        let Some(differences) = self.differences.get(batch).filter(|_| total > 1) else {
            return String::new();
        };
        let inputs = differences.first.iter();
        let shared = inputs.filter(|(name, _)| !differences.differing.contains_key(*name));
        let words = shared.map(|(name, value)| in_words(name, value, None));
        words.collect::<Vec<_>>().join(", ")
    }

    /// Returns the inputs in which the runs of a batch differ; empty if there are none.
    fn differing(&self, run: &RunSummary) -> String {
        self.inputs_in_words(run, |is_differing| is_differing)
    }

    fn inputs_in_words(&self, run: &RunSummary, is_wanted: impl Fn(bool) -> bool) -> String {
        let differences = self.differences.get(&run.batch);
        let shared = |name: &str| differences.and_then(|of| of.differing.get(name)).copied();
        let words = run.plan.inputs.iter().filter_map(|(name, value)| {
            let shared = shared(name);
            is_wanted(shared.is_some()).then(|| in_words(name, value, shared))
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Joins two texts with a dot if neither is empty.
fn joined(first: &str, second: &str) -> String {
    match (first, second) {
        ("", only) | (only, "") => only.to_owned(),
        (first, second) => format!("{first} \u{b7} {second}"),
    }
}

/// Returns the mark of runs with a replaced tool that called no real tool; empty for others.
fn stubbed(run: &RunSummary) -> &'static str {
    if run.terms.stubbed.is_empty() {
        ""
    } else {
        "stubbed"
    }
}

/// Returns the name of a variant of a spec: `a` for the first.
pub(crate) fn variant_letter(variant: usize) -> String {
    letters(variant, b'a')
}

/// Returns the variant of a run with its letter on the Compare screen: `b qwen3`; empty if the spec
/// was not varied.
fn variant_words(run: &RunSummary) -> String {
    let value = sanitised(&run.terms.variant_value()).replace('\n', " ");
    let value = ellipsis(&value, VALUE_CELLS);
    match run.plan.variant {
        Some(variant) if !value.is_empty() => format!("{} {value}", variant_letter(variant)),
        Some(_) | None => value,
    }
}

/// Returns an input in one line. A text that differs is unnamed, and a long prefix common to all
/// runs is left out.
fn in_words(name: &str, value: &Value, shared: Option<usize>) -> String {
    match (value, shared) {
        (Value::String(text), Some(shared)) if !text.is_empty() => {
            let cut = if shared < MIN_SHARED {
                0
            } else {
                // Back to the beginning of the word that differs.
                word_start(text, shared)
            };
            let rest = sanitised(text.get(cut..).unwrap_or(text));
            let lead = if cut > 0 { "\u{2026}" } else { "" };
            ellipsis(&format!("{lead}{rest}"), VALUE_CELLS)
        }
        (Value::String(text), None) if !text.is_empty() => {
            let text = ellipsis(&sanitised(text), VALUE_CELLS);
            format!("{}={text}", sanitised(name))
        }
        (other, _) => {
            let text = ellipsis(&sanitised(&other.to_string()), VALUE_CELLS);
            format!("{}={text}", sanitised(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(rows: &[Value]) -> Differences {
        let mut rows = rows.iter().map(|row| row.as_object().unwrap());
        let mut differences = Differences::of(rows.next().unwrap());
        rows.for_each(|row| differences.add(row));
        differences
    }

    #[test]
    fn what_differs_is_found_as_runs_are_added() {
        let of = differences(&[
            json!({"city": "Paris", "unit": "C", "days": 1}),
            json!({"city": "Paris", "unit": "C", "days": 2}),
            json!({"city": "Parma", "unit": "C"}),
        ]);
        let expected = [("city".to_owned(), 3), ("days".to_owned(), 0)];
        assert_eq!(of.differing, BTreeMap::from(expected));
    }

    #[test]
    fn a_long_beginning_that_all_share_is_left_out() {
        let text = json!("Tell me about the weather in São Paulo");
        let shared = "Tell me about the weather in S".len();
        assert_eq!(in_words("ask", &text, Some(shared)), "\u{2026}São Paulo");
        assert_eq!(in_words("ask", &json!("Paris"), Some(2)), "Paris");
        assert_eq!(in_words("days", &json!(3), Some(0)), "days=3");
        assert_eq!(in_words("unit", &json!("C"), None), "unit=C");
    }
}

//! The filter of the run table: `state:failed tool:get_weather paris`.

use crate::runs::{KeptRun, RunSummary};
use crate::trace::RunState;
use crate::tui::glyphs::state_word;
use crate::tui::runs_model::RunsModel;

/// The filter word for runs that differ from most.
const LEAVES: &str = "leaves:most";

/// The terms that a run must all match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui::screens::runs) struct Filter {
    terms: Vec<Term>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// `state:` and the beginning of a state's name or word.
    State(String),
    /// `tool:` and a part of the name of a called tool.
    Tool(String),
    /// A part of the label, the inputs, the outputs, the error or the last message.
    Text(String),
    /// `leaves:` with any value: the run differs from most runs of its batch.
    Leaves,
    /// `-` before any other term.
    Not(Box<Term>),
}

impl Filter {
    /// Parses any text. Words without a known key are searched for as they are, ignoring case.
    pub(in crate::tui::screens::runs) fn parse(text: &str) -> Self {
        let words = text.split_whitespace();
        Self {
            terms: words
                .map(|word| Term::parse(&word.to_lowercase()))
                .collect(),
            text: text.trim().to_owned(),
        }
    }

    pub(in crate::tui::screens::runs) const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns the filter as it was typed.
    pub(in crate::tui::screens::runs) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a run that is retried will match while it is queued.
    pub(in crate::tui::screens::runs) fn keeps_again(&self, run: &RunSummary) -> bool {
        self.terms.iter().all(|term| term.fits_again(run))
    }

    /// Whether a run matches.
    pub(in crate::tui::screens::runs) fn keeps(&self, run: &KeptRun, runs: &RunsModel) -> bool {
        self.terms.iter().all(|term| term.fits(run, runs))
    }

    /// Whether the filter keeps only runs that differ from most.
    pub(in crate::tui::screens::runs) fn is_of_leaving(&self) -> bool {
        self.terms.contains(&Term::Leaves)
    }

    /// Returns the filter with [`LEAVES`] added or removed.
    pub(in crate::tui::screens::runs) fn with_leaving(&self, is_wanted: bool) -> Self {
        let words = self.text.split_whitespace();
        let is_other = |word: &&str| Term::parse(&word.to_lowercase()) != Term::Leaves;
        let others = words.filter(is_other);
        let words: Vec<&str> = others.chain(is_wanted.then_some(LEAVES)).collect();
        Self::parse(&words.join(" "))
    }
}

impl Term {
    fn parse(word: &str) -> Self {
        if let Some(rest) = word.strip_prefix('-')
            && !rest.is_empty()
        {
            return Self::Not(Box::new(Self::parse(rest)));
        }
        match word.split_once(':') {
            Some(("state", name)) => Self::State(name.replace('_', " ")),
            Some(("tool", name)) => Self::Tool(name.to_owned()),
            Some(("leaves", _)) => Self::Leaves,
            _ => Self::Text(word.to_owned()),
        }
    }

    fn fits(&self, run: &KeptRun, runs: &RunsModel) -> bool {
        match self {
            Self::State(name) => {
                state_word(run.state).starts_with(name)
                    || run.state.name().replace('_', " ").starts_with(name)
            }
            Self::Tool(name) => run.tools.iter().any(|tool| contains(tool, name)),
            Self::Text(text) => {
                fits_what_it_is_given(run, text)
                    || contains(&run.first_line_of_result(), text)
                    || run
                        .record()
                        .is_some_and(|record| contains(record.last_words(), text))
            }
            Self::Leaves => runs.leaving(run).is_some(),
            Self::Not(term) => !term.fits(run, runs),
        }
    }

    fn fits_again(&self, run: &RunSummary) -> bool {
        match self {
            Self::State(name) => state_word(RunState::Queued).starts_with(name),
            Self::Tool(_) | Self::Leaves => false,
            Self::Text(text) => fits_what_it_is_given(run, text),
            Self::Not(term) => !term.fits_again(run),
        }
    }
}

fn fits_what_it_is_given(run: &RunSummary, text: &str) -> bool {
    let mut inputs = run.plan.inputs.values();
    contains(&run.label(), text) || inputs.any(|value| contains(&value.to_string(), text))
}

/// Whether a text contains another one, which must be in lower case, ignoring case.
fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(part)
}

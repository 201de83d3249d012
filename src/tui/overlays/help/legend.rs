//! The meanings of the symbols and the numbers on each screen.

use super::KeyRow;
use crate::base::clock::Timestamp;
use crate::trace::RunState;
use crate::tui::action::KeyContext;
use crate::tui::glyphs::{Glyphs, state_word};

/// Returns the symbols of a screen with their meanings.
pub(super) fn signs_of(group: KeyContext, glyphs: &Glyphs) -> Vec<KeyRow> {
    let sign = |sign: &str, meaning| (sign.to_owned(), meaning);
    match group {
        KeyContext::SpecsTree => vec![
            sign(glyphs.agent, "An agent"),
            sign(glyphs.flow, "A flow"),
            sign(glyphs.team, "A team: a swarm, or a manager and its workers"),
            sign(
                glyphs.component,
                "Another component: a model, a tool, a set",
            ),
            sign(glyphs.ok, "Nothing is wrong in it"),
            sign(
                glyphs.error,
                "The number of problems that keep it from running",
            ),
            sign(glyphs.warning, "The number of warnings"),
            sign(
                glyphs.not_runnable,
                "It can be edited and exported, but not run yet",
            ),
            sign(glyphs.unsaved, "It has unsaved edits"),
            sign(
                glyphs.leaves,
                "The file on disk has changed since its edits began",
            ),
        ],
        KeyContext::Runs => {
            let states = RunState::ALL.iter();
            let states = states.map(|state| {
                let at = Timestamp::default();
                (glyphs.state(*state, at).to_owned(), state_word(*state))
            });
            states.collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the meanings of the numbers on a screen.
pub(super) const fn words_of(group: KeyContext) -> &'static [(&'static str, &'static str)] {
    match group {
        KeyContext::Runs => &[
            ("A#1", "The first run of batch A; each batch counts from 1"),
            (
                "time",
                "How long a run was active: not queued, not paused, not waiting for you",
            ),
            (
                "~tok, tok/s",
                "While a model writes, estimated at 4 characters a token; then as it counts",
            ),
        ],
        KeyContext::RunsByTurn => &[(
            "\u{2260}",
            "Here the run differs from the majority of the runs that agreed with it so far",
        )],
        KeyContext::CompareMatrix => &[(
            "success",
            "Of the runs that ended by themselves or ran out of time, how many finished or answered",
        )],
        KeyContext::Inspect => &[(
            "times",
            "Of the time that the run was active, as everywhere; a bar is thin where it waited or was paused",
        )],
        _ => &[],
    }
}

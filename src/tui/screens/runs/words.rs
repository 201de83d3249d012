//! Texts about a run or a batch that several parts of the screen use.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::runs::{BatchRecord, BudgetLevel, Did, KeptRun, Leaving};
use crate::trace::RunState;
use crate::tui::app::ViewContext;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::runs_model::Tally;

/// The time after which the screen shows for how long a run has been doing the same thing.
const STUCK_AFTER: Duration = Duration::from_secs(3);

/// Returns the current activity of a run: `model`, `tool kb_search`, with its duration if it takes
/// long: `model 1:40`, `waiting for gpt-4o 0:07`; for a pause before a retry, the remaining time:
/// `retry in 12 s: 429`. Empty if there is none.
pub(super) fn doing(run: &KeptRun, now: Timestamp) -> String {
    if let Some(until) = run.doing_until {
        let left = until.since(now).as_secs_f64().ceil();
        return sanitised(&run.doing).replacen("retry", &format!("retry in {left} s"), 1);
    }
    let since = run.doing_since.unwrap_or(now);
    // A wait for what another run holds is no time of this one, but it lasts.
    let lasts = match run.record() {
        Some(record) if run.state != RunState::Queued => record.active_between(since, None, now),
        _ => now.since(since),
    };
    let is_long = lasts >= STUCK_AFTER;
    let doing = match (
        run.doing.as_str(),
        run.record().and_then(|record| record.silent_model()),
    ) {
        ("llm", Some(model)) if is_long => format!("waiting for {}", sanitised(model)),
        ("llm", _) => "model".to_owned(),
        (other, _) => sanitised(other),
    };
    let doing = doing.replace('\n', " ");
    if !is_long || doing.is_empty() {
        return doing;
    }
    format!("{doing} {}", duration::short(lasts))
}

/// Returns the current activity of a run within `room` cells. If the text is cut, the number at its
/// end is kept.
pub(super) fn doing_in(run: &KeptRun, now: Timestamp, room: usize) -> String {
    let words = doing(run, now);
    if width_cells(&words) <= room {
        return words;
    }
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    match words.rsplit_once(' ') {
        Some((what, number)) if is_number(number) && width_cells(number) + 3 <= room => {
            format!(
                "{} {number}",
                ellipsis(what, room - width_cells(number) - 1)
            )
        }
        _ => ellipsis(&words, room),
    }
}

/// Returns what most runs did at the step at which a run differs from them: `11 of 12 called
/// search`.
pub(super) fn leaving_words(leaving: &Leaving) -> String {
    let Leaving { majority, of, .. } = leaving;
    let tool = |tool: &str| sanitised(tool).replace('\n', " ");
    match &leaving.did {
        Did::Called(name) => format!("{majority} of {of} called {}", tool(name)),
        Did::OtherArguments(name) => {
            let name = tool(name);
            format!("{majority} of {of} called {name} with other arguments")
        }
        Did::Ended => format!("{majority} of {of} called nothing more"),
    }
}

/// Returns the reason why a batch is paused, and whether its tools were replaced, each with a blank
/// before it; empty if neither applies.
pub(super) fn marks(batch: &BatchRecord) -> String {
    let stubbed = if batch.terms.stubs.is_empty() {
        ""
    } else {
        " stubbed"
    };
    format!("{stubbed}{}", held(batch))
}

/// Returns the reason why a batch is paused, with a blank before it; empty if it is not.
fn held(batch: &BatchRecord) -> &'static str {
    let is_spent = batch
        .budget
        .is_some_and(|budget| budget.level == BudgetLevel::Spent);
    match (batch.is_paused, batch.canary) {
        _ if batch.ended_at.is_some() => "",
        (true, _) if is_spent => " budget spent",
        (true, _) => " paused",
        (false, Some(_)) => " canary",
        (false, None) => "",
    }
}

/// The states in the order in which their counts are shown, each with a rank; a higher rank is more
/// important to a person.
const COUNTED: [(RunState, u8); RunState::ALL.len()] = [
    (RunState::Finished, 6),
    (RunState::Answered, 5),
    (RunState::Running, 7),
    (RunState::NeedsInput, 9),
    (RunState::Paused, 2),
    (RunState::Queued, 4),
    (RunState::Failed, 8),
    (RunState::TimedOut, 3),
    (RunState::Cancelled, 1),
    (RunState::Interrupted, 0),
];

/// Returns the number of runs in each state, in the state's colour: `✓ 9  ⠋ 4`, or with words. If
/// there is not enough room, whole counts are left out, the least important first.
pub(in crate::tui::screens) fn counts<'a>(
    tally: &Tally,
    has_words: bool,
    room: usize,
    look: &ViewContext<'_>,
) -> Line<'a> {
    let mut counts: Vec<(u8, Span<'a>)> = COUNTED
        .into_iter()
        .filter(|(state, _)| tally.count(*state) > 0)
        .map(|(state, rank)| {
            let sign = look.glyphs.state(state, look.context.now);
            let count = tally.count(state);
            let words = if has_words {
                let word = match state {
                    RunState::NeedsInput if count > 1 => "need you",
                    state => state_word(state),
                };
                format!("{sign} {count} {word}  ")
            } else {
                format!("{sign} {count}  ")
            };
            let role = state_role(state);
            let style = if state == RunState::NeedsInput {
                look.theme.bold(role)
            } else {
                look.theme.style(role)
            };
            (rank, Span::styled(words, style))
        })
        .collect();
    // The blanks after the last one may be cut.
    let width =
        |counts: &[(u8, Span<'a>)]| counts.iter().map(|(_, span)| span.width()).sum::<usize>();
    while width(&counts) > room + 2 {
        let ranks = counts.iter().enumerate().map(|(at, (rank, _))| (*rank, at));
        let Some((_, least)) = ranks.min() else {
            break;
        };
        counts.remove(least);
    }
    counts.into_iter().map(|(_, span)| span).collect()
}

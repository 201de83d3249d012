//! What several parts of the screen say of a run or a batch.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::base::clock::Timestamp;
use crate::base::text::sanitised;
use crate::runs::RunRecord;
use crate::trace::RunState;
use crate::tui::app::Look;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::runs_model::Tally;
use crate::tui::widgets::duration;

/// How long a run does the same before it is told since when.
const STUCK_AFTER: Duration = Duration::from_secs(3);

/// What a run does: `model`, `tool kb_search`, and how long already where it takes its time:
/// `model 1:40`. Empty if nothing.
pub(super) fn doing(run: &RunRecord, now: Timestamp) -> String {
    let doing = match run.doing.as_str() {
        "llm" => "model".to_owned(),
        other => sanitised(other).replace('\n', " "),
    };
    let since = run.doing_since.unwrap_or(now);
    // A wait for what another run holds is no time of this one, but it lasts.
    let lasts = if run.state == RunState::Queued {
        now.since(since)
    } else {
        run.active_between(since, None, now)
    };
    if lasts < STUCK_AFTER || doing.is_empty() {
        return doing;
    }
    format!("{doing} {}", duration::short(lasts))
}

/// How many runs are in each state, each in the state's colour: `✓ 9  ⠋ 4`, or with its word.
pub(super) fn counts<'a>(tally: &Tally, has_words: bool, look: &Look<'_>) -> Line<'a> {
    let order = [
        RunState::Finished,
        RunState::Answered,
        RunState::Running,
        RunState::NeedsInput,
        RunState::Paused,
        RunState::Queued,
        RunState::Failed,
        RunState::TimedOut,
        RunState::Cancelled,
        RunState::Interrupted,
    ];
    let mut spans = Vec::new();
    for state in order {
        let count = tally.count(state);
        if count == 0 {
            continue;
        }
        let sign = look.glyphs.state(state, look.context.now);
        let words = if has_words {
            format!("{sign} {count} {}  ", state_word(state))
        } else {
            format!("{sign} {count}  ")
        };
        let role = state_role(state);
        let style = if state == RunState::NeedsInput {
            look.theme.bold(role)
        } else {
            look.theme.style(role)
        };
        spans.push(Span::styled(words, style));
    }
    Line::from(spans)
}

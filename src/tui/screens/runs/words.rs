//! What several parts of the screen say of a run or a batch.

use ratatui::text::{Line, Span};

use crate::base::clock::Timestamp;
use crate::base::text::sanitised;
use crate::runs::RunRecord;
use crate::trace::RunState;
use crate::tui::app::Look;
use crate::tui::glyphs::{state_role, state_word};
use crate::tui::runs_model::Tally;
use crate::tui::widgets::duration;

/// What a run does, and since when: `model 1:40`, `tool kb_search 2:05`. Empty if nothing.
pub(super) fn waits_for(run: &RunRecord, now: Timestamp) -> String {
    let Some(since) = run.doing_since else {
        return String::new();
    };
    let doing = if run.doing == "llm" {
        "model"
    } else {
        &run.doing
    };
    format!("{} {}", sanitised(doing), duration::short(now.since(since)))
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

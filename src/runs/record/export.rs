//! Exports of a run as text.

use crate::base::clock::Timestamp;
use crate::runs::{Content, RunRecord, one_line, pretty, run_end, run_object, to_markdown};
use crate::trace::{JsonLines, RunState};

/// The format of a run's export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFormat {
    /// The result object of `flowdeck run --format json`.
    Json,
    /// Every event as a line of JSON, followed by the result (Agent Spec Tracing).
    JsonLines,
    /// Markdown with the conversation.
    Markdown,
}

impl RunFormat {
    /// Writes a run in its state at `now`. The time depends on the length of the run.
    pub fn write(self, run: &RunRecord, now: Timestamp) -> String {
        match self {
            Self::Json => pretty(&run_object(run, now, Content::Kept)) + "\n",
            Self::Markdown => to_markdown(run, now),
            Self::JsonLines => {
                let mut writer = JsonLines::new(false);
                let mut text = String::new();
                for line in run.log.iter().filter_map(|event| writer.line(event)) {
                    text.push_str(&line.to_string());
                    text.push('\n');
                }
                // One that has answered has a result, even if it may be written to again.
                if run.is_over() || run.state == RunState::Answered {
                    text.push_str(&one_line(&run_end(run, now, Content::Kept)));
                    text.push('\n');
                }
                text
            }
        }
    }
}

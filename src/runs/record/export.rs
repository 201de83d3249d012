//! A run written as a text that leaves the program.

use crate::base::clock::Timestamp;
use crate::runs::{Content, RunRecord, one_line, pretty, run_end, run_object, to_markdown};
use crate::trace::{JsonLines, RunState};

/// A format that a run is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFormat {
    /// The result object of `flowdeck run --format json`.
    Json,
    /// Every event as a line of JSON, and at last the result (Agent Spec Tracing).
    JsonLines,
    /// The conversation, to be read.
    Markdown,
}

impl RunFormat {
    /// Writes a run as it is at `now`. Takes as long as the run is long.
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

//! Symbols beside words, for states, files and folds, in Unicode and in ASCII.

use std::time::Duration;

use ratatui::symbols::border;

use crate::base::clock::Timestamp;
use crate::trace::RunState;
use crate::tui::theme::Role;

/// The symbols of one character set. Every symbol is one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Frames of the spinner.
    spinner: &'static [&'static str],
    /// The symbols of the states in the order of [`RunState::ALL`]; the spinner is used for
    /// `running`.
    states: [&'static str; 10],
    /// A file with unsaved text.
    pub unsaved: &'static str,
    /// Success.
    pub ok: &'static str,
    /// A problem.
    pub error: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// Leads to the previous choice.
    pub turn_back: &'static str,
    /// Leads to the next choice.
    pub turn_on: &'static str,
    /// A line break, in a text that is shown in one line.
    pub line_break: &'static str,
    /// A spec that can be edited, but not run yet.
    pub not_runnable: &'static str,
    /// An open fold.
    pub open: &'static str,
    /// A closed fold.
    pub closed: &'static str,
    /// An agent.
    pub agent: &'static str,
    /// A flow.
    pub flow: &'static str,
    /// A swarm or other team.
    pub team: &'static str,
    /// Another component.
    pub component: &'static str,
    /// A separator between two parts of a line.
    pub dot: &'static str,
    /// Marks that there is more below the view.
    pub more_below: &'static str,
    /// Marks that there is more above the view.
    pub more_above: &'static str,
    /// The part of a scroll bar that shows where the view is.
    pub thumb: &'static str,
    /// Full block of a bar.
    pub bar: &'static str,
    /// The finished part of a batch.
    pub progress: &'static str,
    /// The remaining part of a batch.
    pub progress_rest: &'static str,
    /// The heights of a sparkline, the lowest first; the first is blank.
    pub sparks: [&'static str; 9],
    /// An arrow to a result.
    pub arrow: &'static str,
    /// An arrow to the agent that takes over the conversation.
    pub hand_over: &'static str,
    /// Marks a difference.
    pub leaves: &'static str,
    /// Connects a remark with the text above it.
    pub elbow: &'static str,
    /// The end of a text that is still being streamed.
    pub caret: &'static str,
    /// Frames of panes.
    pub border: border::Set<'static>,
}

/// The signs for terminals that show Unicode.
pub(crate) const UNICODE: Glyphs = Glyphs {
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    states: ["·", "⠋", "?", "‖", "◆", "✓", "✗", "■", "◷", "↯"],
    unsaved: "●",
    ok: "✓",
    error: "✗",
    warning: "!",
    turn_back: "‹",
    turn_on: "›",
    line_break: "↵",
    not_runnable: "⊘",
    open: "▾",
    closed: "▸",
    agent: "◇",
    flow: "▭",
    team: "❖",
    component: "○",
    dot: "·",
    more_below: "↓",
    more_above: "↑",
    thumb: "▐",
    bar: "█",
    progress: "━",
    progress_rest: "─",
    sparks: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    arrow: "→",
    hand_over: "⇒",
    leaves: "≠",
    elbow: "└",
    caret: "▌",
    border: border::PLAIN,
};

/// The symbols for all other terminals (`--ascii`).
pub(crate) const ASCII: Glyphs = Glyphs {
    spinner: &["|", "/", "-", "\\"],
    states: [".", "|", "?", "=", "@", "+", "x", "#", "%", "~"],
    unsaved: "*",
    ok: "+",
    error: "x",
    warning: "!",
    turn_back: "<",
    turn_on: ">",
    line_break: "$",
    not_runnable: "-",
    open: "v",
    closed: ">",
    agent: "a",
    flow: "f",
    team: "t",
    component: "o",
    dot: "-",
    more_below: "v",
    more_above: "^",
    thumb: "#",
    bar: "#",
    progress: "=",
    progress_rest: "-",
    sparks: [" ", "_", ".", "-", ":", "=", "+", "*", "#"],
    arrow: ">",
    hand_over: "=",
    leaves: "!",
    elbow: "`",
    caret: "_",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// The time for which one frame of the spinner is shown.
pub(crate) const SPINNER_STEP: Duration = Duration::from_millis(100);

impl Glyphs {
    /// Returns the spinner's frame at a time.
    pub(crate) fn spinner(&self, now: Timestamp) -> &'static str {
        let step = now.as_ns() / u64::try_from(SPINNER_STEP.as_nanos()).unwrap_or(u64::MAX);
        let index = usize::try_from(step).unwrap_or(0) % self.spinner.len();
        self.spinner[index]
    }

    /// Returns the symbol of a state; for `running`, the spinner's frame at a time.
    pub(crate) fn state(&self, state: RunState, now: Timestamp) -> &'static str {
        if state == RunState::Running {
            return self.spinner(now);
        }
        let index = RunState::ALL.iter().position(|other| *other == state);
        self.states[index.unwrap_or(0)]
    }
}

/// Special characters in the program's own texts that are not in [`Glyphs`], and their ASCII
/// replacements.
const IN_WORDS: [(&str, &str); 6] = [
    ("…", "~"),
    ("·", "-"),
    ("→", ">"),
    ("—", "-"),
    ("×", "x"),
    ("≠", "!"),
];

/// Returns the replacement for a character if only ASCII is drawn; `None` if the character stays.
pub(crate) fn in_ascii(sign: &str) -> Option<&'static str> {
    let known = IN_WORDS.iter().find(|(other, _)| *other == sign);
    known.map(|(_, ascii)| *ascii)
}

/// Returns the colour of a state.
pub(crate) const fn state_role(state: RunState) -> Role {
    match state {
        RunState::Queued | RunState::Cancelled | RunState::Paused => Role::Muted,
        RunState::Running => Role::Accent,
        RunState::NeedsInput | RunState::Interrupted => Role::Warning,
        RunState::Answered | RunState::Finished => Role::Success,
        RunState::Failed | RunState::TimedOut => Role::Error,
    }
}

/// Returns the word for a state on the screen: `needs you`.
pub(crate) const fn state_word(state: RunState) -> &'static str {
    match state {
        RunState::NeedsInput => "needs you",
        RunState::TimedOut => "timed out",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::width_cells;

    #[test]
    fn every_sign_takes_one_cell_and_ascii_is_ascii() {
        for glyphs in [&UNICODE, &ASCII] {
            for sign in glyphs.states.iter().chain(glyphs.spinner) {
                assert_eq!(width_cells(sign), 1, "{sign}");
            }
        }
        assert!(format!("{ASCII:?}").is_ascii());
    }

    #[test]
    fn the_spinner_turns_with_time() {
        let at = |ms: u64| UNICODE.state(RunState::Running, Timestamp::from_ns(ms * 1_000_000));
        assert_eq!((at(0), at(99), at(100), at(1_000)), ("⠋", "⠋", "⠙", "⠋"));
        assert_eq!(UNICODE.state(RunState::Failed, Timestamp::default()), "✗");
    }
}

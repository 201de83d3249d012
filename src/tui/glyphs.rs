//! Signs beside words: for states, files and folds, in Unicode and in ASCII.

use std::time::Duration;

use ratatui::symbols::border;

use crate::base::clock::Timestamp;
use crate::trace::RunState;
use crate::tui::theme::Role;

/// The signs of one character set. Every sign is one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Frames of the spinner.
    spinner: &'static [&'static str],
    /// By state, in the order of [`RunState::ALL`]; the spinner is used for `running`.
    states: [&'static str; 10],
    /// A file with unsaved text.
    pub unsaved: &'static str,
    /// All is well.
    pub ok: &'static str,
    /// A problem.
    pub error: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// To the choice before this one.
    pub turn_back: &'static str,
    /// To the choice after this one.
    pub turn_on: &'static str,
    /// The end of a line, in a text that is shown in one.
    pub line_break: &'static str,
    /// A spec that can be edited, but not run yet.
    pub not_runnable: &'static str,
    /// A fold that is open.
    pub open: &'static str,
    /// A fold that is closed.
    pub closed: &'static str,
    /// An agent.
    pub agent: &'static str,
    /// A flow.
    pub flow: &'static str,
    /// A swarm or other team.
    pub team: &'static str,
    /// Another component.
    pub component: &'static str,
    /// Between two parts of one line.
    pub dot: &'static str,
    /// Marks that there is more below the view.
    pub more_below: &'static str,
    /// Marks that there is more above the view.
    pub more_above: &'static str,
    /// The part of a scroll bar that shows where the view is.
    pub thumb: &'static str,
    /// Full block of a bar.
    pub bar: &'static str,
    /// A part of a batch that is done.
    pub progress: &'static str,
    /// A part of a batch that is to come.
    pub progress_rest: &'static str,
    /// The heights of a sparkline, the lowest first; the first is nothing at all.
    pub sparks: [&'static str; 9],
    /// An arrow to a result.
    pub arrow: &'static str,
    /// An arrow to who is given the conversation.
    pub hand_over: &'static str,
    /// Marks what is not as elsewhere.
    pub leaves: &'static str,
    /// From a remark up to the text that it is about.
    pub elbow: &'static str,
    /// Where streamed text grows.
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

/// The signs for every other terminal (`--ascii`).
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

/// How long one frame of the spinner is shown.
pub(crate) const SPINNER_STEP: Duration = Duration::from_millis(100);

impl Glyphs {
    /// The spinner at a moment.
    pub(crate) fn spinner(&self, now: Timestamp) -> &'static str {
        let step = now.as_ns() / u64::try_from(SPINNER_STEP.as_nanos()).unwrap_or(u64::MAX);
        let index = usize::try_from(step).unwrap_or(0) % self.spinner.len();
        self.spinner[index]
    }

    /// The sign of a state; of `running` the spinner at a moment.
    pub(crate) fn state(&self, state: RunState, now: Timestamp) -> &'static str {
        if state == RunState::Running {
            return self.spinner(now);
        }
        let index = RunState::ALL.iter().position(|other| *other == state);
        self.states[index.unwrap_or(0)]
    }
}

/// Signs of words that are ours but no glyphs of [`Glyphs`], and their replacements in ASCII.
const IN_WORDS: [(&str, &str); 6] = [
    ("…", "~"),
    ("·", "-"),
    ("→", ">"),
    ("—", "-"),
    ("×", "x"),
    ("≠", "!"),
];

/// Returns the replacement for a sign where only ASCII is drawn; none if it is to stay.
pub(crate) fn in_ascii(sign: &str) -> Option<&'static str> {
    let known = IN_WORDS.iter().find(|(other, _)| *other == sign);
    known.map(|(_, ascii)| *ascii)
}

/// The colour of a state.
pub(crate) const fn state_role(state: RunState) -> Role {
    match state {
        RunState::Queued | RunState::Cancelled | RunState::Paused => Role::Muted,
        RunState::Running => Role::Accent,
        RunState::NeedsInput | RunState::Interrupted => Role::Warning,
        RunState::Answered | RunState::Finished => Role::Success,
        RunState::Failed | RunState::TimedOut => Role::Error,
    }
}

/// The word of a state on the screen: `needs you`.
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

//! The optional features of a terminal.

use std::io::{self, Write};

use crossterm::event::{
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::queue;

use crate::base::text::sanitised;

/// The optional features of a terminal, as far as the environment names them.
///
/// The terminal itself is not queried: some terminals never answer, and an answer would arrive
/// between the keys. An unknown terminal counts as one without the features. Synchronized output,
/// focus events and bracketed paste need no entry here, because a terminal without them ignores the
/// request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Whether the terminal distinguishes keys that look alike to others, such as `ctrl-i` and
    /// `tab` (the protocol of kitty).
    has_exact_keys: bool,
    /// Whether the terminal can show a program's message as a notification (OSC 9); others have a
    /// bell.
    has_messages: bool,
    /// Whether text can be a link (OSC 8).
    has_links: bool,
}

impl Features {
    /// Reads the features from `TERM`, `TERM_PROGRAM` and variables that single terminals set.
    /// `variable` returns the value of a variable.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let program = variable("TERM_PROGRAM").unwrap_or_default();
        let is_in_multiplexer = ["tmux", "screen"].iter().any(|name| term.starts_with(name))
            || program == "tmux"
            || variable("STY").is_some();
        let is_bare = matches!(term.as_str(), "" | "dumb" | "linux");
        // A multiplexer lies between: it has the keys, and drops what it does not know.
        if is_in_multiplexer || is_bare {
            return Self {
                has_links: !is_bare,
                ..Self::default()
            };
        }
        let is_program = |names: &[&str]| names.contains(&program.as_str());
        let is_kitty = term == "xterm-kitty" || variable("KITTY_WINDOW_ID").is_some();
        let is_ghostty = term == "xterm-ghostty" || is_program(&["ghostty"]);
        let is_foot = term.starts_with("foot");
        Self {
            has_exact_keys: is_kitty
                || is_ghostty
                || is_foot
                || term.starts_with("alacritty")
                || is_program(&["WezTerm", "iTerm.app", "rio"]),
            has_messages: is_kitty
                || is_ghostty
                || is_foot
                || is_program(&["WezTerm", "iTerm.app"]),
            has_links: true,
        }
    }

    /// Whether text can be a link.
    pub(crate) const fn has_links(self) -> bool {
        self.has_links
    }

    /// Requests exact keys if the terminal supports them.
    pub(super) fn ask_for_keys(self, out: &mut impl Write) -> io::Result<()> {
        if self.has_exact_keys {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
            queue!(out, PushKeyboardEnhancementFlags(flags))?;
        }
        Ok(())
    }

    /// Reverts [`Features::ask_for_keys`].
    pub(super) fn give_keys_back(self, out: &mut impl Write) -> io::Result<()> {
        if self.has_exact_keys {
            queue!(out, PopKeyboardEnhancementFlags)?;
        }
        Ok(())
    }

    /// Signals a person who looks elsewhere: by a message, or else by the bell.
    pub(super) fn call(self, words: &str, out: &mut impl Write) -> io::Result<()> {
        if self.has_messages {
            let words = sanitised(words).replace('\n', " ");
            write!(out, "\u{1b}]9;{words}\u{1b}\\")?;
        } else {
            write!(out, "\u{7}")?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(set: &[(&str, &str)]) -> Features {
        Features::from_environment(|name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn has(keys: bool, messages: bool, links: bool) -> Features {
        Features {
            has_exact_keys: keys,
            has_messages: messages,
            has_links: links,
        }
    }

    #[test]
    fn terminals_are_known_by_what_they_say_of_themselves() {
        let kitty = [("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "1")];
        assert_eq!(features(&kitty), has(true, true, true));
        let wezterm = [("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")];
        assert_eq!(features(&wezterm), has(true, true, true));
        assert_eq!(features(&[("TERM", "alacritty")]), has(true, false, true));
        assert_eq!(
            features(&[("TERM", "xterm-256color")]),
            has(false, false, true)
        );
        // Whatever is around it, tmux has the keys.
        let in_tmux = [("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")];
        assert_eq!(features(&in_tmux), has(false, false, true));
        assert_eq!(features(&[("TERM", "linux")]), has(false, false, false));
        assert_eq!(features(&[]), has(false, false, false));
    }

    #[test]
    fn what_is_asked_for_is_given_back_and_nothing_is_asked_of_others() {
        let written = |features: Features| {
            let mut out = Vec::new();
            features.ask_for_keys(&mut out).unwrap();
            features.give_keys_back(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(has(true, false, false)), "\u{1b}[>1u\u{1b}[<1u");
        assert_eq!(written(has(false, true, true)), "");
    }

    #[test]
    fn a_call_is_a_message_or_the_bell_and_acts_on_nothing_else() {
        let called = |features: Features| {
            let mut out = Vec::new();
            features
                .call("A#5\u{1b}[2J needs\n\u{7}you", &mut out)
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            called(has(false, true, false)),
            "\u{1b}]9;A#5 needs you\u{1b}\\"
        );
        assert_eq!(called(has(true, false, true)), "\u{7}");
    }
}

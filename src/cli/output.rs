//! The output of commands: data on standard output, text for people on standard error.
//!
//! No other file of the command line uses these streams. Everything that is written here is made
//! safe for a terminal, wherever it goes, so that the same command writes the same bytes to a
//! terminal, a pipe and a file. Only formats without escapes for characters, such as CSV, are
//! written unchanged to pipes and files.

use std::io::{self, IsTerminal, Write};

use super::arguments::{ColorChoice, GlobalArguments};
use super::outcome::{Exit, Stop};
use crate::base::text::{is_hazardous, json_escaped, printable, sanitised};
use crate::spec::diagnostic::Colours;

/// The two output streams and their settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// Whether notes and progress are left out; errors are always written.
    pub(super) is_quiet: bool,
    /// The colours of standard output.
    pub(super) data_colours: Colours,
    /// The colours of standard error.
    pub(super) notes_colours: Colours,
    /// Whether standard error is a terminal; progress is only drawn there.
    pub(super) is_notes_terminal: bool,
}

impl Output {
    /// Makes the output from options and environment.
    pub(super) fn from_environment(arguments: &GlobalArguments) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let wishes = Wishes {
            choice: arguments.color,
            has_no_color: is_set("NO_COLOR"),
            is_forced: std::env::var_os("CLICOLOR_FORCE")
                .is_some_and(|value| !value.is_empty() && value != "0"),
            is_dumb: std::env::var_os("TERM").is_some_and(|value| value == "dumb"),
        };
        Self {
            is_quiet: arguments.quiet,
            data_colours: wishes.colours(io::stdout().is_terminal()),
            notes_colours: wishes.colours(io::stderr().is_terminal()),
            is_notes_terminal: io::stderr().is_terminal(),
        }
    }

    /// Makes an output without colours.
    pub(super) fn plain() -> Self {
        Self {
            is_quiet: false,
            data_colours: Colours::Off,
            notes_colours: Colours::Off,
            is_notes_terminal: false,
        }
    }

    /// Returns the output without redrawn progress.
    pub(super) const fn without_progress(self) -> Self {
        Self {
            is_notes_terminal: false,
            ..self
        }
    }

    /// Writes a line for people, unless the output is quiet.
    pub(super) fn note(self, text: &str) {
        if !self.is_quiet {
            write_note(&format!("{}\n", sanitised(text)));
        }
    }

    /// Writes lines for people that already end in a line break, unless the output is quiet.
    pub(super) fn note_block(self, text: &str) {
        if !self.is_quiet {
            write_note(text);
        }
    }

    /// Writes a warning.
    pub(super) fn warning(self, text: &str) {
        let head = self.painted("33;1", "warning");
        write_note(&format!("{head}: {}\n", sanitised(text)));
    }

    /// Writes the error that ends a command.
    pub(super) fn stop(self, stop: &Stop) {
        if stop.message.is_empty() {
            return;
        }
        tracing::error!(exit = stop.exit.code(), "{}", stop.message);
        let head = self.painted("31;1", "error");
        let mut text = format!("{head}: {}\n", sanitised(&stop.message));
        if let Some(help) = &stop.help {
            let help_head = self.painted("36;1", "help");
            text = format!("{text}  {help_head}: {}\n", sanitised(help));
        }
        write_note(&text);
    }

    fn painted(self, code: &str, text: &str) -> String {
        match self.notes_colours {
            Colours::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colours::Off => text.to_owned(),
        }
    }
}

#[expect(
    clippy::unused_self,
    reason = "it is written by whoever holds the output, whatever that is set to"
)]
impl Output {
    /// Writes text data without colours.
    ///
    /// # Errors
    /// A [`Stop`] that ends the command; without a message if the reader has gone.
    pub(super) fn data(self, text: &str) -> Result<(), Stop> {
        write_data(&sanitised(text))
    }

    /// Writes text data that may contain the program's own colours; foreign text in it must already
    /// be sanitised.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(super) fn painted_data(self, text: &str) -> Result<(), Stop> {
        write_data(&printable(text))
    }

    /// Writes JSON data without changing its values.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(super) fn json(self, text: &str) -> Result<(), Stop> {
        write_data(&json_escaped(text))
    }

    /// Writes data of a format without escapes: unchanged to a pipe or a file, with JSON's escapes
    /// to a terminal.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub(super) fn exact(self, text: &str) -> Result<(), Stop> {
        if io::stdout().is_terminal() {
            self.json(text)
        } else {
            write_data(text)
        }
    }

    /// Writes a question for a person.
    pub(super) fn question(self, text: &str) {
        write_note(&sanitised(text));
    }

    /// Writes problems for people even if the output is quiet, because an error follows that refers
    /// to them.
    pub(super) fn problems(self, text: &str) {
        if !text.is_empty() {
            write_note(text);
        }
    }
}

/// Prints clap's message, which quotes the arguments: requested help and version to standard
/// output, errors of usage to standard error.
pub(super) fn usage(error: &clap::Error) -> Exit {
    let rendered = error.render();
    let is_terminal = if error.use_stderr() {
        io::stderr().is_terminal()
    } else {
        io::stdout().is_terminal()
    };
    let plain = rendered.to_string();
    // Colours that a person typed can't be told from those of the message.
    let text = if is_terminal
        && std::env::var_os("NO_COLOR").is_none()
        && !plain.chars().any(|c| c != '\n' && is_hazardous(c))
    {
        rendered.ansi().to_string()
    } else {
        sanitised(&plain)
    };
    if error.use_stderr() {
        write_note(&text);
        return Exit::Usage;
    }
    match write_data(&printable(&text)) {
        Ok(()) => Exit::Success,
        Err(stop) => {
            Output::plain().stop(&stop);
            stop.exit
        }
    }
}

/// Prints the report of a panic.
pub(super) fn panic_report(report: &str) {
    write_note(&format!("{report}\n"));
}

/// # Errors
/// As [`Output::data`].
fn write_data(text: &str) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Writes to standard error; a closed stream is ignored, because nobody would see a report of it.
fn write_note(text: &str) {
    let _closed = io::stderr().lock().write_all(printable(text).as_bytes());
}

/// The inputs of the decision about colours.
#[derive(Clone, Copy, Debug)]
struct Wishes {
    choice: ColorChoice,
    has_no_color: bool,
    is_forced: bool,
    is_dumb: bool,
}

impl Wishes {
    /// Decides about colours. Source: <https://no-color.org> and <https://bixense.com/clicolors>;
    /// the option has priority.
    fn colours(self, is_terminal: bool) -> Colours {
        let is_on = match self.choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if self.has_no_color => false,
            ColorChoice::Auto if self.is_forced => true,
            ColorChoice::Auto => is_terminal && !self.is_dumb,
        };
        if is_on { Colours::On } else { Colours::Off }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_terminal() {
        let auto = Wishes {
            choice: ColorChoice::Auto,
            has_no_color: false,
            is_forced: false,
            is_dumb: false,
        };
        let choice = |choice| Wishes { choice, ..auto };
        let cases = [
            (auto, true, Colours::On),
            (auto, false, Colours::Off),
            (
                Wishes {
                    is_dumb: true,
                    ..auto
                },
                true,
                Colours::Off,
            ),
            (
                Wishes {
                    has_no_color: true,
                    ..auto
                },
                true,
                Colours::Off,
            ),
            (
                Wishes {
                    is_forced: true,
                    ..auto
                },
                false,
                Colours::On,
            ),
            (choice(ColorChoice::Always), false, Colours::On),
            (choice(ColorChoice::Never), true, Colours::Off),
        ];
        for (wishes, is_terminal, expected) in cases {
            assert_eq!(wishes.colours(is_terminal), expected, "{wishes:?}");
        }
    }
}

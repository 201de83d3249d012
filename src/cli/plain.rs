//! The mode `flowdeck --plain`: the workbench as lines of text, for screen readers and Braille
//! displays.
//!
//! Lines are only appended and never redrawn, and every choice is a number. A choice becomes a
//! command line, which is printed before it is executed, so that everything done here can be
//! repeated with the commands.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::context::Context;
use super::kept;
use super::outcome::{Exit, Stop};
use super::typed;
use crate::base::files::read_text;
use crate::base::ids::BatchId;
use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::base::written::Written;
use crate::profile::{Example, ProfileFile};
use crate::runs::HistoryReader;
use crate::spec::language::{AgenticComponent, Flow};
use crate::spec::{Component, LoadOptions, load};
use crate::workspace::{self, Workspace};

/// The choices, by number.
const CHOICES: [&str; 6] = [
    "run a spec",
    "check all specs",
    "draw a spec as a graph",
    "list past runs",
    "show the last run",
    "resume the last batch that was interrupted",
];

/// Runs until the person quits or the input ends.
pub(super) async fn run(workspace: &Workspace, context: &Context) -> Result<Exit, Stop> {
    let plain = Plain {
        root: &workspace.root,
        context: Context {
            folder: Some(workspace.root.clone()),
            output: context.output.without_progress(),
            ..context.clone()
        },
    };
    plain.say(&format!(
        "flowdeck in plain lines, on {}",
        workspace.root.display()
    ));
    let mut only = workspace.file.clone();
    loop {
        let chosen = match only.take() {
            // One file that was named is what is wanted.
            Some(file) => Some(plain.command_of_run(&file).await?),
            None => plain.choose().await?,
        };
        let Some(arguments) = chosen else {
            return Ok(Exit::Success);
        };
        if !arguments.is_empty() {
            plain.carry_out(&arguments).await;
        }
    }
}

struct Plain<'w> {
    root: &'w Path,
    context: Context,
}

impl Plain<'_> {
    fn say(&self, text: &str) {
        self.context.output.question(&format!("{text}\n"));
    }

    /// Asks a question and returns the typed line; `None` if the input has ended.
    async fn ask(&self, question: &str) -> Option<String> {
        self.context.output.question(question);
        let line = typed::next_line().await.ok().flatten()?;
        Some(line.trim().to_owned())
    }

    /// Returns the chosen command line, empty if there is nothing to do; `None` to quit.
    async fn choose(&self) -> Result<Option<Vec<String>>, Stop> {
        let choices: Vec<String> = CHOICES.iter().map(|&choice| choice.to_owned()).collect();
        let words = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
        let spec = match self.number("What next?", &choices).await {
            Some(at @ (0 | 2)) => match self.choose_spec().await {
                Some(Some(spec)) if at == 0 => return self.command_of_run(&spec).await.map(Some),
                spec => spec,
            },
            Some(1) => return Ok(words(&["validate", "."])),
            Some(3) => return Ok(words(&["history", "list"])),
            Some(4) => return Ok(words(&["history", "show", "last"])),
            Some(5) => {
                if let Some(batch) = self.interrupted()? {
                    return Ok(words(&["run", "--resume", batch.as_str()]));
                }
                self.say("No batch of this folder was interrupted.");
                Some(None)
            }
            Some(_) | None => None,
        };
        Ok(spec.map(|spec| {
            spec.map_or_else(Vec::new, |spec| vec!["graph".to_owned(), self.shown(&spec)])
        }))
    }

    /// Returns the newest batch with interrupted runs.
    fn interrupted(&self) -> Result<Option<BatchId>, Stop> {
        let file = kept::file(&self.context);
        if !file.path().exists() {
            return Ok(None);
        }
        let batches = HistoryReader::open(&file)
            .and_then(|reader| reader.interrupted(&self.context.workspace().to_string_lossy()))
            .map_err(|error| kept::stop(&error))?;
        Ok(batches.into_iter().next().map(|found| found.batch))
    }

    /// Asks for one of several choices and returns its index; `None` to quit or if the input has
    /// ended.
    async fn number(&self, question: &str, choices: &[String]) -> Option<usize> {
        let mut text = format!("\n{question}\n");
        for (at, choice) in choices.iter().enumerate() {
            // Writing to a string never fails.
            let _ = writeln!(text, "{}  {choice}", at + 1);
        }
        text.push_str("q  quit\n");
        self.context.output.question(&text);
        loop {
            let answer = self.ask("> ").await?;
            if matches!(answer.as_str(), "q" | "quit") {
                return None;
            }
            let number: Option<usize> = answer.parse().ok();
            if let Some(at) = number.and_then(|number| number.checked_sub(1))
                && at < choices.len()
            {
                return Some(at);
            }
            self.say(&format!(
                "Write a number from 1 to {}, or q.",
                choices.len()
            ));
        }
    }

    /// Asks for a spec. The inner `None` means that there is no spec, the outer one to quit.
    async fn choose_spec(&self) -> Option<Option<PathBuf>> {
        let found = workspace::discover(self.root);
        if found.files.is_empty() {
            self.say(
                "There is no spec in this folder. `flowdeck new agent agent.yaml` writes one.",
            );
            return Some(None);
        }
        let names: Vec<String> = found
            .files
            .iter()
            .map(|file| self.shown(&file.path))
            .collect();
        let of = format!("Which of {}?", counted(names.len(), "spec"));
        let at = self.number(&of, &names).await?;
        Some(found.files.get(at).map(|file| file.path.clone()))
    }

    /// Returns a path in the form used in this mode.
    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        sanitised(&path.display().to_string())
    }

    /// Asks for the inputs of a spec and returns the command line that runs it.
    async fn command_of_run(&self, path: &Path) -> Result<Vec<String>, Stop> {
        let mut arguments = vec!["run".to_owned(), self.shown(path)];
        let text = read_text(path).map_err(|error| Stop::from_error(Exit::Failed, &error))?;
        let Some(component) = load(&text, &LoadOptions::default()).component else {
            // The command says what is wrong.
            return Ok(arguments);
        };
        let example = ProfileFile::find_and_read(self.root)
            .ok()
            .and_then(|file| file.example(path).cloned())
            .unwrap_or_default();
        for input in component.inputs() {
            let title = input.title().to_owned();
            let offered = example.input.get(&title).map(|written| match written {
                Written::Plain(value) => shown_value(value),
                other => other.to_string(),
            });
            let offered = offered.or_else(|| input.default().map(shown_value));
            let said = input
                .description()
                .map_or_else(String::new, |said| format!(", {said}"));
            let question = format!("{title}, {}{said}", input.type_text());
            let value = loop {
                let Some(value) = self.value(&question, offered.as_deref()).await else {
                    return Ok(Vec::new());
                };
                if !value.is_empty() || offered.is_some() {
                    break value;
                }
                self.say(&format!("`{title}` has no default: it needs a value"));
            };
            if !value.is_empty() {
                arguments.extend(["--input".to_owned(), format!("{title}={value}")]);
            }
        }
        if takes_message(&component) {
            let question = "Your message; leave it empty to let the agent begin";
            let offered = offered_message(&example);
            let Some(message) = self.value(question, offered.as_deref()).await else {
                return Ok(Vec::new());
            };
            if !message.is_empty() {
                arguments.extend(["--message".to_owned(), message]);
            }
        }
        Ok(arguments)
    }

    /// Asks for a value; an empty line takes the suggested one. `None` if the input has ended.
    async fn value(&self, question: &str, offered: Option<&str>) -> Option<String> {
        let beside = offered.map_or_else(String::new, |offered| format!(" [{offered}]"));
        let answer = self
            .ask(&format!("{}{}: ", sanitised(question), sanitised(&beside)))
            .await?;
        if answer.is_empty() {
            return Some(offered.unwrap_or_default().to_owned());
        }
        Some(answer)
    }

    /// Prints a command line and executes it.
    async fn carry_out(&self, arguments: &[String]) {
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        self.say(&format!("\nflowdeck {}", words.join(" ")));
        let line = std::iter::once("flowdeck").chain(arguments.iter().map(String::as_str));
        let read = Arguments::read(line.map(OsString::from));
        let done = match read {
            Ok((arguments, _)) => Box::pin(super::execute(arguments, &self.context)).await,
            Err(error) => Err(Stop::usage(error.to_string())),
        };
        match done {
            Ok(Exit::Success) => {}
            Ok(exit) => self.say(&format!("It ended with {}.", exit.code())),
            Err(stop) => self.context.output.stop(&stop),
        }
    }
}

/// Whether a component begins with a message of the user.
fn takes_message(component: &Component) -> bool {
    component.is::<AgenticComponent>() && !component.is::<Flow>()
}

/// Returns a suggested message that needs no row of a file.
fn offered_message(example: &Example) -> Option<String> {
    let message = example.message.clone()?;
    (!message.contains("{{") || example.inputs.is_none()).then_some(message)
}

fn shown_value(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns a word quoted for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_takes_them() {
        assert_eq!(quoted("city=Paris"), "city=Paris");
        assert_eq!(quoted("it's wet"), "'it'\\''s wet'");
        assert_eq!(quoted(""), "''");
    }
}

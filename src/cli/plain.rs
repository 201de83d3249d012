//! `flowdeck --plain`: the workbench in lines, for those who listen to a terminal or read it on a Braille display.
//!
//! Lines are only ever added, nothing is drawn over, and every choice is a number. A choice becomes a command line, which is
//! written before it is carried out: what is done here is what the commands do, and can be done again by them.

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

/// What can be done, each on its number.
const CHOICES: [&str; 6] = [
    "run a spec",
    "check all specs",
    "draw a spec as a graph",
    "list past runs",
    "show the last run",
    "resume the last batch that was interrupted",
];

/// Goes on until the person quits or there is nobody any more.
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

    /// What is written behind a question; none when there is nobody any more.
    async fn ask(&self, question: &str) -> Option<String> {
        self.context.output.question(question);
        let line = typed::next_line().await.ok().flatten()?;
        Some(line.trim().to_owned())
    }

    /// The command line that is chosen, nothing of it where nothing is to be done; none to quit.
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

    /// The newest batch in which runs were interrupted.
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

    /// The place of one of these; none to quit, or when there is nobody any more.
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

    /// The spec that is chosen; none inside where there is none, none outside to quit.
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

    /// A path as it is written here.
    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.root).unwrap_or(path);
        sanitised(&path.display().to_string())
    }

    /// Asks for what a spec takes, and gives the command line that runs it.
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

    /// A value; an empty line takes what is offered. None when there is nobody any more.
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

    /// Writes a command line and carries it out.
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

/// Whether a component begins with what a user says.
fn takes_message(component: &Component) -> bool {
    component.is::<AgenticComponent>() && !component.is::<Flow>()
}

/// A message that needs no row of a file.
fn offered_message(example: &Example) -> Option<String> {
    let message = example.message.clone()?;
    (!message.contains("{{") || example.inputs.is_none()).then_some(message)
}

fn shown_value(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A word as a shell takes it.
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

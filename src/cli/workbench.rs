//! `flowdeck [PATH]`: the workbench.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::spec::suggest;

/// Opens the workbench on a folder or a file.
pub(super) async fn run(paths: &[PathBuf], context: &Context) -> Result<Exit, Stop> {
    let path = check(paths, context)?;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Stop::usage("the workbench needs a terminal")
            .with_help(format!("these work without one: {}", commands().join(", "))));
    }
    std::future::ready(path).await;
    Err(Stop::usage("the workbench is not part of this build"))
}

/// The path to open, which must be there.
fn check(paths: &[PathBuf], context: &Context) -> Result<Option<PathBuf>, Stop> {
    let Some(first) = paths.first() else {
        return Ok(None);
    };
    let path = context.resolved(first);
    if !path.exists() {
        let names = commands();
        let written = first.display().to_string();
        let stop = Stop::usage(format!(
            "`{written}` is neither a command nor a file or folder"
        ));
        let close = suggest::closest(&written, names.iter().map(String::as_str));
        return Err(match close {
            Some(name) => stop.with_help(format!("did you mean `{name}`?")),
            None => stop.with_help(format!("the commands are {}", names.join(", "))),
        });
    }
    if let Some(second) = paths.get(1) {
        return Err(Stop::usage(format!(
            "the workbench opens one PATH, and `{}` is a second one",
            second.display()
        )));
    }
    Ok(Some(path))
}

fn commands() -> Vec<String> {
    super::definition()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}

//! The command line: one file for each command. Its names, fields and exit codes are relied on by
//! scripts.
//!
//! Standard output carries data only; what people read goes to standard error. Without a terminal
//! there is no screen and no question, and a closed pipe is quiet.

mod arguments;
mod completions;
mod context;
mod diff;
mod docs;
mod export;
mod graph;
mod history;
mod info;
mod kept;
mod limits;
mod logging;
mod man;
mod mock_llm;
mod nats;
mod new;
mod open;
mod outcome;
mod output;
mod plain;
mod profiles;
mod run;
mod serve;
mod spec_source;
mod typed;
mod validate;
mod workbench;
mod worker;
mod workers;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;

use self::arguments::{Arguments, Command, ScreenOptions};
use self::context::Context;
use self::nats::NatsOptions;
use self::outcome::{Exit, Stop};
use self::output::Output;

/// Runs the program with its arguments, of which the first is the program's name. Returns the exit
/// code.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let (arguments, named) = match Arguments::read(arguments) {
        Ok(read) => read,
        Err(error) => return output::usage(&error).into(),
    };
    let output = Output::from_environment(&arguments.global);
    match Box::pin(dispatch(arguments, &named, output)).await {
        Ok(exit) => exit.into(),
        Err(stop) => {
            output.stop(&stop);
            stop.exit.into()
        }
    }
}

/// Prints the report of a panic, without characters that could control a terminal.
pub fn print_panic_report(report: &str) {
    output::panic_report(report);
}

/// Prints why the program can't start.
pub fn refuse(reason: &str) -> ExitCode {
    let stop = Stop::new(Exit::Failed, reason);
    Output::plain().stop(&stop);
    stop.exit.into()
}

async fn dispatch(arguments: Arguments, named: &[PathBuf], output: Output) -> Result<Exit, Stop> {
    let context = Context::new(&arguments.global, output)?;
    let is_workbench = arguments.command.is_none();
    logging::start(&arguments.global, &context, named, is_workbench)?;
    limits::raise_descriptor_limit();
    Box::pin(execute(arguments, &context)).await
}

/// Executes a parsed command line.
async fn execute(arguments: Arguments, context: &Context) -> Result<Exit, Stop> {
    if let (Some(_), Some(path)) = (&arguments.command, arguments.paths.first()) {
        return Err(Stop::usage(format!(
            "`{}` comes before the command: PATH is for the workbench only",
            path.display()
        )));
    }
    if arguments.serve.is_none() && arguments.place != serve::Place::default() {
        return Err(Stop::usage("there is nothing to serve")
            .with_help("name a spec by `--serve SPEC`, or write `flowdeck serve SPEC …`"));
    }
    match arguments.command {
        Some(_) if arguments.screen != ScreenOptions::default() => Err(Stop::usage(
            "`--ascii`, `--no-mouse` and `--plain` before a command are for the workbench only",
        )),
        None => {
            let served = (arguments.serve.as_deref(), &arguments.place);
            let how = (arguments.screen, &arguments.nats);
            workbench::run(&arguments.paths, Vec::new(), how, served, context).await
        }
        Some(_) if arguments.nats != NatsOptions::default() => Err(Stop::usage(
            "`--nats` and `--pool` before a command are for the workbench only",
        )),
        Some(_) if arguments.serve.is_some() => Err(Stop::usage(
            "`--serve` is for the workbench only; use the command `serve`",
        )),
        Some(Command::Run(options)) => run::run(&options, context).await,
        Some(Command::History(options)) => history::run(&options, context).await,
        Some(Command::Docs(options)) => docs::run(&options, context),
        Some(Command::Info(options)) => info::run(options, context),
        Some(Command::Completions(options)) => completions::run(options, context),
        Some(Command::Validate(options)) => validate::run(&options, context),
        Some(Command::Export(options)) => export::run(&options, context),
        Some(Command::Diff(options)) => diff::run(&options, context),
        Some(Command::Graph(options)) => graph::run(&options, context),
        Some(Command::New(options)) => new::run(&options, context),
        Some(Command::Open(options)) => Box::pin(open::run(&options, context)).await,
        Some(Command::Profiles(options)) => profiles::run(&options, context).await,
        Some(Command::Serve(options)) => serve::run(&options, context).await,
        Some(Command::Worker(options)) => Box::pin(worker::run(&options, context)).await,
        Some(Command::Workers(options)) => workers::run(&options, context).await,
        Some(Command::MockLlm(options)) => mock_llm::run(&options, context).await,
        Some(Command::Man) => man::run(context),
    }
}

/// Returns clap's definition of the whole command line, for completions and the man page.
fn definition() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_consistent() {
        super::definition().debug_assert();
    }
}

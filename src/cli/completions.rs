//! The command `flowdeck completions`, which prints a shell's completions.

use clap::Args;
use clap_complete::Shell;

use super::context::Context;
use super::outcome::{Exit, Stop};

/// Options of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Options {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub(super) fn run(options: Options, context: &Context) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut super::definition(),
        "flowdeck",
        &mut script,
    );
    context.output.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}

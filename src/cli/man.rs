//! The command `flowdeck man`, which prints the man page.

use std::io;

use super::context::Context;
use super::outcome::{Exit, Stop};

/// Prints one page: the program, followed by each command.
pub(super) fn run(context: &Context) -> Result<Exit, Stop> {
    let definition = super::definition();
    let mut page = Vec::new();
    clap_mangen::Man::new(definition.clone()).render(&mut page)?;
    sections(&definition, "flowdeck", &mut page)?;
    context.output.data(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}

/// Adds a section for each subcommand of a command, each followed by its own subcommands.
fn sections(parent: &clap::Command, path: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for command in parent.get_subcommands() {
        let name = format!("{path} {}", command.get_name());
        let named = command.clone().display_name(&name).bin_name(&name);
        let man = clap_mangen::Man::new(named);
        page.extend_from_slice(format!(".SH {}\n", name.to_uppercase()).as_bytes());
        man.render_description_section(page)?;
        man.render_options_section(page)?;
        sections(command, &name, page)?;
    }
    Ok(())
}

//! `flowdeck man`: the man page.

use super::context::Context;
use super::outcome::{Exit, Stop};

/// Prints one page: the program, then each command.
pub(super) fn run(context: &Context) -> Result<Exit, Stop> {
    let definition = super::definition();
    let mut page = Vec::new();
    clap_mangen::Man::new(definition.clone()).render(&mut page)?;
    for command in definition.get_subcommands() {
        let name = format!("flowdeck {}", command.get_name());
        let command = command.clone().display_name(&name).bin_name(&name);
        let man = clap_mangen::Man::new(command);
        page.extend_from_slice(format!(".SH {}\n", name.to_uppercase()).as_bytes());
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    context.output.data(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}

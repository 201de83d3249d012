//! The command `flowdeck graph`, which draws a flow, an agent or a team as boxes and edges.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::Context;
use super::info;
use super::outcome::{Exit, Stop};
use super::spec_source;
use crate::spec::LoadOptions;
use crate::spec::graph::{DrawOptions, GraphOptions, dot, draw, graph_of, mermaid};

/// Options of `graph`.
#[derive(Args, Clone, Debug)]
pub(super) struct Options {
    /// The spec; `-` is standard input
    #[arg(value_name = "SPEC")]
    spec: PathBuf,

    /// What to write
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,

    /// Also draw the data edges
    #[arg(long)]
    data: bool,

    /// Also draw the flows, agents and teams inside boxes, to this depth
    #[arg(long, value_name = "LEVELS", default_value_t = 0)]
    depth: usize,

    /// How wide a drawing may be [default: the terminal's width, else 120]
    #[arg(long, value_name = "CELLS")]
    width: Option<usize>,

    /// Draw with ASCII only
    #[arg(long)]
    ascii: bool,

    /// A file of components and values that the spec refers to
    #[arg(long = "component", value_name = "FILE")]
    components: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Boxes drawn in characters
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// A Graphviz digraph
    Dot,
}

/// The maximum width of a drawing if the output is not a terminal, in cells.
const WIDTH_CELLS: usize = 120;

/// Prints the graph.
pub(super) fn run(options: &Options, context: &Context) -> Result<Exit, Stop> {
    let (_, component) = spec_source::valid(
        &options.spec,
        &options.components,
        LoadOptions::default(),
        "it can't be drawn",
        context,
    )?;
    let graph_options = GraphOptions {
        has_data: options.data,
        has_values: false,
        depth: options.depth,
    };
    let graph = graph_of(&component, graph_options)
        .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
    let text = match options.format {
        Format::Mermaid => mermaid(&graph),
        Format::Dot => dot(&graph),
        Format::Text => {
            let width = options.width.or_else(crate::tui::terminal::width_cells);
            let drawing = draw(
                &graph,
                DrawOptions {
                    max_width_cells: Some(width.unwrap_or(WIDTH_CELLS)),
                    // A file or another program gets what it would get anywhere.
                    is_ascii: options.ascii || io::stdout().is_terminal() && !info::is_unicode(),
                    has_marks: false,
                },
            );
            drawing.rows.join("\n") + "\n"
        }
    };
    context.output.painted_data(&text)?;
    Ok(Exit::Success)
}

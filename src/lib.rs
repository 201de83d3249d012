//! flowdeck: an async runtime for Oracle's Open Agent Specification ("Agent Spec"), and a terminal
//! workbench for it.
//!
//! A document describes an agent or a flow in YAML or JSON. [`spec`] loads documents, reports their
//! problems and writes them; [`profile`] binds models and tools on this machine; [`runtime`]
//! executes one run (start with [`runtime::Engine`]); [`runs`] executes many concurrently and keeps
//! their records; the private module `tui` shows them side by side. [`a2a`] has the wire types of
//! the Agent2Agent protocol.
//!
//! The modules form a layered graph, which `ARCHITECTURE.md` describes and a test checks. Public
//! modules are the library; everything else belongs to the program.

pub mod a2a;
pub mod conversation;
pub mod llm;
pub mod profile;
pub mod runs;
pub mod runtime;
pub mod spec;
pub mod tools;
pub mod trace;

mod base;
mod cli;
#[cfg(feature = "nats")]
mod fleet;
mod net;
mod otlp;
mod serve;
mod settings;
mod tui;
mod workspace;

/// Contains the examples of the library's documentation page, so that they run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;

/// The program, for its `main.rs` and for the tests and benches of this package. Not part of the
/// library's stable API.
#[doc(hidden)]
pub mod program {
    pub use crate::base::files::{ReadError, read_text_from};
    pub use crate::cli::{print_panic_report, refuse, run};
    pub use crate::settings::Settings;
    pub use crate::tui::app::{Fixed, Startup};
    pub use crate::tui::event_loop::{Console, Services, on_this_thread, run_on};
    pub use crate::tui::history::PastRuns;
    pub use crate::tui::launches::Launches;
    pub use crate::tui::remembered::Remembered;
    pub use crate::tui::runs_model::RunsModel;
    pub use crate::tui::terminal::{Features, Screen};
    pub use crate::tui::theme::{ColourDepth, Theme};
    pub use crate::workspace::{Trust, Workspace};
}

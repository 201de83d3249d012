//! flowdeck: an async runtime for Oracle's Open Agent Specification ("Agent Spec"), and the
//! workbench for it in the terminal.
//!
//! A document says in YAML or JSON what an agent or a flow is. [`spec`] reads it, reports its
//! problems and writes it back; [`profile`] says what its models and tools are bound to here;
//! [`runtime`] executes one run of it (start with [`runtime::Engine`]); [`runs`] launches many under a
//! bound and keeps their records; `tui`, which is private, shows them side by side. [`a2a`] has the wire types of the
//! Agent2Agent protocol.
//!
//! The modules form a layered graph, which `ARCHITECTURE.md` explains and a test keeps. What is public of
//! them is the library; the rest is the program's.

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

/// Holds the examples of the library's page, so that they are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;

/// The program, for its `main.rs` and for the tests and benches of this package. No part of the library: it changes
/// without notice.
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

//! flowdeck: an async runtime for Oracle's Open Agent Specification ("Agent Spec"), and the
//! workbench for it in the terminal.
//!
//! A document says in YAML or JSON what an agent or a flow is. [`spec`] reads it, tells its
//! problems and writes it back; [`profile`] says what its models and tools are bound to here;
//! [`runtime`] executes one run of it; [`runs`] launches many under a bound and keeps what they
//! do; `tui` shows them side by side.
//!
//! The modules form a layered graph; each may use only those before it in this list, as
//! `ARCHITECTURE.md` explains and a test keeps.

pub mod base;
pub mod cli;
pub mod conversation;
pub mod llm;
pub mod net;
pub mod profile;
pub mod runs;
pub mod runtime;
pub mod settings;
pub mod spec;
pub mod tools;
pub mod trace;
pub mod tui;
pub mod workspace;

//! The Inspect screen: one run as its tree of spans with times, and every side of a span.

mod detail;
mod layout;
mod spans;
mod state;
mod update;
mod view;

pub use state::State;
pub(crate) use state::prepare;
pub(crate) use update::{mouse, paste, refusal, text, update};
pub(crate) use view::draw;

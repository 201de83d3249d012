//! The Runs screen.

mod state;
mod update;
mod view;

pub use state::State;
pub(crate) use update::{mouse, next_needs_you, paste, text, update};
pub(crate) use view::draw;

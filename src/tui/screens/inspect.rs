//! The Inspect screen.

mod state;
mod update;
mod view;

pub use state::State;
pub(crate) use update::{mouse, paste, text, update};
pub(crate) use view::draw;

//! The Runs screen: the run table, and live panes of some of them.

mod answer;
mod header;
mod layout;
mod panes;
mod refusal;
mod state;
mod table;
mod update;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use refusal::refusal;
pub use state::State;
pub(crate) use state::{changes_at, prepare};
pub(crate) use update::{
    mouse, next_needs_you, paste, pictures_found, pictures_read, text, update,
};
pub(crate) use view::draw;

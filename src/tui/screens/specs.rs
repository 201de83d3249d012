//! The Specs screen: the files of a folder, an editor, the problems and the outline.

mod assist;
mod document;
mod find;
mod layout;
mod state;
mod tree;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use state::{Answer, State};
pub(crate) use update::{
    answered, changed_on_disk, drawn, job, mouse, paste, refusal, save_all, show, text, update,
};
pub(crate) use view::draw;

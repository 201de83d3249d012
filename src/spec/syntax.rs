//! Text to a tree whose every node has its place, for YAML and JSON.

mod place;

pub use self::place::{LineIndex, Place};

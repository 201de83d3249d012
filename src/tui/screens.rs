//! The screens. Each is three files: `state` (plain data), `update` (what actions do to it), `view`
//! (drawing, which changes nothing).

pub mod inspect;
pub mod runs;
pub mod specs;

/// A screen, by its number in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1: the files and the editor.
    Specs,
    /// 2: all runs, live.
    Runs,
    /// 3: one run, span by span.
    Inspect,
}

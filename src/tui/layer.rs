//! Layers: a screen, and what lies over it. The topmost has the keys; a key is an action of its innermost context that
//! binds it, or text for what has the focus.

use std::fmt::Debug;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::clock::Timestamp;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::keymap::{Key, Keymap};
use crate::tui::message::Command;

/// A screen, or a dialog, a list or a page over one.
pub(crate) trait Layer: Debug {
    /// Where keys mean something, the innermost first.
    fn contexts(&self) -> Vec<KeyContext>;

    /// Does an action.
    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command>;

    /// Takes a key that is text.
    fn text(&mut self, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Takes text that was pasted.
    fn paste(&mut self, _text: &str, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Takes a click or the wheel.
    fn mouse(&mut self, _event: MouseEvent, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Why an action would do nothing now, in words that end a sentence; none if it does something.
    fn refusal(&self, _action: Action, _context: &Context<'_>) -> Option<&'static str> {
        None
    }

    /// Returns the profile that it is bound to, in words: what a batch was launched with, what a spec would be;
    /// none where it is about nothing that is bound.
    fn bound_to(&self, _context: &Context<'_>) -> Option<String> {
        None
    }

    /// Whether it ends in a button: a notice that needs several lines then lies over the keys, and not over that.
    fn ends_in_button(&self) -> bool {
        false
    }

    /// Catches up before it is drawn: drawing changes nothing.
    fn prepare(&mut self, _context: &Context<'_>) {}

    /// When something on it changes by time alone.
    fn changes_at(&self, _context: &Context<'_>) -> Option<Timestamp> {
        None
    }

    /// Draws it. Returns where the cursor is, if a text has the focus.
    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position>;
}

/// Where a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The key is this action.
    Action(Action),
    /// The key is text for what has the focus.
    Text,
    /// Nothing takes the key.
    Nobody,
}

/// Finds where a key goes in a stack of contexts, the innermost first.
///
/// A context that takes text lets its own bindings go first, then takes every key that is text, so
/// that a letter never reaches an outer context; only ctrl-, alt- and function keys do.
pub(crate) fn route(keymap: &Keymap, contexts: &[KeyContext], key: Key) -> Route {
    for context in contexts {
        if let Some(action) = keymap.action(*context, key) {
            return Route::Action(action);
        }
        if context.takes_text() && key.is_text() {
            return Route::Text;
        }
    }
    Route::Nobody
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(contexts: &[KeyContext], key: &str, expected: Route) {
        let (keymap, _) = Keymap::new([]);
        assert_eq!(route(&keymap, contexts, key.parse().unwrap()), expected);
    }

    #[test]
    fn the_innermost_context_has_the_first_word() {
        use KeyContext::{Always, Global, Moving, Specs, SpecsEditor, SpecsTree};
        let tree = [SpecsTree, Specs, Moving, Global, Always];
        check(&tree, "enter", Route::Action(Action::Launch));
        check(&tree, "q", Route::Action(Action::Quit));
        check(&tree, "ctrl-s", Route::Action(Action::Save));
        check(&tree, "z", Route::Nobody);
        let editor = [SpecsEditor, Specs, Always];
        check(&editor, "q", Route::Text);
        check(&editor, "enter", Route::Text);
        check(&editor, "up", Route::Text);
        check(&editor, "ctrl-s", Route::Action(Action::Save));
        check(&editor, "F5", Route::Action(Action::Launch));
        check(&editor, "esc", Route::Action(Action::Back));
    }
}

//! Layers: a screen and the overlays over it. The topmost layer receives the keys. A key is an
//! action of the innermost context that binds it, or text for the focused field.

use std::fmt::Debug;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::base::clock::Timestamp;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::keymap::{Key, Keymap};
use crate::tui::message::Command;

/// A screen, or a dialog, list or page over a screen.
pub(crate) trait Layer: Debug {
    /// Returns the key contexts, the innermost first.
    fn contexts(&self) -> Vec<KeyContext>;

    /// Performs an action.
    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command>;

    /// Handles a key that is text.
    fn text(&mut self, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Handles pasted text.
    fn paste(&mut self, _text: &str, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Handles a click or the mouse wheel.
    fn mouse(&mut self, _event: MouseEvent, _context: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// Returns why an action would have no effect now, as the end of a sentence; `None` if it has
    /// an effect.
    fn refusal(&self, _action: Action, _context: &Context<'_>) -> Option<&'static str> {
        None
    }

    /// Returns the description of the profile that the layer's batch was launched with or its spec
    /// would be launched with; `None` if the layer shows neither.
    fn bound_to(&self, _context: &Context<'_>) -> Option<String> {
        None
    }

    /// Whether the layer ends with a button. A long notice then covers the keys and not the button.
    fn ends_in_button(&self) -> bool {
        false
    }

    /// Updates everything that drawing needs. Called before each drawing, because drawing changes
    /// nothing.
    fn prepare(&mut self, _context: &Context<'_>) {}

    /// Returns the next time at which something in the layer changes without an event.
    fn changes_at(&self, _context: &Context<'_>) -> Option<Timestamp> {
        None
    }

    /// Draws the layer and returns the cursor position, if a text has the focus.
    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position>;
}

/// The destination of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The key performs this action.
    Action(Action),
    /// The key is text for the focused field.
    Text,
    /// The key has no effect.
    Nobody,
}

/// Finds the destination of a key in a stack of contexts, the innermost first.
///
/// A context that takes text tries its own bindings first and then takes every key that is text, so
/// that a letter never reaches an outer context. Only keys with ctrl or alt and function keys do.
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

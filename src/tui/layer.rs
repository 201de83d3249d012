//! Who wants a key: the innermost context that binds it, or the text that has the focus.

use crate::tui::action::{Action, KeyContext};
use crate::tui::keymap::{Key, Keymap};

/// Where a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// It is this action.
    Action(Action),
    /// It is text for what has the focus.
    Text,
    /// Nobody wants it.
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

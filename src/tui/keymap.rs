//! From keys to actions: how keys are written, and which action each has in which context.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::action::{Action, ActionInfo, KeyContext};

/// A key with its modifiers, as a person writes it: `ctrl-s`, `alt-1`, `F5`, `?`, `shift-tab`.
///
/// Invariant: a character carries no shift (it is `T`, not `shift-t`), because terminals differ in
/// whether they report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Why a key could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; write `ctrl-s`, `alt-1`, `F5`, `enter` or `?`")]
pub(crate) struct KeyParseError(String);

impl Key {
    /// The key of a terminal event.
    pub(crate) fn from_event(event: &KeyEvent) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = event.modifiers & known;
        let mut code = event.code;
        if code == KeyCode::BackTab {
            code = KeyCode::Tab;
            modifiers |= KeyModifiers::SHIFT;
        }
        if let KeyCode::Char(character) = code {
            if modifiers.contains(KeyModifiers::SHIFT) && character.is_ascii_lowercase() {
                code = KeyCode::Char(character.to_ascii_uppercase());
            }
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers }
    }

    /// Whether a text field takes this key: characters, editing and cursor keys, and those that
    /// delete in the line of a shell.
    pub(crate) fn is_text(self) -> bool {
        let is_plain = (self.modifiers - KeyModifiers::SHIFT).is_empty();
        match self.code {
            KeyCode::Backspace
            | KeyCode::Delete
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Up
            | KeyCode::Down
            | KeyCode::Home
            | KeyCode::End => true,
            KeyCode::Char('k' | 'u' | 'w') if self.modifiers == KeyModifiers::CONTROL => true,
            KeyCode::Char(_)
            | KeyCode::Enter
            | KeyCode::Tab
            | KeyCode::PageUp
            | KeyCode::PageDown => is_plain,
            _ => false,
        }
    }
}

/// Names of keys that are no characters, as written and as crossterm has them.
const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl FromStr for Key {
    type Err = KeyParseError;

    fn from_str(text: &str) -> Result<Self, KeyParseError> {
        let wrong = || KeyParseError(text.to_owned());
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        loop {
            let (modifier, after) = match rest.split_once('-') {
                Some(("ctrl", after)) => (KeyModifiers::CONTROL, after),
                Some(("alt", after)) => (KeyModifiers::ALT, after),
                Some(("shift", after)) => (KeyModifiers::SHIFT, after),
                _ => break,
            };
            if after.is_empty() {
                return Err(wrong());
            }
            modifiers |= modifier;
            rest = after;
        }
        let named = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(rest));
        let mut characters = rest.chars();
        let code = match (named, characters.next(), characters.as_str()) {
            (Some((_, code)), ..) => *code,
            (None, Some(character), "") => KeyCode::Char(character),
            (None, Some('F' | 'f'), number) => match number.parse() {
                Ok(number @ 1..=24) => KeyCode::F(number),
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        Ok(Self::from_event(&KeyEvent::new(code, modifiers)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Which action each key has in each context.
#[derive(Clone, Debug)]
pub(crate) struct Keymap {
    by_key: HashMap<(KeyContext, Key), Action>,
    /// Keys of an action in a context, the first written first.
    by_action: HashMap<(KeyContext, Action), Vec<Key>>,
}

impl Keymap {
    /// The keys of the table, and in place of them those that `overrides` gives to an action's id
    /// (in all its contexts). Also says what of the overrides could not be used.
    pub(crate) fn new<'o>(
        overrides: impl IntoIterator<Item = (&'o str, &'o [String])>,
    ) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let mut chosen: HashMap<&'static str, Vec<Key>> = HashMap::new();
        for (id, keys) in overrides {
            let Some(info) = Action::TABLE.iter().find(|info| info.id == id) else {
                problems.push(format!("config.toml: there is no action `{id}`"));
                continue;
            };
            match keys.iter().map(|key| key.parse()).collect::<Result<_, _>>() {
                Ok(keys) => {
                    chosen.insert(info.id, keys);
                }
                Err(problem) => {
                    let problem: KeyParseError = problem;
                    problems.push(format!("config.toml: keys of `{id}`: {problem}"));
                }
            }
        }
        let mut keymap = Self {
            by_key: HashMap::new(),
            by_action: HashMap::new(),
        };
        // Chosen keys go first, so that a default elsewhere does not take one of them away.
        for is_chosen in [true, false] {
            for info in Action::TABLE {
                match chosen.get(info.id) {
                    Some(keys) if is_chosen => keymap.bind_everywhere(info, keys),
                    None if !is_chosen => keymap.bind_defaults(info),
                    _ => {}
                }
            }
        }
        (keymap, problems)
    }

    fn bind_everywhere(&mut self, info: &ActionInfo, keys: &[Key]) {
        for (context, _) in info.keys {
            for key in keys {
                self.bind(*context, *key, info.action);
            }
        }
    }

    fn bind_defaults(&mut self, info: &ActionInfo) {
        for (context, keys) in info.keys {
            for key in *keys {
                if let Ok(key) = key.parse() {
                    self.bind(*context, key, info.action);
                }
            }
        }
    }

    fn bind(&mut self, context: KeyContext, key: Key, action: Action) {
        self.by_key.entry((context, key)).or_insert_with(|| {
            self.by_action
                .entry((context, action))
                .or_default()
                .push(key);
            action
        });
    }

    /// The action of a key in one context.
    pub(crate) fn action(&self, context: KeyContext, key: Key) -> Option<Action> {
        self.by_key.get(&(context, key)).copied()
    }

    /// The keys of an action in one context, the first written first.
    pub(crate) fn keys(&self, context: KeyContext, action: Action) -> &[Key] {
        self.by_action
            .get(&(context, action))
            .map_or(&[], Vec::as_slice)
    }

    /// The first key that an action has in a stack of contexts, if a key of it gets through.
    pub(crate) fn key_in(&self, contexts: &[KeyContext], action: Action) -> Option<Key> {
        self.bound_in(contexts, action).map(|(_, key)| key)
    }

    /// The same, with the context that has the key.
    pub(crate) fn bound_in(
        &self,
        contexts: &[KeyContext],
        action: Action,
    ) -> Option<(KeyContext, Key)> {
        contexts.iter().find_map(|context| {
            let mut keys = self.keys(*context, action).iter().copied();
            let key = keys.find(|key| {
                crate::tui::layer::route(self, contexts, *key)
                    == crate::tui::layer::Route::Action(action)
            })?;
            Some((*context, key))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in [
            "ctrl-s",
            "alt-1",
            "F5",
            "?",
            "shift-tab",
            "enter",
            "T",
            "-",
            "ctrl--",
            "space",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for text in ["", "ctrl-", "F25", "hyper-x", "ab"] {
            assert_eq!(text.parse::<Key>(), Err(KeyParseError(text.to_owned())));
        }
    }

    #[test]
    fn shift_of_a_character_is_the_character() {
        let event = KeyEvent::new(KeyCode::Char('T'), KeyModifiers::SHIFT);
        assert_eq!(Key::from_event(&event), "T".parse().unwrap());
        let event = KeyEvent::new(KeyCode::Char('t'), KeyModifiers::SHIFT);
        assert_eq!(Key::from_event(&event), "T".parse().unwrap());
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_default_and_of_others() {
        let keys = ["T".to_owned()];
        let (keymap, problems) = Keymap::new([("notice-log", keys.as_slice())]);
        assert_eq!(problems, Vec::<String>::new());
        let key = "T".parse().unwrap();
        assert_eq!(
            keymap.action(KeyContext::Global, key),
            Some(Action::NoticeLog)
        );
        assert_eq!(
            keymap.action(KeyContext::Global, "L".parse().unwrap()),
            None
        );
        assert_eq!(keymap.keys(KeyContext::Global, Action::NextTheme), []);
    }

    #[test]
    fn what_can_not_be_used_is_told() {
        let keys = ["hyper-x".to_owned()];
        let (_, problems) = Keymap::new([("quit", keys.as_slice()), ("fly", &[])]);
        assert_eq!(
            problems,
            [
                "config.toml: keys of `quit`: `hyper-x` is no key; write `ctrl-s`, `alt-1`, `F5`, `enter` or `?`",
                "config.toml: there is no action `fly`",
            ]
        );
    }
}

//! The mapping from keys to actions: the notation of keys, and the action of each key in each
//! context.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::base::suggest::closest;
use crate::settings::ChosenKeys;
use crate::tui::action::{Action, ActionInfo, KeyContext};

/// A key with its modifiers, as a person writes it: `ctrl-s`, `alt-1`, `F5`, `?`, `shift-tab`.
///
/// Invariant: a character has no shift modifier (it is `T`, not `shift-t`), because terminals
/// differ in whether they report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The reason why the notation of a key can't be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; write `ctrl-s`, `alt-1`, `F5`, `enter` or `?`")]
pub(crate) struct KeyParseError(String);

impl Key {
    /// Returns the key of a terminal event.
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

    /// Whether the key is a character without modifiers, which is text where letters are text.
    const fn is_letter(self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }

    /// Whether a text field handles this key: characters, editing and cursor keys, and the deletion
    /// keys of a shell's line editor.
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

/// Names of keys that are not characters, with their crossterm codes.
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

/// Returns the error for an unknown action, with the name that was probably meant.
fn unknown_action(at: &str, id: &str) -> String {
    let ids = Action::TABLE.iter().map(|info| info.id);
    let meant = closest(id, ids).map(|close| format!("; did you mean `{close}`?"));
    let meant = meant.unwrap_or_else(|| "; docs/keys.md has all names".to_owned());
    format!("{at}: there is no action `{id}`{meant}")
}

/// Returns the error for a letter that is bound to an action whose contexts all take letters as
/// text.
fn letter_in_text(at: &str, info: &ActionInfo, keys: &[Key]) -> Option<String> {
    let is_text = info.keys.iter().all(|(context, _)| context.takes_text());
    let letter = keys.iter().find(|key| key.is_letter() && is_text)?;
    Some(format!(
        "{at}: `{letter}` is typed as text where `{}` works; write it with `ctrl-` or `alt-`",
        info.id
    ))
}

/// The action of each key in each context.
#[derive(Clone, Debug)]
pub(crate) struct Keymap {
    by_key: HashMap<(KeyContext, Key), Action>,
    /// The keys of an action in a context, in the order in which they are written.
    by_action: HashMap<(KeyContext, Action), Vec<Key>>,
}

impl Keymap {
    /// Makes a keymap from the table, with the user's keys in place of the defaults in all contexts
    /// of an action. Also returns the problems of the user's keys, with their lines in
    /// `config.toml`.
    pub(crate) fn new<'o>(
        overrides: impl IntoIterator<Item = (&'o str, &'o ChosenKeys)>,
    ) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let mut chosen: HashMap<&'static str, (Vec<Key>, usize)> = HashMap::new();
        for (id, of_person) in overrides {
            let at = format!("config.toml: line {}", of_person.line);
            let Some(info) = Action::TABLE.iter().find(|info| info.id == id) else {
                problems.push(unknown_action(&at, id));
                continue;
            };
            let keys = of_person.keys.iter().map(|key| key.parse());
            match keys.collect::<Result<Vec<Key>, KeyParseError>>() {
                Ok(keys) => {
                    problems.extend(letter_in_text(&at, info, &keys));
                    chosen.insert(info.id, (keys, of_person.line));
                }
                Err(problem) => problems.push(format!("{at}: keys of `{id}`: {problem}")),
            }
        }
        let mut keymap = Self {
            by_key: HashMap::new(),
            by_action: HashMap::new(),
        };
        // Chosen keys go first, so that a default elsewhere does not take one of them away.
        for info in Action::TABLE {
            if let Some((keys, line)) = chosen.get(info.id) {
                let taken = keymap.bind_everywhere(info, keys);
                problems.extend(taken.map(|(key, other)| {
                    let (id, other) = (info.id, other.info().id);
                    format!(
                        "config.toml: line {line}: `{key}` of `{id}` is given to `{other}`, too"
                    )
                }));
            }
        }
        for info in Action::TABLE {
            if !chosen.contains_key(info.id) {
                keymap.bind_defaults(info);
            }
        }
        (keymap, problems)
    }

    /// Binds these keys to an action in all its contexts. Returns the first key that another action
    /// already has.
    fn bind_everywhere(&mut self, info: &ActionInfo, keys: &[Key]) -> Option<(Key, Action)> {
        let mut taken = None;
        for (context, _) in info.keys {
            for key in keys {
                self.bind(*context, *key, info.action);
                let bound = self.action(*context, *key);
                let other = bound.filter(|bound| *bound != info.action);
                taken = taken.or(other.map(|other| (*key, other)));
            }
        }
        taken
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
        if context.takes_text() && key.is_letter() {
            return;
        }
        self.by_key.entry((context, key)).or_insert_with(|| {
            self.by_action
                .entry((context, action))
                .or_default()
                .push(key);
            action
        });
    }

    /// Returns the action of a key in one context.
    pub(crate) fn action(&self, context: KeyContext, key: Key) -> Option<Action> {
        self.by_key.get(&(context, key)).copied()
    }

    /// Returns the keys of an action in one context, in the order in which they are written.
    pub(crate) fn keys(&self, context: KeyContext, action: Action) -> &[Key] {
        self.by_action
            .get(&(context, action))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the first key of an action in a stack of contexts, if no inner context takes all its
    /// keys.
    pub(crate) fn key_in(&self, contexts: &[KeyContext], action: Action) -> Option<Key> {
        self.bound_in(contexts, action).map(|(_, key)| key)
    }

    /// Returns the first key of an action in a stack of contexts, and its context.
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

    fn chosen(keys: &[&str], line: usize) -> ChosenKeys {
        ChosenKeys {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            line,
        }
    }

    #[test]
    fn a_chosen_key_takes_the_place_of_the_default_and_of_others() {
        let (keymap, problems) = Keymap::new([("notice-log", &chosen(&["T"], 1))]);
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
    fn what_can_not_be_used_is_told_with_its_line() {
        let (keymap, problems) = Keymap::new([
            ("quit", &chosen(&["hyper-x"], 3)),
            ("next-themes", &chosen(&[], 4)),
            ("select-all", &chosen(&["x"], 5)),
            ("notice-log", &chosen(&["F9"], 6)),
            ("toggle-mouse", &chosen(&["F9"], 7)),
        ]);
        assert_eq!(
            problems,
            [
                "config.toml: line 3: keys of `quit`: `hyper-x` is not a key; write `ctrl-s`, `alt-1`, `F5`, `enter` or `?`",
                "config.toml: line 4: there is no action `next-themes`; did you mean `next-theme`?",
                "config.toml: line 5: `x` is typed as text where `select-all` works; write it with `ctrl-` or `alt-`",
                "config.toml: line 7: `F9` of `toggle-mouse` is given to `notice-log`, too",
            ]
        );
        let x = "x".parse().unwrap();
        assert_eq!(keymap.action(KeyContext::SpecsEditor, x), None);
    }
}

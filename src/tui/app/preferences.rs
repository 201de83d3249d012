//! The settings of a person, at the start and again whenever `config.toml` or a theme beside it
//! changes.

use super::State;
use super::state::Shared;
use crate::base::clock::Timestamp;
use crate::settings::{PersonFiles, Settings};
use crate::tui::action::Action;
use crate::tui::effect::{FileCommand, TerminalCommand};
use crate::tui::glyphs::{self, Glyphs};
use crate::tui::keymap::Keymap;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::terminal::Features;
use crate::tui::theme::{ColourDepth, Theme};

/// Facts that hold whatever `config.toml` says: of the terminal, and of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    /// How many colours the terminal has.
    pub depth: ColourDepth,
    /// The features of the terminal.
    pub features: Features,
    /// Whether only ASCII is drawn: the locale has no more, or `--ascii`.
    pub is_ascii: bool,
    /// Whether the mouse is left to the terminal: `--no-mouse`.
    pub no_mouse: bool,
}

impl Fixed {
    /// The signs to draw with.
    pub(super) const fn glyphs(self, settings: &Settings) -> &'static Glyphs {
        if self.is_ascii || settings.ascii {
            &glyphs::ASCII
        } else {
            &glyphs::UNICODE
        }
    }

    /// Whether the mouse is taken at the start.
    pub(super) const fn has_mouse(self, settings: &Settings) -> bool {
        !self.no_mouse && !settings.no_mouse
    }
}

/// The settings that were read from a person's files.
#[derive(Clone, Debug)]
pub(super) struct Preferences {
    pub(super) fixed: Fixed,
    /// The settings that hold.
    settings: Settings,
    /// The problems of the files that were reported last.
    problems: Vec<String>,
    /// Themes that `T` has chosen and that are on their way into the file, the oldest first.
    on_the_way: Vec<String>,
}

impl Preferences {
    pub(super) fn new(settings: Settings, fixed: Fixed) -> Self {
        Self {
            fixed,
            settings,
            problems: Vec::new(),
            on_the_way: Vec::new(),
        }
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a theme in the file is one that `T` has written there.
    fn is_our_own(&mut self, theme: Option<&str>) -> bool {
        let at = self
            .on_the_way
            .iter()
            .rposition(|name| Some(name.as_str()) == theme);
        if let Some(at) = at {
            self.on_the_way.drain(..=at);
        }
        at.is_some()
    }
}

/// The keys that settings ask for, and what of them could not be used.
pub(super) fn keymap(settings: &Settings) -> (Keymap, Vec<String>) {
    let keys = settings.keys.iter();
    Keymap::new(keys.map(|(id, keys)| (id.as_str(), keys)))
}

/// The place of the theme that settings ask for, the first one where they ask for none; or why it can't be had.
pub(super) fn theme(settings: &Settings, themes: &[Theme]) -> Result<usize, String> {
    let Some(wanted) = settings.theme.as_deref() else {
        return Ok(0);
    };
    let mut names = themes.iter().map(|theme| theme.name.as_str());
    names
        .clone()
        .position(|name| name == wanted)
        .ok_or_else(|| {
            let line = settings.theme_line.unwrap_or(1);
            let known: Vec<&str> = names.by_ref().collect();
            let known = known.join(", ");
            format!("config.toml: line {line}: there is no theme `{wanted}`; there are {known}")
        })
}

/// Looks at the files again: one of them has changed.
pub(super) fn changed(shared: &Shared) -> Vec<Command> {
    let file = shared.config_file.clone();
    let read = file.map(|file| Command::file(FileCommand::ReadSettings { file }));
    read.into_iter().collect()
}

/// Takes what the files have now. A file with a mistake changes nothing, and the mistake is
/// reported once.
pub(super) fn read(state: &mut State, files: PersonFiles, now: Timestamp) -> Vec<Command> {
    let shared = &mut state.shared;
    let name = shared.themes[shared.theme].name.clone();
    let (themes, errors) = Theme::all(&files.themes, shared.preferences.fixed.depth);
    let place = themes.iter().position(|theme| theme.name == name);
    (shared.themes, shared.theme) = (themes, place.unwrap_or(0));
    let mut problems = files.problems;
    problems.extend(errors.iter().map(ToString::to_string));
    let mut commands = Vec::new();
    if let Some(settings) = files.settings {
        let (keymap, of_keys) = keymap(&settings);
        shared.keymap = keymap;
        problems.extend(of_keys);
        let before = std::mem::replace(&mut shared.preferences.settings, settings);
        commands.extend(follow(shared, &before, &mut problems));
    }
    if problems != shared.preferences.problems {
        for problem in &problems {
            shared.notices.add(Notice::warning(problem.clone()), now);
        }
        if problems.is_empty() {
            let notice = Notice::info("config.toml and its themes are in order again");
            shared.notices.add(notice, now);
        }
        shared.preferences.problems = problems;
    }
    commands
}

/// Does what is different in the settings from what they were.
fn follow(shared: &mut Shared, before: &Settings, problems: &mut Vec<String>) -> Vec<Command> {
    let settings = shared.preferences.settings.clone();
    let is_own = shared.preferences.is_our_own(settings.theme.as_deref());
    let without_theme = |settings: &Settings| Settings {
        theme: None,
        theme_line: None,
        ..settings.clone()
    };
    match theme(&settings, &shared.themes) {
        Ok(place) if settings.theme != before.theme && !is_own => shared.theme = place,
        Ok(_) => {}
        Err(problem) => problems.push(problem),
    }
    let mut commands = Vec::new();
    if settings.no_mouse != before.no_mouse {
        shared.has_mouse = shared.preferences.fixed.has_mouse(&settings);
        commands.push(Command::terminal(TerminalCommand::SetMouse(
            shared.has_mouse,
        )));
    }
    shared.glyphs = shared.preferences.fixed.glyphs(&settings);
    let was_at_fault = !shared.preferences.problems.is_empty();
    let is_late =
        settings.history != before.history || settings.kept_detail_mib != before.kept_detail_mib;
    if is_late {
        let words = "`history` and `kept_detail_mib` of config.toml take effect at the next start";
        commands.push(Command::notify(Notice::warning(words)));
    } else if problems.is_empty()
        && !was_at_fault
        && (without_theme(&settings) != without_theme(before)
            || (settings.theme != before.theme && !is_own))
    {
        commands.push(Command::notify(Notice::info("config.toml was read again")));
    }
    commands
}

/// Switches to the next theme, and keeps it.
pub(super) fn next_theme(state: &mut State) -> Vec<Command> {
    let shared = &mut state.shared;
    shared.theme = (shared.theme + 1) % shared.themes.len();
    let name = state.theme().name.clone();
    let mut commands = vec![Command::notify(Notice::info(format!("theme {name}")))];
    if let Some(file) = state.shared.config_file.clone() {
        state.shared.preferences.on_the_way.push(name.clone());
        commands.push(Command::file(FileCommand::RememberTheme { file, name }));
    }
    commands
}

/// Returns the command that keeps the remembered things over restarts, where they have changed.
pub(super) fn remember(state: &mut State) -> Option<Command> {
    let file = state.shared.screen_file.clone()?;
    let mut remembered = state.shared.remembered.clone();
    state.screens.remember(&mut remembered);
    if remembered == state.shared.remembered_on_disk {
        return None;
    }
    state.shared.remembered_on_disk = remembered.clone();
    state.shared.remembered = remembered.clone();
    Some(Command::file(FileCommand::RememberScreen {
        file,
        remembered,
    }))
}

/// Notes that an action was chosen in the palette; moving about is no choice.
pub(super) fn chosen(state: &mut State, action: Action) {
    state.shared.remembered.note(action);
}

#[cfg(test)]
mod tests;

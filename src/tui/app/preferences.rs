//! The user's settings, read at the start and whenever `config.toml` or a theme beside it changes.

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

/// Facts about the terminal and the command line, which `config.toml` does not change.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    /// How many colours the terminal has.
    pub depth: ColourDepth,
    /// The features of the terminal.
    pub features: Features,
    /// Whether only ASCII is drawn, because the locale has no UTF-8 or because of `--ascii`.
    pub is_ascii: bool,
    /// Whether the mouse is left to the terminal: `--no-mouse`.
    pub no_mouse: bool,
}

impl Fixed {
    /// Returns the character set to draw with.
    pub(super) const fn glyphs(self, settings: &Settings) -> &'static Glyphs {
        if self.is_ascii || settings.ascii {
            &glyphs::ASCII
        } else {
            &glyphs::UNICODE
        }
    }

    /// Whether the mouse is captured at the start.
    pub(super) const fn has_mouse(self, settings: &Settings) -> bool {
        !self.no_mouse && !settings.no_mouse
    }
}

/// The settings read from the user's files.
#[derive(Clone, Debug)]
pub(super) struct Preferences {
    pub(super) fixed: Fixed,
    /// The current settings.
    settings: Settings,
    /// The problems of the files that were reported last.
    problems: Vec<String>,
    /// Themes that the `T` key has chosen and that are not yet saved in the file, the oldest first.
    on_the_way: Vec<String>,
}

impl Preferences {
    /// The settings at the start, with the problems that are reported then.
    pub(super) fn new(settings: Settings, fixed: Fixed, problems: Vec<String>) -> Self {
        Self {
            fixed,
            settings,
            problems,
            on_the_way: Vec::new(),
        }
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the theme in the file is one that the `T` key has saved there.
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

/// Returns the configured keymap, and the problems of entries that can't be used.
pub(super) fn keymap(settings: &Settings) -> (Keymap, Vec<String>) {
    let keys = settings.keys.iter();
    Keymap::new(keys.map(|(id, keys)| (id.as_str(), keys)))
}

/// Returns the index of the configured theme, or of the first theme if none is configured. An
/// unknown theme is an error, and so is one whose file is among the known problems.
pub(super) fn theme(
    settings: &Settings,
    themes: &[Theme],
    problems: &[String],
) -> Result<usize, String> {
    let Some(wanted) = settings.theme.as_deref() else {
        return Ok(0);
    };
    let mut names = themes.iter().map(|theme| theme.name.as_str());
    names
        .clone()
        .position(|name| name == wanted)
        .ok_or_else(|| {
            let line = settings.theme_line.unwrap_or(1);
            let file = format!("themes/{wanted}.toml:");
            if problems.iter().any(|problem| problem.starts_with(&file)) {
                return format!(
                    "config.toml: line {line}: theme `{wanted}` has a mistake, so it is not used"
                );
            }
            let known: Vec<&str> = names.by_ref().collect();
            let known = known.join(", ");
            format!("config.toml: line {line}: there is no theme `{wanted}`; there are {known}")
        })
}

/// Reads the files again, because one of them has changed.
pub(super) fn changed(shared: &Shared) -> Vec<Command> {
    let file = shared.config_file.clone();
    let read = file.map(|file| Command::file(FileCommand::ReadSettings { file }));
    read.into_iter().collect()
}

/// Applies the new contents of the files. A file with a mistake changes nothing, and the mistake is
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

/// Applies the differences between the old and the new settings.
fn follow(shared: &mut Shared, before: &Settings, problems: &mut Vec<String>) -> Vec<Command> {
    let settings = shared.preferences.settings.clone();
    let is_own = shared.preferences.is_our_own(settings.theme.as_deref());
    let without_theme = |settings: &Settings| Settings {
        theme: None,
        theme_line: None,
        ..settings.clone()
    };
    match theme(&settings, &shared.themes, problems) {
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

/// Switches to the next theme and saves the choice.
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

/// Returns the command that saves the layout for the next start, if it has changed.
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

/// Records an action that was chosen in the palette; movement doesn't count.
pub(super) fn chosen(state: &mut State, action: Action) {
    state.shared.remembered.note(action);
}

#[cfg(test)]
mod tests;

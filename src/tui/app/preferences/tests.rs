use ratatui::layout::Rect;

use super::*;
use crate::settings::{PersonFiles, parse};
use crate::tui::app::Startup;
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::testing::{Harness, startup};

/// Lets `config.toml` be this text.
fn config(bench: &mut Harness, text: &str) {
    let (settings, problems) = match parse(text) {
        Ok(settings) => (Some(settings), Vec::new()),
        Err(error) => (None, vec![error.to_string()]),
    };
    let files = PersonFiles {
        settings,
        themes: vec![(
            "mine".to_owned(),
            "name = \"mine\"\n[colors]\ntext = \"red\"".to_owned(),
        )],
        problems,
    };
    bench.update(AppEvent::Job(JobResult::Settings(Box::new(files))));
}

fn footer(bench: &Harness) -> String {
    bench.picture().lines().last().unwrap().to_owned()
}

#[test]
fn keys_and_theme_follow_the_file() {
    let mut bench = Harness::samples((120, 36));
    config(&mut bench, "theme = \"mine\"\n[keys]\nhelp = \"F9\"");
    assert_eq!(bench.state.theme().name, "mine");
    let picture = footer(&bench);
    assert!(picture.contains("F9 help"), "{picture}");
    assert!(picture.contains("config.toml was read again"), "{picture}");
    bench.press("F9");
    assert!(bench.picture().contains("┌ keys"), "{}", bench.picture());
    bench.press("esc");
    config(&mut bench, "");
    assert_eq!(
        bench.state.theme().name,
        "dark",
        "it asks for none any more"
    );
    bench.press("?");
    assert!(bench.picture().contains("┌ keys"));
}

#[test]
fn a_mistake_changes_nothing_and_is_told_once_with_its_line() {
    let mut bench = Harness::samples((200, 36));
    config(&mut bench, "[keys]\nhelp = \"F9\"");
    config(&mut bench, "[keys]\nhelp = \"F9\"\nnext-themes = \"F8\"");
    let line = "config.toml: line 3: there is no action `next-themes`; did you mean `next-theme`?";
    assert!(footer(&bench).contains(line), "{}", footer(&bench));
    config(&mut bench, "theem = 1");
    assert!(footer(&bench).contains("config.toml: line 1: unknown field `theem`"));
    let n_told = bench.state.notices().iter().len();
    config(&mut bench, "theem = 1");
    assert_eq!(bench.state.notices().iter().len(), n_told, "told already");
    bench.press("F9");
    assert!(bench.picture().contains("┌ keys"), "the keys still hold");
    bench.press("esc");
    config(&mut bench, "[keys]\nhelp = \"F9\"");
    assert!(
        footer(&bench).contains("in order again"),
        "{}",
        footer(&bench)
    );
}

#[test]
fn a_theme_that_is_not_there_is_told_with_its_line_and_changes_nothing() {
    let mut bench = Harness::samples((200, 36));
    config(&mut bench, "theme = \"dusk\"");
    assert_eq!(bench.state.theme().name, "dusk");
    config(&mut bench, "\ntheme = \"dsk\"");
    assert_eq!(bench.state.theme().name, "dusk");
    let picture = footer(&bench);
    assert!(
        picture.contains("line 2: there is no theme `dsk`"),
        "{picture}"
    );
}

#[test]
fn a_theme_with_a_mistake_is_there_and_its_mistake_is_told_at_the_start_only() {
    let folder = tempfile::tempdir().unwrap();
    let mistake = "themes/mine.toml: line 3: there is no colour for `tex`; did you mean `text`?";
    let startup = Startup {
        settings: parse("theme = \"mine\"").unwrap(),
        mistakes: vec![mistake.to_owned()],
        ..startup(folder.path())
    };
    let size = Rect::new(0, 0, 200, 36);
    let (mut state, _) = State::new(startup, size, Timestamp::default());
    let words = |state: &State| {
        let notices = state.notices().iter();
        notices
            .map(|(_, notice)| notice.text.clone())
            .collect::<Vec<_>>()
    };
    let told = words(&state);
    assert_eq!(
        told,
        [
            mistake,
            "config.toml: line 1: theme `mine` has a mistake, so it is not used"
        ]
    );
    // The files are read again when they are first watched.
    let files = PersonFiles {
        settings: Some(parse("theme = \"mine\"").unwrap()),
        themes: vec![(
            "mine".to_owned(),
            "name = \"mine\"\n[colors]\ntex = \"red\"".to_owned(),
        )],
        problems: Vec::new(),
    };
    read(&mut state, files, Timestamp::default());
    assert_eq!(words(&state), told);
}

#[test]
fn themes_that_t_has_written_do_not_come_back_late() {
    let mut bench = Harness::keeping((80, 24));
    bench.press("T T");
    let shown = bench.state.theme().name.clone();
    // The file is read when the first of both is in it.
    config(&mut bench, "theme = \"light\"");
    assert_eq!(bench.state.theme().name, shown);
    config(&mut bench, &format!("theme = \"{shown}\""));
    assert_eq!(bench.state.theme().name, shown);
    assert!(!bench.picture().contains("read again"));
}

#[test]
fn signs_and_mouse_follow_the_file() {
    let mut bench = Harness::samples((80, 24));
    config(&mut bench, "ascii = true\nno_mouse = true");
    let picture = bench.picture();
    assert!(
        picture.contains("+-") && !picture.contains('┌'),
        "{picture}"
    );
    let is_mouse =
        |effect: &Effect| matches!(effect, Effect::Terminal(TerminalCommand::SetMouse(false)));
    assert!(bench.commands.iter().any(is_mouse));
}

#[test]
fn what_holds_at_the_next_start_only_is_said() {
    let mut bench = Harness::samples((120, 24));
    config(&mut bench, "kept_detail_mib = 1");
    assert!(footer(&bench).contains("take effect at the next start"));
}

/// The line of the frame above the tree and the editor.
fn frame(bench: &Harness) -> String {
    bench.picture().lines().nth(1).unwrap().to_owned()
}

#[test]
fn the_layout_and_what_was_chosen_are_kept_over_restarts() {
    let mut bench = Harness::keeping((120, 36));
    let file = bench.screen_file();
    bench.press("2 1");
    assert!(!file.exists(), "nothing has changed");
    let before = frame(&bench);
    let line = before.chars().position(|sign| sign == '┐').unwrap();
    let column = u16::try_from(line).unwrap();
    bench.drag((column, 9), (column + 15, 9));
    let dragged = frame(&bench);
    assert_ne!(dragged, before);
    bench
        .press("ctrl-p")
        .type_text("show all notices")
        .press("enter esc");
    bench.restart();
    assert_eq!(frame(&bench), dragged);
    bench.press("ctrl-p");
    let picture = bench.picture();
    let first = picture
        .lines()
        .position(|line| line.contains("Show all notices"));
    let other = picture
        .lines()
        .position(|line| line.contains("Launch runs of this spec"));
    assert!(first < other, "{picture}");
}

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use crate::tui::command::{Command, TerminalCommand};
use crate::tui::event::AppEvent;
use crate::tui::overlays::Overlay;
use crate::tui::testing::Bench;
use crate::workspace::Changes;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

const AGENT: &str = "component_type: Agent
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: You tell the weather of {{city}}.
llm_config:
  component_type: OllamaConfig
  id: model
  name: model
  url: http://localhost:11434
  model_id: llama3.2
";

/// The same with two problems.
fn broken() -> String {
    AGENT
        .replace("  url:", "  urll:")
        .replace("system_prompt", "sytem_prompt")
}

#[test]
fn an_empty_folder() {
    assert_snapshot!("empty_80", Bench::new(NARROW, &[]).picture());
}

#[test]
fn the_samples() {
    assert_snapshot!("samples_80", Bench::samples(NARROW).picture());
    assert_snapshot!("samples_120", Bench::samples(WIDE).picture());
}

#[test]
fn problems_stand_under_their_lines_and_in_their_pane() {
    let text = broken();
    let files = [("agents/weather.yaml", text.as_str())];
    assert_snapshot!("problems_80", Bench::new(NARROW, &files).picture());
    assert_snapshot!("problems_120", Bench::new(WIDE, &files).picture());
}

#[test]
fn unsaved_text_and_the_find_bar() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench
        .press("e ctrl-end")
        .type_text("# new")
        .press("ctrl-f")
        .type_text("weather");
    assert_snapshot!("unsaved_80", bench.picture());
}

#[test]
fn wide_characters_and_emoji_keep_their_cells() {
    let text = AGENT.replace("You tell", "天気 🌦️ e\u{301} 👩‍🚀 You tell");
    assert_snapshot!(
        "wide_80",
        Bench::new(NARROW, &[("天気.yaml", &text)]).picture()
    );
}

#[test]
fn ascii_signs_alone() {
    let picture = Bench::ascii(NARROW, &[("a/weather.yaml", &broken())]).picture();
    let other: String = picture.chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(other, "");
    assert_snapshot!("ascii_80", picture);
}

#[test]
fn too_small_a_terminal_says_so() {
    assert_eq!(
        Bench::new((38, 9), &[]).picture().trim(),
        "flowdeck needs 40x10; this is 38x9"
    );
}

#[test]
fn saving_writes_the_text_as_it_is() {
    let text = format!("# kept\n{AGENT}");
    let mut bench = Bench::new(NARROW, &[("weather.yaml", &text)]);
    bench.press("e").type_text("# first ").press("ctrl-s");
    assert_eq!(
        fs::read_to_string(bench.path("weather.yaml")).unwrap(),
        format!("# first {text}")
    );
    assert_eq!(bench.state.specs.unsaved(), Vec::<String>::new());
}

#[test]
fn letters_are_text_in_the_editor_and_actions_in_the_tree() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e q");
    assert_eq!(bench.state.specs.unsaved(), ["weather.yaml"]);
    assert!(!bench.state.should_quit);
    bench.press("esc q");
    assert!(matches!(
        bench.state.overlays.last(),
        Some(Overlay::Confirm(_))
    ));
    bench.press("q");
    assert!(bench.state.should_quit);
}

#[test]
fn without_anything_to_lose_q_quits_at_once() {
    assert!(Bench::new(NARROW, &[]).press("q").state.should_quit);
}

#[test]
fn ctrl_c_asks_first_and_twice_within_two_seconds_quits() {
    let mut bench = Bench::new(NARROW, &[]);
    bench.press("ctrl-c");
    assert!(!bench.state.should_quit);
    bench.wait(Duration::from_secs(3)).press("ctrl-c");
    assert!(!bench.state.should_quit);
    bench.wait(Duration::from_secs(1)).press("ctrl-c");
    assert!(bench.state.should_quit);
}

#[test]
fn esc_never_quits() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e esc esc esc esc");
    assert!(!bench.state.should_quit);
}

#[test]
fn enter_opens_the_launch_dialog_for_a_sound_spec_only() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("enter");
    assert!(matches!(
        bench.state.overlays.last(),
        Some(Overlay::Launch(_))
    ));

    let mut bench = Bench::new(NARROW, &[("weather.yaml", &broken())]);
    bench.press("enter");
    assert!(bench.state.overlays.is_empty());
    let (_, notice) = bench.state.notices().current(bench.now).unwrap();
    assert!(
        notice.text.starts_with("it can't be launched"),
        "{}",
        notice.text
    );
}

#[test]
fn a_file_that_changes_on_disk_is_read_again() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    let path = bench.path("weather.yaml");
    fs::write(&path, AGENT.replace("weather", "climate")).unwrap();
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
    assert!(bench.picture().contains("name: climate"));
    assert_eq!(bench.state.specs.unsaved(), Vec::<String>::new());
}

#[test]
fn a_conflict_with_unsaved_edits_is_asked_about_once() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    let path = bench.path("weather.yaml");
    bench.press("e").type_text("# mine ");
    fs::write(&path, "# theirs\n").unwrap();
    let changed = || AppEvent::Workspace(Changes::Paths([path.clone()].into()));
    bench.update(changed());
    assert!(bench.picture().contains("has changed on disk"));
    bench.press("k");
    bench.update(changed());
    assert!(bench.state.overlays.is_empty(), "asked once");
    bench.press("ctrl-s");
    assert!(bench.picture().contains("not saved"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "# theirs\n");
    bench.press("o");
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("# mine component_type")
    );
}

#[test]
fn renaming_and_duplicating() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("d enter");
    assert!(bench.path("weather_copy.yaml").exists());
    bench.press("r").type_text(".json").press("enter");
    assert!(bench.path("weather_copy.yaml.json").exists());
    assert!(!bench.path("weather_copy.yaml").exists());
    bench.press("up up r").type_text("x").press("enter");
    assert!(bench.path("weather.yamlx").exists());
}

#[test]
fn a_problem_and_a_line_of_the_outline_lead_to_their_place() {
    let mut bench = Bench::new(WIDE, &[("weather.yaml", &broken())]);
    bench.press("shift-tab down enter").type_text("# here");
    assert!(
        bench.picture().contains("# heresytem_prompt"),
        "{}",
        bench.picture()
    );
}

#[test]
fn text_that_was_copied_goes_to_the_terminal() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e shift-end alt-c");
    let [Command::Terminal(TerminalCommand::Copy { text, .. })] = bench.commands.as_slice() else {
        panic!("one text is copied: {:?}", bench.commands);
    };
    assert_eq!(text, "component_type: Agent");
}

#[test]
fn the_editor_is_opened_on_the_cursors_line_after_saving() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e down down").type_text("# x").press("ctrl-e");
    let [Command::Terminal(TerminalCommand::OpenEditor { path, line })] = bench.commands.as_slice()
    else {
        panic!("the editor is opened: {:?}", bench.commands);
    };
    assert_eq!((path, *line), (&bench.path("weather.yaml"), 3));
    assert!(fs::read_to_string(path).unwrap().contains("# xid: weather"));
}

#[test]
fn a_late_check_of_an_older_text_is_dropped() {
    let mut bench = Bench::new(NARROW, &[("weather.yaml", &broken())]);
    let path = bench.path("weather.yaml");
    let late = Arc::new(crate::tui::check::check(&path, AGENT, None));
    bench.update(AppEvent::Job(crate::tui::event::JobResult::Checked {
        path,
        version: 0,
        checked: late,
    }));
    assert!(!bench.state.specs.problems().is_empty());
}

#[test]
fn a_click_selects_a_file_and_puts_the_cursor_into_the_text() {
    let mut bench = Bench::new(NARROW, &[("a.yaml", AGENT), ("b.yaml", AGENT)]);
    bench.click(5, 3);
    assert!(bench.picture().contains(" b.yaml ─"), "{}", bench.picture());
    bench.click(39, 3).type_text("x");
    assert_eq!(bench.state.specs.unsaved(), ["b.yaml"]);
}

#[test]
fn every_letter_that_the_footer_shows_does_something() {
    let bench = Bench::new(WIDE, &[("a.yaml", AGENT)]);
    let footer = bench.picture().lines().last().unwrap().to_owned();
    for hint in [
        "enter launch",
        "e edit",
        "/ find",
        "x export",
        ": palette",
        "? help",
    ] {
        assert!(footer.contains(hint), "{hint:?} is in {footer:?}");
    }
}

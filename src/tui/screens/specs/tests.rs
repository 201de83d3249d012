mod changing;
mod editing;
mod folders;
mod tabs;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use crate::base::text::is_hazardous;
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::event::AppEvent;
use crate::tui::overlays::Overlay;
use crate::tui::testing::Harness;
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
    assert_snapshot!("empty_80", Harness::new(NARROW, &[]).picture());
}

#[test]
fn the_samples() {
    assert_snapshot!("samples_80", Harness::samples(NARROW).picture());
    assert_snapshot!("samples_120", Harness::samples(WIDE).picture());
}

#[test]
fn problems_stand_under_their_lines_and_in_their_pane() {
    let text = broken();
    let files = [("agents/weather.yaml", text.as_str())];
    assert_snapshot!("problems_80", Harness::new(NARROW, &files).picture());
    assert_snapshot!("problems_120", Harness::new(WIDE, &files).picture());
}

#[test]
fn unsaved_text_and_the_find_bar() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
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
        Harness::new(NARROW, &[("天気.yaml", &text)]).picture()
    );
}

#[test]
fn what_a_terminal_acts_on_is_drawn_in_no_cell() {
    let hazards = "\u{9b}31m\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{e0041}\u{feff}";
    let spec = format!("component_type: Agent\nname: a{hazards}b\n{hazards}: 1\nid: x\n");
    let mut bench = Harness::new((120, 36), &[("a.yaml", &spec)]);
    for keys in ["", "down enter", "ctrl-l", "esc", "3"] {
        bench.press(keys);
        let picture = bench.picture();
        let found: Vec<char> = picture
            .chars()
            .filter(|character| is_hazardous(*character))
            .collect();
        assert!(found.is_empty(), "{found:?} after {keys:?}");
    }
}

#[test]
fn ascii_signs_alone() {
    let picture = Harness::ascii(NARROW, &[("a/weather.yaml", &broken())]).picture();
    let other: String = picture.chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(other, "");
    assert_snapshot!("ascii_80", picture);
}

#[test]
fn too_small_a_terminal_says_so() {
    assert_eq!(
        Harness::new((38, 9), &[]).picture().trim(),
        "flowdeck needs 40x10; this is 38x9"
    );
}

#[test]
fn saving_writes_the_text_as_it_is() {
    let text = format!("# kept\n{AGENT}");
    let mut bench = Harness::new(NARROW, &[("weather.yaml", &text)]);
    bench.press("e").type_text("# first ").press("ctrl-s");
    assert_eq!(
        fs::read_to_string(bench.path("weather.yaml")).unwrap(),
        format!("# first {text}")
    );
    assert_eq!(bench.state.screens.specs.unsaved(), Vec::<String>::new());
}

#[test]
fn letters_are_text_in_the_editor_and_actions_in_the_tree() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e q");
    assert_eq!(bench.state.screens.specs.unsaved(), ["weather.yaml"]);
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
    assert!(Harness::new(NARROW, &[]).press("q").state.should_quit);
}

#[test]
fn ctrl_c_asks_first_and_twice_within_two_seconds_quits() {
    let mut bench = Harness::new(NARROW, &[]);
    bench.press("ctrl-c");
    assert!(!bench.state.should_quit);
    bench.wait(Duration::from_secs(3)).press("ctrl-c");
    assert!(!bench.state.should_quit);
    bench.wait(Duration::from_secs(1)).press("ctrl-c");
    assert!(bench.state.should_quit);
}

#[test]
fn esc_never_quits() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e esc esc esc esc");
    assert!(!bench.state.should_quit);
}

#[test]
fn enter_opens_the_launch_dialog_for_a_sound_spec_only() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("enter");
    assert!(matches!(
        bench.state.overlays.last(),
        Some(Overlay::Launch(_))
    ));

    let mut bench = Harness::new(NARROW, &[("weather.yaml", &broken())]);
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
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    let path = bench.path("weather.yaml");
    fs::write(&path, AGENT.replace("weather", "climate")).unwrap();
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
    assert!(bench.picture().contains("name: climate"));
    assert_eq!(bench.state.screens.specs.unsaved(), Vec::<String>::new());
}

#[test]
fn a_conflict_with_unsaved_edits_is_asked_about_once() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
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
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
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
    let mut bench = Harness::new(WIDE, &[("weather.yaml", &broken())]);
    bench.press("shift-tab down enter").type_text("# here");
    assert!(
        bench.picture().contains("# heresytem_prompt"),
        "{}",
        bench.picture()
    );
}

#[test]
fn text_that_was_copied_goes_to_the_terminal() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e shift-end alt-c");
    let [Effect::Terminal(TerminalCommand::Copy { text, .. })] = bench.commands.as_slice() else {
        panic!("one text is copied: {:?}", bench.commands);
    };
    assert_eq!(text, "component_type: Agent");
}

#[test]
fn the_editor_is_opened_on_the_cursors_line_after_saving() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", AGENT)]);
    bench.press("e down down").type_text("# x").press("ctrl-e");
    let [Effect::Terminal(TerminalCommand::OpenEditor { path, line })] = bench.commands.as_slice()
    else {
        panic!("the editor is opened: {:?}", bench.commands);
    };
    assert_eq!((path, *line), (&bench.path("weather.yaml"), 3));
    assert!(fs::read_to_string(path).unwrap().contains("# xid: weather"));
}

#[test]
fn a_late_check_of_an_older_text_is_dropped() {
    let mut bench = Harness::new(NARROW, &[("weather.yaml", &broken())]);
    let path = bench.path("weather.yaml");
    let late = Arc::new(crate::tui::check::check(
        &path,
        AGENT,
        crate::tui::check::AskedProfile::default(),
    ));
    bench.update(AppEvent::Job(crate::tui::event::JobResult::Checked {
        path,
        version: 0,
        checked: late,
    }));
    assert!(!bench.state.screens.specs.problems().is_empty());
}

#[test]
fn a_click_selects_a_file_and_puts_the_cursor_into_the_text() {
    let mut bench = Harness::new(NARROW, &[("a.yaml", AGENT), ("b.yaml", AGENT)]);
    bench.click(5, 3);
    assert!(bench.picture().contains(" b.yaml ─"), "{}", bench.picture());
    bench.click(39, 3).type_text("x");
    assert_eq!(bench.state.screens.specs.unsaved(), ["b.yaml"]);
}

#[test]
fn every_letter_that_the_footer_shows_does_something() {
    let bench = Harness::new(WIDE, &[("a.yaml", AGENT)]);
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

fn flow() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/sample_specs/flows/support_triage.yaml"
    );
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_graph_stands_in_place_of_the_outline() {
    for (size, name) in [(NARROW, "graph_80"), (WIDE, "graph_120")] {
        let mut bench = Harness::new(size, &[("triage.yaml", &flow())]);
        bench.press("G");
        assert_snapshot!(name, bench.picture());
        bench.press("G");
        assert!(!bench.picture().contains("─ graph "), "{}", bench.picture());
    }
}

#[test]
fn the_graph_in_ascii() {
    let mut bench = Harness::ascii(WIDE, &[("triage.yaml", &flow())]);
    let picture = bench.press("G").picture();
    assert_eq!(picture.chars().find(|c| !c.is_ascii()), None, "{picture}");
    assert!(picture.contains("| / route"), "{picture}");
}

#[test]
fn the_graph_follows_what_is_edited_and_is_scrolled() {
    let text = flow().replace("id: start\n    name: start", "id: start\n    name: begin");
    let mut bench = Harness::new(NARROW, &[("triage.yaml", &text)]);
    bench.press("G");
    assert!(bench.picture().contains("● begin"), "{}", bench.picture());
    bench.press("end");
    assert!(bench.picture().contains("◉ end"), "{}", bench.picture());
    bench
        .press("esc e ctrl-f")
        .type_text("name: begin")
        .press("tab")
        .type_text("name: first");
    bench.press("ctrl-a esc esc G G");
    assert!(bench.picture().contains("● first"), "{}", bench.picture());
}

#[test]
fn a_text_that_cannot_be_read_has_no_graph_or_one_of_an_earlier_text() {
    let broken = "component_type: Flow\nname: x\n  bad: [";
    let mut bench = Harness::new(NARROW, &[("x.yaml", broken)]);
    let picture = bench.press("G").picture();
    assert!(picture.contains("there is no graph while"), "{picture}");
    let mut bench = Harness::new(WIDE, &[("triage.yaml", &flow())]);
    bench.press("G");
    let earlier = |bench: &Harness| bench.picture().contains("graph of an earlier text");
    assert!(!earlier(&bench), "{}", bench.picture());
    bench.press("e").type_text("[: ").press("esc");
    assert!(earlier(&bench), "{}", bench.picture());
    bench.press("e ctrl-u ctrl-u ctrl-u esc");
    assert!(!earlier(&bench), "{}", bench.picture());
}

#[test]
fn a_model_has_no_graph() {
    let model = "component_type: VllmConfig\nagentspec_version: 26.1.2\nid: m\nname: m\nurl: http://h\nmodel_id: x\n";
    let mut bench = Harness::new(WIDE, &[("m.yaml", model)]);
    bench.press("G");
    assert!(
        bench.picture().contains("flows, agents and teams"),
        "{}",
        bench.picture()
    );
}

#[test]
fn two_files_are_compared_in_meaning() {
    let other = AGENT
        .replace("You tell", "You gladly tell")
        .replace("llama3.2", "llama3.3");
    for (size, name) in [(NARROW, "comparison_80"), (WIDE, "comparison_120")] {
        let mut bench = Harness::new(size, &[("a.yaml", AGENT), ("b.yaml", &other)]);
        bench.press("D down D");
        assert_snapshot!(name, bench.picture());
        bench.press("y");
        let [Effect::Terminal(TerminalCommand::Copy { text, .. })] = bench.commands.as_slice()
        else {
            panic!("the differences are copied: {:?}", bench.commands);
        };
        assert!(
            text.contains("~ model_id \"llama3.2\" → \"llama3.3\""),
            "{text}"
        );
        bench.press("q");
        assert!(bench.state.overlays.is_empty());
    }
}

#[test]
fn unsaved_edits_are_compared_with_the_disk() {
    let mut bench = Harness::new(NARROW, &[("a.yaml", AGENT)]);
    bench.press("D D");
    assert!(bench.state.overlays.is_empty(), "there are no edits");
    bench
        .press("e ctrl-f")
        .type_text("llama3.2")
        .press("tab")
        .type_text("qwen");
    bench.press("ctrl-a esc esc D D");
    let picture = bench.picture();
    assert!(
        picture.contains("as edited") && picture.contains("\"qwen\""),
        "{picture}"
    );
}

#[test]
fn a_file_is_compared_with_what_its_latest_runs_carry() {
    let mut bench = Harness::new(NARROW, &[("a.yaml", AGENT)]);
    for (id, model) in [("b_1", "llama3.0"), ("b_2", "llama3.1")] {
        let ran = AGENT.replace("llama3.2", model);
        bench.start_batch(id, &ran, 1);
    }
    bench.press("D D");
    let picture = bench.picture();
    assert!(
        picture.contains("as it ran last → now") && picture.contains("\"llama3.1\" → \"llama3.2\""),
        "{picture}"
    );
}

#[test]
fn what_has_problems_is_not_compared() {
    let mut bench = Harness::new(NARROW, &[("a.yaml", AGENT), ("b.yaml", &broken())]);
    bench.press("D down D");
    assert!(bench.state.overlays.is_empty());
    let (_, notice) = bench.state.notices().current(bench.now).unwrap();
    assert!(notice.text.contains("can't be compared"), "{}", notice.text);
}

#[test]
fn a_new_spec_is_written_from_a_template_and_opened() {
    for (size, name) in [(NARROW, "new_80"), (WIDE, "new_120")] {
        let mut bench = Harness::new(size, &[("agents/weather.yaml", AGENT)]);
        bench.press("N down down");
        assert_snapshot!(name, bench.picture());
        bench.press("enter enter");
        let text = fs::read_to_string(bench.path("agents/swarm.yaml")).unwrap();
        assert!(text.starts_with("# A swarm: "), "{text}");
        assert!(
            bench.picture().contains("┌ swarm.yaml ─"),
            "{}",
            bench.picture()
        );
    }
}

#[test]
fn a_new_spec_never_overwrites_a_file() {
    let mut bench = Harness::new(NARROW, &[("agent.yaml", AGENT)]);
    bench.press("N enter enter");
    assert_eq!(fs::read_to_string(bench.path("agent.yaml")).unwrap(), AGENT);
    let (_, notice) = bench.state.notices().current(bench.now).unwrap();
    assert!(notice.text.contains("already exists"), "{}", notice.text);
    bench.press("N enter esc esc");
    assert!(
        bench.state.overlays.is_empty(),
        "esc goes back, then leaves"
    );
}

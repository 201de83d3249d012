//! Going through the panes, undo, saving on the way out, and what can't be run.

use std::fs;
use std::time::Duration;

use pretty_assertions::assert_eq;

use super::AGENT;
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;
use crate::workspace::Changes;

fn bench() -> Harness {
    Harness::new((80, 24), &[("weather.yaml", AGENT)])
}

/// The text that saving writes.
fn saved(bench: &mut Harness) -> String {
    bench.press("ctrl-s");
    fs::read_to_string(bench.path("weather.yaml")).unwrap()
}

#[test]
fn tab_goes_through_the_panes_and_types_nothing_until_one_edits() {
    let mut bench = bench();
    bench.press("tab");
    let picture = bench.picture();
    assert!(picture.contains("tab next pane"), "{picture}");
    bench.press("tab tab tab shift-tab shift-tab shift-tab");
    assert_eq!(bench.state.screens.specs.unsaved(), [""; 0]);
    // With the cursor moved, or after `e`, tab is what it is in an editor.
    bench.press("esc tab right tab");
    assert_eq!(bench.state.screens.specs.unsaved(), ["weather.yaml"]);
    bench.press("ctrl-u esc e");
    assert!(!bench.picture().contains("tab next pane"));
    bench.press("tab");
    assert!(saved(&mut bench).contains("  component_type"));
}

#[test]
fn undo_takes_back_words_and_what_was_typed_before_a_pause() {
    let mut bench = bench();
    bench.press("e").type_text("one two");
    bench.press("ctrl-u");
    assert!(saved(&mut bench).starts_with("one component_type"));
    bench.press("ctrl-u");
    assert_eq!(saved(&mut bench), AGENT);
    bench
        .type_text("on")
        .wait(Duration::from_secs(3))
        .type_text("ce");
    bench.press("ctrl-u");
    assert!(saved(&mut bench).starts_with("oncomponent_type"));
    bench.press("ctrl-r");
    assert!(saved(&mut bench).starts_with("oncecomponent_type"));
}

#[test]
fn lines_that_were_indented_together_are_taken_back_together() {
    let mut bench = bench();
    bench.press("e ctrl-a tab");
    assert!(saved(&mut bench).contains("\n  id: weather"));
    bench.press("ctrl-u");
    assert_eq!(saved(&mut bench), AGENT);
    bench.press("ctrl-f").type_text("model").press("tab");
    bench.type_text("llm").press("ctrl-a esc ctrl-u");
    assert_eq!(saved(&mut bench), AGENT);
}

#[test]
fn quitting_can_save_first() {
    let mut bench = bench();
    bench.press("e").type_text("# ").press("esc q");
    insta::assert_snapshot!(bench.picture());
    bench.press("w");
    assert!(bench.state.should_quit);
    assert_eq!(
        fs::read_to_string(bench.path("weather.yaml")).unwrap(),
        format!("# {AGENT}")
    );
}

#[test]
fn quitting_stops_where_a_file_has_changed_on_disk() {
    let mut bench = bench();
    bench.press("e").type_text("# ").press("esc");
    fs::write(bench.path("weather.yaml"), "another").unwrap();
    bench.press("q w");
    assert!(!bench.state.should_quit);
    assert!(
        bench.picture().contains("has changed on disk"),
        "{}",
        bench.picture()
    );
    bench.press("o");
    assert!(
        !bench.state.should_quit,
        "the question was answered, not the quitting"
    );
}

#[test]
fn the_question_offers_no_saving_any_more_once_nothing_is_unsaved() {
    let mut bench = bench();
    bench.press("e").type_text("# ").press("esc q right");
    assert!(bench.picture().contains("[w] save and quit"));
    // Another program writes the very same text.
    let path = bench.path("weather.yaml");
    fs::write(&path, format!("# {AGENT}")).unwrap();
    let changes = Changes::Paths([path.clone()].into());
    bench.update(AppEvent::Workspace(changes));
    let picture = bench.picture();
    assert!(picture.contains("nothing is unsaved"), "{picture}");
    assert!(!picture.contains("save and quit"), "{picture}");
    bench.press("w");
    assert!(!bench.state.should_quit, "there is nothing to save");
    // What was chosen is gone: what is chosen now quits nothing.
    bench.press("enter");
    assert!(!bench.state.should_quit);
    assert!(!bench.picture().contains("quit?"), "{}", bench.picture());
}

#[test]
fn what_can_not_be_run_yet_is_marked_before_it_is_started() {
    let cloud =
        format!("{AGENT}toolboxes: [{{component_type: PluginToolBox, id: box, name: box}}]\n");
    let files = [("cloud.yaml", cloud.as_str()), ("weather.yaml", AGENT)];
    for (name, size) in [
        ("not_runnable_80", (80, 24)),
        ("not_runnable_120", (120, 40)),
    ] {
        insta::assert_snapshot!(name, Harness::new(size, &files).picture());
    }
    let mut bench = Harness::new((80, 24), &files);
    bench.press("enter");
    insta::assert_snapshot!("not_runnable_launch_80", bench.picture());
}

#[test]
fn without_a_spec_keys_that_are_about_one_say_so_and_the_footer_names_how_to_get_one() {
    let mut bench = Harness::new((80, 24), &[]);
    let picture = bench.picture();
    assert!(picture.contains("N makes one"), "{picture}");
    let footer = picture.lines().last().unwrap();
    assert!(footer.contains("N new"), "{footer}");
    for hint in ["launch", "edit", "find", "export"] {
        assert!(!footer.contains(hint), "{footer}");
    }
    for key in ["enter", "e", "/", "x", "f", "F", "d", "r", "del", "G", "D"] {
        bench.press(key);
        let picture = bench.picture();
        assert!(
            picture.contains("there is no spec on show"),
            "{key}: {picture}"
        );
    }
    bench.press("N enter enter");
    let picture = bench.picture();
    assert!(picture.contains("enter launch"), "{picture}");
}

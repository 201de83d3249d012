//! Fixes, the canonical form, deleting.

use std::fs;
use std::path::PathBuf;

use pretty_assertions::assert_eq;

use super::{AGENT, NARROW};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::testing::Harness;
use crate::workspace::{Changes, Discovered};

const WIDE: (u16, u16) = (120, 36);

fn text(bench: &Harness) -> String {
    let document = bench.state.screens.specs.document().unwrap();
    document.editor.text().to_string()
}

#[test]
fn of_several_fixes_of_a_problem_one_is_chosen_at_its_place() {
    let broken = format!("{AGENT}descripton: 'nice'   # kept\nhuman_in_the_lop: true\n");
    let mut bench = Harness::new(WIDE, &[("weather.yaml", &broken)]);
    bench.press("alt-j f");
    assert!(
        bench.picture().contains("replace `descripton` by"),
        "{}",
        bench.picture()
    );
    bench.press("enter");
    let once = broken.replace("descripton", "description");
    assert_eq!(text(&bench), once);
    bench.press("esc alt-j f enter");
    assert_eq!(text(&bench), once.replace("_lop", "_loop"));
    assert!(bench.state.screens.specs.problems().is_empty());
}

#[test]
fn the_only_fix_is_applied_at_once_and_undone_from_any_pane() {
    let old = "component_type: LlmConfig # mine\nagentspec_version: '25.4.1'\nid: m\nname: m\nmodel_id: m\n";
    let mut bench = Harness::new(NARROW, &[("m.yaml", old)]);
    bench.press("alt-j f");
    let fixed = old.replace("'25.4.1'", "26.1.2");
    assert_eq!(text(&bench), fixed);
    assert!(
        bench.picture().contains("fixed: set"),
        "{}",
        bench.picture()
    );
    bench.press("alt-u");
    assert_eq!(text(&bench), old);
    bench.press("alt-u");
    assert!(bench.picture().contains("nothing is left to undo"));
}

#[test]
fn a_problem_that_is_not_of_the_text_says_so() {
    let spec = format!("{AGENT}tools:\n- {{component_type: ServerTool, id: t, name: look}}\n");
    let mut bench = Harness::new(WIDE, &[("weather.yaml", &spec)]);
    bench.press("alt-j f");
    let picture = bench.picture();
    assert!(
        picture.contains("this problem is not in the text; write into `flowdeck.toml`:"),
        "{picture}"
    );
    assert!(picture.contains("[tools.look]"), "{picture}");
}

#[test]
fn the_canonical_form_is_one_step_of_undo() {
    let mut bench = Harness::new(WIDE, &[("weather.yaml", AGENT)]);
    bench.press("F");
    let formatted = text(&bench);
    assert!(
        formatted != AGENT && formatted.starts_with("component_type: Agent\n"),
        "{formatted}"
    );
    bench.press("F");
    assert!(
        bench.picture().contains("canonical form already"),
        "{}",
        bench.picture()
    );
    bench.press("alt-u");
    assert_eq!(text(&bench), AGENT);
    bench
        .press("e ctrl-home home")
        .type_text("# why")
        .press("enter esc F");
    assert!(
        bench.picture().contains("has a comment"),
        "{}",
        bench.picture()
    );
    assert!(text(&bench).starts_with("# why"));
}

#[test]
fn folders_that_can_not_be_read_are_told_once() {
    let mut bench = Harness::new(WIDE, &[("a.yaml", AGENT)]);
    let scanned = |folders: &[&str]| {
        let unread = folders.iter().map(|name| {
            let path = PathBuf::from("/specs").join(name);
            (path, "Permission denied".to_owned())
        });
        AppEvent::Job(JobResult::Scanned(Discovered {
            unread: unread.collect(),
            ..Discovered::default()
        }))
    };
    bench.update(scanned(&["locked"]));
    let picture = bench.picture();
    let words = "the specs in the folder locked are not shown: Permission denied";
    assert!(picture.contains(words), "{picture}");
    bench.update(scanned(&["locked"]));
    assert_eq!(bench.state.notices().iter().len(), 1);
    bench.update(scanned(&["locked", "more", "private"]));
    let picture = bench.picture();
    let words = "the specs in 2 folders are not shown; more: Permission denied";
    assert!(picture.contains(words), "{picture}");
}

#[test]
fn a_deleted_file_comes_back() {
    let files = [("a.yaml", AGENT), ("b.yaml", AGENT)];
    let mut bench = Harness::new(WIDE, &files);
    bench.press("e esc del");
    assert!(!bench.path("a.yaml").exists());
    assert_eq!(
        bench.state.screens.specs.current,
        Some(bench.path("b.yaml"))
    );
    assert!(bench.picture().contains("deleted a.yaml: u brings it back"));
    bench.press("del");
    assert!(
        bench.picture().contains("no specs here"),
        "{}",
        bench.picture()
    );
    bench.press("u u");
    for (name, text) in files {
        assert_eq!(fs::read_to_string(bench.path(name)).unwrap(), text);
    }
    assert_eq!(
        bench.state.screens.specs.current,
        Some(bench.path("a.yaml"))
    );
    bench.press("u");
    assert!(
        bench.picture().contains("nothing was deleted"),
        "{}",
        bench.picture()
    );
    bench.press("e x esc del");
    assert!(bench.path("a.yaml").exists(), "edits are not thrown away");
}

#[test]
fn deleting_twice_takes_neighbours_and_no_file_that_is_open_in_a_tab() {
    let files = ["a.yaml", "b.yaml", "c.yaml", "z.yaml"].map(|name| (name, AGENT));
    let mut bench = Harness::new(WIDE, &files);
    bench.press("end e esc home");
    assert_eq!(
        bench.state.screens.specs.current,
        Some(bench.path("a.yaml"))
    );
    bench.press("del del");
    for (name, _) in files {
        let is_left = ["c.yaml", "z.yaml"].contains(&name);
        assert_eq!(bench.path(name).exists(), is_left, "{name}");
    }
    assert_eq!(
        bench.state.screens.specs.current,
        Some(bench.path("c.yaml"))
    );
}

#[test]
fn a_spec_that_is_broken_stays_in_the_tree() {
    let mut bench = Harness::new(WIDE, &[("a.yaml", AGENT), ("b.yaml", AGENT)]);
    fs::write(bench.path("a.yaml"), "nothing: of a spec\n").unwrap();
    fs::write(bench.path("new.yaml"), "nothing: of a spec\n").unwrap();
    bench.update(AppEvent::Workspace(Changes::Many));
    let picture = bench.picture();
    assert!(picture.contains("a.yaml"), "{picture}");
    assert!(!picture.contains("new.yaml"), "{picture}");
}

#[test]
fn the_outline_of_the_last_good_text_stays_while_the_text_is_broken() {
    let mut bench = Harness::new(WIDE, &[("weather.yaml", AGENT)]);
    assert!(bench.picture().contains("┌ outline ─"));
    bench.press("e").type_text("[: ").press("esc");
    let picture = bench.picture();
    assert!(picture.contains("outline (earlier text)"), "{picture}");
    assert!(picture.contains("OllamaConfig"), "{picture}");
    bench.press("alt-u alt-u alt-u");
    assert!(
        bench.picture().contains("┌ outline ─"),
        "{}",
        bench.picture()
    );
}

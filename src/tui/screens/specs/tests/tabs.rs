//! Several open files.

use std::fs;

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{AGENT, NARROW};
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;
use crate::workspace::Changes;

const FILES: [(&str, &str); 3] = [("a.yaml", AGENT), ("b.yaml", AGENT), ("c.yaml", AGENT)];

fn open(size: (u16, u16)) -> Harness {
    let mut bench = Harness::new(size, &FILES);
    bench.press("e esc down e x esc down e esc");
    bench
}

/// The names in the frame of the editor.
fn tabs(bench: &Harness) -> String {
    let picture = bench.picture();
    let frame = picture.lines().nth(1).unwrap();
    let title = frame.split('┌').nth(2).unwrap();
    let title = title.split('─').next().unwrap();
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn changed(bench: &mut Harness, name: &str) {
    let path = bench.path(name);
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
}

#[test]
fn a_file_that_is_opened_closes_no_other() {
    let mut bench = open((120, 36));
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml ● │ c.yaml");
    bench.press("[ e").type_text("y").press("esc ]");
    assert_eq!(bench.state.screens.specs.unsaved(), ["b.yaml"]);
    bench.press("alt-, e ctrl-u ctrl-u");
    assert!(bench.picture().contains("1 component_type"));
    assert_eq!(bench.state.screens.specs.unsaved(), [""; 0]);
}

#[test]
fn what_is_only_looked_at_is_a_preview_that_goes_with_the_next() {
    let mut bench = Harness::new((120, 36), &FILES);
    bench.press("e esc down");
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml");
    bench.press("down");
    assert_eq!(tabs(&bench), "a.yaml │ c.yaml");
    bench.press("tab");
    assert_eq!(tabs(&bench), "a.yaml │ c.yaml", "passing is no editing");
}

#[test]
fn files_of_one_name_are_told_apart_by_their_folders() {
    let files = [("a.yaml", AGENT), ("other/a.yaml", AGENT)];
    let mut bench = Harness::new((120, 36), &files);
    bench.press("e x esc down e y esc");
    assert_eq!(tabs(&bench), "other/a.yaml ● │ desk/a.yaml ●");
    let unsaved = bench.state.screens.specs.unsaved();
    assert_eq!(unsaved, ["a.yaml", "other/a.yaml"]);
}

#[test]
fn closing_asks_about_edits_and_shows_the_neighbour() {
    let mut bench = open((120, 36));
    bench.press("alt-w");
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml ●");
    bench.press("alt-w");
    assert!(bench.picture().contains("has unsaved edits"));
    bench.press("c");
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml ●");
    bench.press("alt-w s");
    assert!(
        fs::read_to_string(bench.path("b.yaml"))
            .unwrap()
            .starts_with('x')
    );
    assert_eq!(
        bench.state.screens.specs.tabs.files(),
        [bench.path("a.yaml")]
    );
    bench.press("e").type_text("lost").press("esc alt-w d");
    assert_eq!(bench.state.screens.specs.tabs.files().len(), 0);
    assert_eq!(fs::read_to_string(bench.path("a.yaml")).unwrap(), AGENT);
    assert!(!bench.picture().contains("lost"), "{}", bench.picture());
    bench.press("alt-w");
    assert!(bench.picture().contains("no file is open in a tab"));
}

#[test]
fn closing_fails_where_saving_does_and_keeps_the_edits() {
    let mut bench = open((120, 36));
    bench.press("[");
    fs::write(bench.path("b.yaml"), "# theirs\n").unwrap();
    bench.press("alt-w s");
    assert!(bench.picture().contains("not saved"), "{}", bench.picture());
    bench.press("c");
    assert_eq!(bench.state.screens.specs.unsaved(), ["b.yaml"]);
}

#[test]
fn quitting_offers_to_save_all() {
    let mut bench = open((120, 36));
    bench.press("[ [ e").type_text("z").press("esc q");
    let picture = bench.picture();
    assert!(
        picture.contains("2 files have unsaved edits: a.yaml, b.yaml"),
        "{picture}"
    );
    bench.press("w");
    assert!(bench.state.should_quit);
    for (name, first) in [("a.yaml", 'z'), ("b.yaml", 'x')] {
        assert!(
            fs::read_to_string(bench.path(name))
                .unwrap()
                .starts_with(first)
        );
    }
}

#[test]
fn a_click_on_a_name_shows_its_file() {
    let mut bench = open((120, 36));
    let frame = bench.picture().lines().nth(1).unwrap().to_owned();
    let column = |name: &str| {
        let before = frame.split(name).next().unwrap();
        u16::try_from(before.chars().count()).unwrap()
    };
    bench.click(column("b.yaml"), 1).type_text("y");
    let text = bench.picture();
    assert!(
        text.contains("yxcomponent_type") || text.contains("xycomponent_type"),
        "{text}"
    );
    bench.click(column("c.yaml"), 1).press("esc");
    assert_eq!(
        bench.state.screens.specs.current,
        Some(bench.path("c.yaml"))
    );
}

#[test]
fn a_conflict_with_the_disk_is_marked_until_it_is_settled() {
    let mut bench = open((120, 36));
    fs::write(bench.path("b.yaml"), "# theirs\n").unwrap();
    changed(&mut bench, "b.yaml");
    bench.press("k");
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml ● ≠ │ c.yaml");
    bench.press("[");
    assert!(
        bench.picture().contains("≠ changed on disk"),
        "{}",
        bench.picture()
    );
    // Without its own edits a text follows the disk.
    bench.press("e ctrl-u");
    assert!(bench.picture().contains("# theirs"), "{}", bench.picture());
    assert_eq!(tabs(&bench), "a.yaml │ b.yaml │ c.yaml");
}

#[test]
fn a_file_that_is_deleted_under_its_tab_is_kept_and_can_be_written_again() {
    let mut bench = open((120, 36));
    fs::remove_file(bench.path("c.yaml")).unwrap();
    changed(&mut bench, "c.yaml");
    let picture = bench.picture();
    assert!(picture.contains("≠ gone from disk"), "{picture}");
    assert!(picture.contains("name: weather"), "{picture}");
    assert_eq!(bench.state.screens.specs.unsaved(), ["b.yaml", "c.yaml"]);
    bench.press("ctrl-s");
    assert_eq!(fs::read_to_string(bench.path("c.yaml")).unwrap(), AGENT);
    assert_eq!(bench.state.screens.specs.unsaved(), ["b.yaml"]);
    assert!(!bench.picture().contains("gone from disk"));
}

#[test]
fn tabs_are_kept_over_restarts_and_one_of_a_file_that_is_gone_is_closed() {
    let mut bench = Harness::keeping((120, 36));
    bench.press("e esc down e esc down e esc [");
    let kept = tabs(&bench);
    let shown = bench.state.screens.specs.current.clone().unwrap();
    bench.restart();
    assert_eq!(tabs(&bench), kept);
    assert_eq!(bench.state.screens.specs.current.as_ref(), Some(&shown));
    fs::remove_file(&shown).unwrap();
    bench.restart();
    let specs = &bench.state.screens.specs;
    assert_eq!(specs.tabs.files().len(), 2);
    assert!(specs.document().is_some(), "another file is on show");
}

#[test]
fn names_that_have_no_room_are_counted() {
    let names: Vec<String> = (0..9)
        .map(|at| format!("a_rather_long_name_{at}.yaml"))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), AGENT)).collect();
    let mut bench = Harness::new(NARROW, &files);
    for _ in &files {
        bench.press("e esc down");
    }
    bench.press("alt-, alt-, alt-, alt-,");
    assert_snapshot!("tabs_80", bench.picture());
    let mut bench = open((200, 60));
    bench.press("[");
    assert_snapshot!("tabs_200", bench.picture());
}

//! Several batches: what tells their runs apart, and what a filter leaves of them.

use serde_json::json;

use super::bench;
use super::stage::Runs;
use crate::base::ids::RunId;
use crate::trace::RunState;

/// Two batches of two runs each, the second one under way.
fn two_batches(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Paris", "Oslo"]);
    runs.state(0, RunState::Running);
    runs.fail(1);
    let city = |city: &str| json!({"unit": "degrees Celsius", "city": city});
    runs.launch_more([city("Lima"), city("Quito")]);
    runs.state(2, RunState::Running);
    runs
}

fn lines_with<'p>(picture: &'p str, words: &str) -> Vec<&'p str> {
    picture
        .lines()
        .filter(|line| line.contains(words))
        .collect()
}

#[test]
fn runs_of_two_batches_have_names_of_their_own_everywhere() {
    let mut runs = two_batches((120, 36));
    insta::assert_snapshot!("two_batches_120", runs.bench.picture());
    runs.bench.press("3");
    let picture = runs.bench.picture();
    assert!(picture.contains("B#1 Lima"), "{picture}");
    runs.bench.press("ctrl-p").type_text("A#1");
    let picture = runs.bench.picture();
    assert_eq!(
        lines_with(&picture, "A#1 weather Paris").len(),
        1,
        "{picture}"
    );
    runs.bench.press("esc 2 i");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("this run asks nothing at the moment"),
        "{picture}"
    );
}

#[test]
fn what_differs_comes_first_in_the_title_of_a_pane_at_80x24() {
    let runs = two_batches((80, 24));
    let picture = runs.bench.picture();
    for title in ["┌ B#1 Lima ─", "┌ B#2 Quito ─"] {
        assert!(picture.contains(title), "{picture}");
    }
    insta::assert_snapshot!("two_batches_80", picture);
}

#[test]
fn texts_that_begin_alike_are_told_apart_by_their_ends() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris"]);
    let ask = |city: &str| json!({"ask": format!("Please write a short poem about {city}")});
    runs.launch_more([ask("Lima"), ask("Quito")]);
    let picture = runs.bench.picture();
    for title in ["┌ B#1 …Lima ", "┌ B#2 …Quito "] {
        assert!(picture.contains(title), "{picture}");
    }
}

#[test]
fn a_new_launch_is_seen_whatever_the_filter_was_and_it_says_so() {
    let mut runs = two_batches((120, 36));
    runs.bench
        .press("/")
        .type_text("state:failed")
        .press("enter");
    runs.launch_more([json!({"city": "Tokyo"}), json!({"city": "Perth"})]);
    let picture = runs.bench.picture();
    assert!(
        picture.contains("the filter `state:failed` is cleared"),
        "{picture}"
    );
    for seen in ["C#1 Tokyo", "C#2 Perth", "┌ C#1 Tokyo"] {
        assert!(picture.replace("· queued     ", "").contains(seen) || picture.contains(seen));
    }
    assert!(picture.contains(" C weather ×2"), "{picture}");
    assert!(
        !picture.contains("┌ B#"),
        "no pane of another batch: {picture}"
    );
}

#[test]
fn what_is_run_again_is_seen_whatever_the_filter_was() {
    let mut runs = two_batches((120, 36));
    runs.bench
        .press("/")
        .type_text("state:failed")
        .press("enter r");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("runs A#2 Oslo again; the filter `state:failed` is cleared"),
        "{picture}"
    );
    // A filter that the new try fits as well stays.
    runs.bench.press("/").type_text("oslo").press("enter r");
    let picture = runs.bench.picture();
    assert!(picture.contains("/ oslo (1)"), "{picture}");
}

#[test]
fn panes_table_and_header_tell_of_the_same_runs() {
    let mut runs = two_batches((120, 36));
    let picture = runs.bench.picture();
    assert!(
        picture.contains(" B weather ×2") && !picture.contains("┌ A#"),
        "{picture}"
    );
    runs.bench.press("/").type_text("paris").press("enter");
    assert_eq!(
        runs.bench.state.screens.runs.target(),
        Some(&RunId::new("r_0"))
    );
    let picture = runs.bench.picture();
    assert!(
        picture.contains(" A weather ×2") && picture.contains("┌ A#1 Paris"),
        "{picture}"
    );
    assert!(
        !picture.contains("┌ B#") && !picture.contains("┌ A#2"),
        "{picture}"
    );
    runs.bench
        .press("/ ctrl-u")
        .type_text("/nothing fits this")
        .press("enter");
    let picture = runs.bench.picture();
    let told = picture.matches("no run matches the filter").count();
    assert_eq!(told, 2, "in the table and beside it: {picture}");
    assert!(!picture.contains("┌ A#"), "{picture}");
}

//! The profile, and what it bounds.

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{AGENT, NARROW, fill, go_to, launched};
use crate::runs::RunsCommand;
use crate::tui::effect::Effect;
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;
use crate::workspace::Changes;

const PROFILES: &str = "default_profile = \"small\"

[profiles.small]
model = \"offline\"
at_once = 2

[profiles.wide]
at_once = 30
";

#[test]
fn a_mistake_in_the_profile_file_starts_nothing_by_other_servers() {
    let files = [
        ("weather.yaml", AGENT),
        ("flowdeck.toml", "default_profile = 7\n"),
    ];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    let picture = bench.picture();
    assert!(picture.contains("= nothing yet"), "{picture}");
    assert!(picture.contains("default_profile"), "{picture}");
    bench.press("enter");
    let is_launch = |command: &Effect| matches!(command, Effect::Runs(RunsCommand::Launch { .. }));
    assert!(!bench.commands.iter().any(is_launch));
}

#[test]
fn a_default_profile_that_is_put_right_is_taken_when_the_dialog_is_opened_anew() {
    let files = [
        ("weather.yaml", AGENT),
        ("flowdeck.toml", "default_profile = 7\n"),
    ];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    bench.press("esc");
    let path = bench.path("flowdeck.toml");
    std::fs::write(&path, PROFILES).unwrap();
    bench.update(AppEvent::Workspace(Changes::Paths([path].into())));
    bench.press("enter");
    let picture = bench.picture();
    assert!(
        picture.contains("small") && picture.contains("Paris"),
        "{picture}"
    );
    // One that a person has chosen stays.
    bench.press("down right");
    assert!(bench.picture().contains("wide"), "{}", bench.picture());
    bench.press("esc enter");
    assert!(bench.picture().contains("wide"), "{}", bench.picture());
}

#[test]
fn an_example_fills_the_dialog_as_it_is_written() {
    let profiles = "[examples.\"weather.yaml\"]\ninput = { city = 1.10 }\n";
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", profiles)];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    let picture = bench.picture();
    assert!(picture.contains("1.10"), "{picture}");
}

#[test]
fn a_number_at_once_that_replaces_the_profiles_is_told_whole() {
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", PROFILES)];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    fill(&mut bench, "runs", "500");
    fill(&mut bench, "at once", "100");
    assert_snapshot!("more_than_the_profile_80", bench.picture());
}

#[test]
fn the_number_at_once_is_the_profiles_until_one_is_written_which_then_holds() {
    let files = [("weather.yaml", AGENT), ("flowdeck.toml", PROFILES)];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "city", "Paris");
    fill(&mut bench, "runs", "50");
    let picture = bench.picture();
    assert!(
        picture.contains("= 50 runs in 1 batch, 2 at once"),
        "{picture}"
    );
    // The profile is turned, its number and the header with it.
    go_to(&mut bench, "profile");
    bench.press("right");
    assert_snapshot!("profile_80", bench.picture());
    bench.press("down down ctrl-u").type_text("40");
    let picture = bench.picture();
    assert!(
        picture.contains("50 runs in 1 batch, 40 at once"),
        "{picture}"
    );
    assert!(picture.contains("instead of the profile's 30"), "{picture}");
    bench.press("up up left");
    assert!(
        bench.picture().contains("instead of the profile's 2"),
        "{}",
        bench.picture()
    );
    bench.press("enter y");
    assert_eq!(launched(&bench).at_once, 40);
}

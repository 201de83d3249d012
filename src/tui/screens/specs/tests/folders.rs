//! What is chosen in the tree is what actions are about, never the file on show beside it.

use super::{AGENT, NARROW};
use crate::tui::testing::Harness;

#[test]
fn an_action_on_a_folder_says_to_choose_a_file_and_leaves_the_file_on_show_alone() {
    for key in ["e", "x", "ctrl-e", "D", "G", "d", "r"] {
        let files = [("agents/weather.yaml", AGENT)];
        let mut bench = Harness::new(NARROW, &files);
        assert!(
            bench.picture().contains("name: weather"),
            "a file is on show"
        );
        bench.press("home");
        let before = bench.picture();
        bench.press(key);
        let after = bench.picture();
        assert!(after.contains("choose a file"), "{key}:\n{after}");
        let screen = |picture: &str| picture.lines().take(23).collect::<Vec<_>>().join("\n");
        assert_eq!(screen(&before), screen(&after), "{key}");
        assert_eq!(bench.commands.len(), 0, "{key}");
        let footer = before.lines().last().unwrap_or_default();
        assert!(!footer.contains("edit"), "no hint for it: {footer}");
    }
}

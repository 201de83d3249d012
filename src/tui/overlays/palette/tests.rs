use insta::assert_snapshot;

use crate::tui::testing::Harness;

#[test]
fn actions_come_first_and_their_keys_are_said() {
    let mut bench = Harness::samples((80, 24));
    bench.press("ctrl-p");
    assert_snapshot!("open_80", bench.picture());
}

#[test]
fn a_spec_is_found_by_a_few_letters_and_shown() {
    let mut bench = Harness::samples((80, 24));
    bench.press("ctrl-p").type_text("suptri");
    assert!(
        bench.picture().contains("flows/support_triage.yaml"),
        "{}",
        bench.picture()
    );
    bench.press("enter");
    assert!(
        bench.picture().contains("┌ support_triage.yaml"),
        "{}",
        bench.picture()
    );
}

#[test]
fn what_fits_nothing_does_nothing() {
    let mut bench = Harness::samples((80, 24));
    bench.press("ctrl-p").type_text("qqqq").press("enter");
    assert!(bench.picture().contains("palette"), "it stays open");
}

#[test]
fn what_does_nothing_here_says_why_and_comes_last() {
    let mut bench = Harness::samples((80, 24));
    bench.press("2 ctrl-p").type_text("cancel batch");
    let picture = bench.picture();
    assert!(picture.contains("Cancel this batch"), "{picture}");
    assert!(picture.contains("there are no runs yet"), "{picture}");
    bench.press("enter");
    let picture = bench.picture();
    assert!(
        picture.contains("Cancel this batch, or what the filter shows of it: there"),
        "{picture}"
    );
    assert!(picture.contains("┌ palette"), "it stays open: {picture}");
    for _ in 0.."cancel batch".len() {
        bench.press("backspace");
    }
    bench.type_text("undo");
    assert!(
        bench.picture().contains("in the editor"),
        "{}",
        bench.picture()
    );
    bench.press("ctrl-u").type_text("agree to what");
    assert!(
        !bench.picture().contains("Continue: this spec"),
        "what belongs to a dialog is not there"
    );
}

#[test]
fn a_click_does_what_it_is_on_and_the_wheel_turns() {
    let mut bench = Harness::samples((80, 24));
    bench.press("ctrl-p").type_text("go to runs");
    let row = bench
        .picture()
        .lines()
        .position(|line| line.contains("Go to Runs"));
    bench.click(20, u16::try_from(row.unwrap()).unwrap());
    let picture = bench.picture();
    assert!(picture.contains("No runs yet"), "{picture}");
    assert!(!picture.contains("palette ─"), "{picture}");
    bench.press("ctrl-p").click(1, 1);
    assert!(
        !bench.picture().contains("palette ─"),
        "a click beside it closes it"
    );
}

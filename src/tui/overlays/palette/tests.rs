use insta::assert_snapshot;

use crate::tui::testing::Bench;

#[test]
fn actions_come_first_and_their_keys_are_said() {
    let mut bench = Bench::samples((80, 24));
    bench.press("ctrl-p");
    assert_snapshot!("open_80", bench.picture());
}

#[test]
fn a_spec_is_found_by_a_few_letters_and_shown() {
    let mut bench = Bench::samples((80, 24));
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
    let mut bench = Bench::samples((80, 24));
    bench.press("ctrl-p").type_text("qqqq").press("enter");
    assert!(bench.picture().contains("palette"), "it stays open");
}

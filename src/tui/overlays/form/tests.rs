use std::fs;

use crate::tui::overlays::Overlay;
use crate::tui::testing::Harness;

const AGENT: &str = "component_type: Agent # mine
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: You tell the weather.
llm_config: {component_type: OllamaConfig, id: m, name: m, url: 'http://h', model_id: x}
tools: []
$referenced_components:
  look: {component_type: ServerTool, id: look, name: look}
";

fn bench() -> Harness {
    Harness::new((120, 36), &[("weather.yaml", AGENT)])
}

fn saved(bench: &mut Harness) -> String {
    bench.press("esc ctrl-s");
    fs::read_to_string(bench.path("weather.yaml")).unwrap()
}

#[test]
fn each_change_is_made_in_its_place_and_undone_by_itself() {
    let mut bench = bench();
    bench.press("f").type_text(" Be kind.").press("enter");
    bench.press("tab enter");
    assert!(
        bench.picture().contains("[x] weather: look"),
        "{}",
        bench.picture()
    );
    bench.press("tab ctrl-w").type_text("qwen").press("enter");
    bench.press("tab tab").type_text("0.2").press("enter");
    let text = saved(&mut bench);
    let expected = AGENT
        .replace("weather.\n", "weather. Be kind.\n")
        .replace("tools: []", "tools: [{$component_ref: look}]")
        .replace("model_id: x", "model_id: qwen");
    for line in expected
        .lines()
        .filter(|line| !line.starts_with("llm_config"))
    {
        assert!(text.contains(line), "{line} is in {text}");
    }
    assert!(text.contains("temperature: 0.2"), "{text}");
    bench.press("alt-u alt-u alt-u alt-u ctrl-s");
    assert_eq!(
        fs::read_to_string(bench.path("weather.yaml")).unwrap(),
        AGENT
    );
}

#[test]
fn undo_takes_back_what_was_written_and_then_what_was_set() {
    let mut bench = bench();
    bench
        .press("f tab tab ctrl-w")
        .type_text("qwen")
        .press("enter");
    assert!(bench.picture().contains("qwen"), "{}", bench.picture());
    bench.type_text("3").press("alt-u");
    assert!(
        bench.picture().contains("model_id  qwen"),
        "{}",
        bench.picture()
    );
    bench.press("alt-u");
    assert!(
        bench.picture().contains("model_id  x"),
        "{}",
        bench.picture()
    );
    bench.press("alt-u");
    assert!(
        bench.picture().contains("nothing is left to undo"),
        "{}",
        bench.picture()
    );
    assert_eq!(saved(&mut bench), AGENT);
}

#[test]
fn a_number_is_set_in_the_digits_that_were_typed_and_no_more_marked() {
    for (typed, set) in [
        ("1.10", "temperature: 1.10"),
        ("1e3", "temperature: 1000.0"),
    ] {
        let mut bench = bench();
        bench
            .press("f tab tab tab tab")
            .type_text(typed)
            .press("enter");
        let picture = bench.picture();
        assert!(!picture.contains("temperature ●"), "{picture}");
        let text = saved(&mut bench);
        assert!(text.contains(set), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_told_and_stays_written() {
    let mut bench = bench();
    bench
        .press("f tab tab tab tab")
        .type_text("hot")
        .press("enter");
    let picture = bench.picture();
    assert!(picture.contains("write a number"), "{picture}");
    assert!(picture.contains("hot"), "{picture}");
    assert!(matches!(
        bench.state.overlays.last(),
        Some(Overlay::Form(_))
    ));
    assert_eq!(saved(&mut bench), AGENT);
}

#[test]
fn a_text_that_cannot_be_read_has_no_form() {
    let mut bench = Harness::new((120, 36), &[("weather.yaml", "component_type: [")]);
    bench.press("f");
    assert!(bench.state.overlays.is_empty());
    assert!(
        bench.picture().contains("can't be read"),
        "{}",
        bench.picture()
    );
}

#[test]
fn what_is_written_and_not_set_is_asked_about() {
    let mut bench = bench();
    bench.press("f").type_text(" Be kind.").press("esc");
    let picture = bench.picture();
    assert!(
        picture.contains("`weather: system_prompt` is written but not set"),
        "{picture}"
    );
    bench.press("s esc d");
    assert!(bench.state.overlays.is_empty(), "{}", bench.picture());
    bench.press("f esc");
    assert!(bench.state.overlays.is_empty(), "nothing was written");
}

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::spec::LoadOptions;
use crate::spec::assist::{apply, complete};
use crate::tui::testing::Harness;
use crate::tui::widgets::editor::Editor;
use crate::workspace;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

const AGENT: &str = "\
component_type: Agent
agentspec_version: 26.3.1
id: helper
name: helper
system_prompt: Answer about {{city}}.
inputs:
- {title: city, type: string, description: Where.}
llm_config: {$component_ref: llm}
tools:
- $component_ref: look
$referenced_components:
  llm:
    component_type: OllamaConfig
    id: llm
    name: llm
    url: http://localhost:11434
    model_id: llama3.2
  look: {component_type: ServerTool, id: look, name: look}
";

fn bench(size: (u16, u16), text: &str) -> Harness {
    let mut bench = Harness::new(size, &[("helper.yaml", text)]);
    bench.press("e");
    bench
}

/// The text of the file, after it is saved.
fn saved(bench: &mut Harness) -> String {
    bench.press("ctrl-s");
    fs::read_to_string(bench.path("helper.yaml")).unwrap()
}

#[test]
fn completions_stand_below_the_cursor_with_what_the_selected_one_is() {
    for (size, name) in [(NARROW, "complete_80"), (WIDE, "complete_120")] {
        let mut bench = bench(size, AGENT);
        bench.press("down down end enter ctrl-space down");
        assert_snapshot!(name, bench.picture());
    }
}

#[test]
fn near_the_bottom_completions_stand_above_the_cursor() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("ctrl-end ctrl-space");
    assert_snapshot!("complete_above_80", bench.picture());
}

#[test]
fn completions_shrink_as_one_types_and_tab_takes_one() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("down down end enter ctrl-space");
    bench.type_text("hum");
    assert_snapshot!("complete_typed_80", bench.picture());
    bench.press("tab").type_text("false");
    let text = AGENT.replace("id: helper\n", "id: helper\nhuman_in_the_loop: false\n");
    assert_eq!(saved(&mut bench), text);
}

#[test]
fn what_is_accepted_is_one_step_of_undo() {
    let text = AGENT.replace("{$component_ref: llm}", "");
    let mut bench = bench(NARROW, &text);
    bench.press("down down down down down down down end ctrl-space enter");
    assert_eq!(saved(&mut bench), AGENT);
    bench.press("ctrl-u");
    assert_eq!(saved(&mut bench), text);
    bench.press("ctrl-r");
    assert_eq!(saved(&mut bench), AGENT);
}

#[test]
fn esc_closes_the_list_first_and_moving_away_closes_it_too() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("ctrl-space");
    assert!(bench.picture().contains("complete"));
    bench.press("esc");
    assert!(!bench.picture().contains(" complete ─"));
    bench.press("ctrl-space left");
    assert!(!bench.picture().contains(" complete ─"));
    bench.type_text("x");
    assert_eq!(bench.state.screens.specs.unsaved(), ["helper.yaml"]);
}

#[test]
fn f1_says_what_a_field_is_and_is_help_where_there_is_none() {
    for (size, name) in [(NARROW, "describe_80"), (WIDE, "describe_120")] {
        let mut bench = bench(size, AGENT);
        bench.press("down down down down F1");
        assert_snapshot!(name, bench.picture());
        bench.press("esc");
        assert!(!bench.picture().contains("system_prompt of Agent"));
    }
    let mut bench = bench(NARROW, &format!("# a note\n{AGENT}"));
    bench.press("F1");
    assert_eq!(bench.state.overlays.len(), 1, "help is open");
}

#[test]
fn a_fix_is_chosen_from_a_list_and_is_one_step_of_undo() {
    let broken = AGENT.replace("system_prompt", "sytem_prompt");
    for (size, name) in [(NARROW, "fix_80"), (WIDE, "fix_120")] {
        let mut bench = bench(size, &broken);
        bench.press("down down down down alt-enter");
        assert_snapshot!(name, bench.picture());
        bench.press("enter");
        assert_eq!(saved(&mut bench), AGENT);
        bench.press("ctrl-u");
        assert_eq!(saved(&mut bench), broken);
    }
}

#[test]
fn a_line_without_problems_has_no_fixes() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("alt-enter");
    let (_, notice) = bench.state.notices().current(bench.now).unwrap();
    assert_eq!(notice.text, "no fix is known for this line");
}

#[test]
fn from_a_reference_to_its_definition_and_back() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("down down down down down down down end left left F12");
    bench.type_text("x");
    assert!(saved(&mut bench).contains("  xllm:\n"));
    bench.press("ctrl-u alt-left").type_text("y");
    assert!(saved(&mut bench).contains("$component_ref: llym}"));
}

#[test]
fn all_references_are_listed_and_lead_to_their_lines() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("ctrl-end up home right right right shift-F12");
    assert_snapshot!("references_80", bench.picture());
    bench.press("up up enter").type_text("z");
    assert!(saved(&mut bench).contains("- $component_ref: zlook\n"));
}

#[test]
fn renaming_changes_every_place_in_one_step() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("down down down down down down down end left left F2");
    assert_snapshot!("rename_80", bench.picture());
    bench
        .press("backspace backspace backspace")
        .type_text("model")
        .press("enter");
    let text = AGENT
        .replace("_ref: llm", "_ref: model")
        .replace("  llm:", "  model:")
        .replace("id: llm\n", "id: model\n");
    assert_eq!(saved(&mut bench), text);
    bench.press("ctrl-u");
    assert_eq!(saved(&mut bench), AGENT);
}

#[test]
fn a_name_that_is_taken_is_refused_in_words() {
    let mut bench = bench(NARROW, AGENT);
    bench.press("down down down down down down down end left left F2");
    bench
        .press("backspace backspace backspace")
        .type_text("look")
        .press("enter");
    let (_, notice) = bench.state.notices().current(bench.now).unwrap();
    assert_eq!(
        notice.text,
        "`look` is the name of something else in this document"
    );
}

/// At every sampled place of every sample, whatever is offered there: accepting it and one undo give the old text.
#[test]
fn one_undo_takes_back_whatever_was_accepted() {
    let size = Size::new(60, 20);
    for name in [
        "agents/refund_desk.yaml",
        "agents/invoice_reader.json",
        "flows/support_triage.yaml",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("sample_specs")
            .join(name);
        let text = fs::read_to_string(&path).unwrap();
        let format = workspace::format_of(&path).unwrap();
        let mut editor = Editor::new(&text, format);
        let options = LoadOptions {
            format: Some(format),
            ..LoadOptions::default()
        };
        for at in (0..text.len()).step_by(text.len() / 12 + 1) {
            let at = text.floor_char_boundary(at);
            let completions = complete(&text, &options, at);
            for item in &completions.items {
                let edits = item.edits(completions.range.clone());
                if editor.apply_edits(&edits, at, size) {
                    assert_eq!(**editor.text(), *apply(&text, &edits), "{name} at {at}");
                    assert!(editor.undo(size));
                }
                assert_eq!(**editor.text(), *text, "{name} at {at}: {}", item.label);
            }
        }
    }
}

#[test]
fn a_click_on_a_row_takes_it_and_a_click_elsewhere_closes_the_list() {
    let row_of = |bench: &Harness, what: &str| {
        let picture = bench.picture();
        let (row, line) = picture
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(what))
            .expect("it is on the screen");
        let before = line.split(what).next().unwrap_or_default();
        let column = before.chars().count();
        (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
    };
    let mut bench = bench(NARROW, AGENT);
    bench.press("down down end enter ctrl-space");
    let (column, row) = row_of(&bench, "toolboxes");
    bench.click(column, row);
    assert!(
        bench.picture().contains(" 4 toolboxes:"),
        "{}",
        bench.picture()
    );
    bench.press("ctrl-space");
    assert!(bench.picture().contains(" complete ─"));
    bench.click(2, 20);
    assert!(!bench.picture().contains(" complete ─"));
}

//! What Inspect says of a run that waited, of what is folded, and of calls that are about to be made again.

use std::time::Duration;

use serde_json::json;

use std::sync::Arc;

use super::inspect;
use crate::base::ids::SpanId;
use crate::runs::BatchTerms;
use crate::runs::script::{
    Script, component, llm_request, llm_response, tool_request_with, tool_response,
};
use crate::trace::{RunState, SpanKind, SpanOutcome};
use crate::tui::effect::{Effect, TerminalCommand};
use crate::tui::testing::Harness;
use crate::tui::testing::stage::Runs;

const SPEC: &str = "component_type: Agent\nagentspec_version: 26.1.2\nname: desk\nsystem_prompt: You look.\n\
    llm_config: {component_type: OllamaConfig, name: m, url: 'localhost:1', model_id: m}\n\
    tools:\n- {component_type: ServerTool, id: look, name: look, description: Looks., \
    inputs: [{title: where, type: object}], outputs: [{title: seen, type: string}]}\n";

/// A run whose tool call waited for a yes for five seconds in the middle.
fn waited() -> Script {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "desk");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "m");
    script.traced(&llm, llm_request("q1"));
    script.pass(Duration::from_secs(1));
    script.traced(&llm, llm_response("q1", ""));
    script.end(&llm, SpanOutcome::Ok);
    let tool = call(&mut script, &agent);
    script.pass(Duration::from_secs(1));
    script.state(RunState::NeedsInput);
    script.pass(Duration::from_secs(5));
    script.state(RunState::Running);
    script.pass(Duration::from_secs(1));
    script.traced(&tool, tool_response("c1", "look", None));
    script.end(&tool, SpanOutcome::Ok);
    script
}

fn call(script: &mut Script, agent: &SpanId) -> SpanId {
    let tool = component("ServerTool", "look");
    let tool = script.start_of(Some(agent), SpanKind::ToolExecutionSpan, tool);
    let arguments = json!({"where": {"deep": {"place": "Lighthouse"}}, "again": "Lighthouse"});
    script.traced(&tool, tool_request_with("c1", "look", arguments));
    tool
}

fn shown(size: (u16, u16)) -> Harness {
    inspect(size, SPEC, &waited())
}

#[test]
fn a_row_says_how_long_its_span_waited_and_its_bar_is_thin_there() {
    let picture = shown((200, 60)).picture();
    let row = |name: &str| picture.lines().find(|line| line.contains(name)).unwrap();
    let tool = row("ToolExecution look");
    assert!(
        tool.contains("waited 5.0s") && tool.contains("2.00s"),
        "{picture}"
    );
    let bar: String = tool.chars().filter(|sign| "█─".contains(*sign)).collect();
    let bar = bar.trim_end_matches('─');
    assert!(
        bar.contains("█──") && bar.ends_with('█'),
        "{bar}: {picture}"
    );
    assert!(!row("LlmGeneration").contains("waited"), "{picture}");
}

#[test]
fn that_bars_are_in_the_time_of_what_is_in_view_is_told() {
    let mut bench = shown((120, 36));
    assert!(!bench.picture().contains("bars: in view"));
    bench.press("z");
    assert!(bench.picture().contains("bars: in view"));
    bench.press("z");
    assert!(!bench.picture().contains("bars: in view"));
}

#[test]
fn what_is_looked_for_is_found_in_what_is_folded() {
    let mut bench = shown((120, 36));
    bench.press("down down tab down enter");
    let folded = bench.picture();
    assert_eq!(folded.matches("Lighthouse").count(), 0, "{folded}");
    bench.press("/").type_text("lighthouse").press("enter");
    let found = bench.picture();
    assert_eq!(found.matches("\"Lighthouse\"").count(), 2, "{found}");
    assert!(found.contains("of 2"), "{found}");
}

#[test]
fn what_was_typed_for_a_call_and_left_is_there_again() {
    let mut bench = shown((120, 36));
    bench.press("down down R").type_text("XYZ").press("esc");
    assert!(bench.picture().contains("what you typed is kept"));
    bench.press("R");
    assert!(bench.picture().contains("XYZ"), "{}", bench.picture());
}

#[test]
fn what_is_on_show_goes_to_the_editor_whole_and_the_run_to_a_file() {
    let mut bench = shown((120, 36));
    // Folded on the screen, whole in the editor.
    bench.press("down down tab down enter E");
    let shown = bench.commands.iter().find_map(|effect| match effect {
        Effect::Terminal(TerminalCommand::ShowInEditor { text }) => Some(text.clone()),
        _ => None,
    });
    let text = shown.unwrap();
    assert_eq!(text.matches("\"Lighthouse\"").count(), 2, "{text}");
    bench.press("e");
    let picture = bench.picture();
    assert!(picture.contains("┌ export run"), "{picture}");
}

#[test]
fn the_line_that_does_a_run_again_is_copied_or_refused_with_the_reason() {
    let mut bench = shown((120, 36));
    bench.press("Y");
    let picture = bench.picture();
    assert!(picture.contains("came from no file"), "{picture}");
    let mut runs = Runs::launch(Harness::new((120, 36), &[]), &["Paris"]);
    runs.change_batch(|batch| {
        let mut terms = BatchTerms::clone(&batch.terms);
        terms.origin.spec = Some("/w/weather.yaml".into());
        batch.terms = Arc::new(terms);
    });
    let copied = |bench: &Harness| {
        bench.commands.iter().find_map(|effect| match effect {
            Effect::Terminal(TerminalCommand::Copy { text, .. }) => Some(text.clone()),
            _ => None,
        })
    };
    let expected = "flowdeck run /w/weather.yaml --profile offline --input city=Paris";
    runs.bench.press("Y");
    let line = copied(&runs.bench).unwrap();
    assert!(line.starts_with(expected), "{line}");
    runs.bench.press("3 Y");
    assert_eq!(copied(&runs.bench), Some(line));
}

//! Looking for a text in a run that fills the screen, and in Inspect.

use ratatui::style::Modifier;
use serde_json::json;

use super::bench;
use super::stage::{Runs, component};
use crate::base::ids::RequestId;
use crate::conversation::Role;
use crate::trace::{Event, RunEventBody, RunState, SpanKind};

const POEM: &str = "A light rain falls on the old harbour, and the boats lie still. Nobody walks on the long pier; \
    the lamps are lit one after the other, and the water takes their light.";

/// A run that has said a poem and called a tool, on the screen alone.
fn zoomed(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.say(0, Role::Agent, POEM);
    let tool = component("ServerTool", "find_menu");
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::ToolExecutionSpan,
        component: tool.clone(),
    };
    runs.tell(0, Some("s_tool"), started);
    let id = RequestId::new("call_1");
    let request = Event::ToolExecutionRequest {
        tool: tool.clone(),
        request_id: id.clone(),
        inputs: json!({"guests": 12}).into(),
        binding: "value".to_owned(),
        lane: "fixed".to_owned(),
        key: None,
    };
    let response = Event::ToolExecutionResponse {
        tool,
        request_id: id,
        outputs: json!({"courses": ["tomato soup", "mushroom pie"], "poem": POEM}).into(),
        key: None,
        error: None,
        waited_ms: 0.0,
        held_ms: None,
    };
    for traced in [request, response] {
        runs.tell(0, Some("s_tool"), RunEventBody::Traced(traced));
    }
    runs.bench.press("enter");
    runs
}

/// The texts that are marked, row by row.
fn marked(runs: &Runs) -> Vec<String> {
    let mut found = Vec::new();
    for row in runs.bench.cells() {
        let mut text = String::new();
        for cell in row {
            let is_marked = cell.modifier.contains(Modifier::REVERSED | Modifier::BOLD);
            if is_marked {
                text.push_str(cell.symbol());
            } else if !text.is_empty() {
                found.push(std::mem::take(&mut text));
            }
        }
        found.extend(Some(text).filter(|text| !text.is_empty()));
    }
    found
}

fn notice(runs: &Runs) -> String {
    let last = runs.bench.state.notices().iter().next_back();
    last.map(|(_, notice)| notice.text.clone())
        .unwrap_or_default()
}

#[test]
fn a_zoomed_pane_is_searched_and_only_the_match_is_marked() {
    let mut runs = zoomed((80, 24));
    runs.bench.press("/").type_text("LIGHT").press("enter");
    assert_eq!(
        marked(&runs),
        ["light"; 4],
        "two in the message, two in the result"
    );
    insta::assert_snapshot!("found_in_zoomed_pane_80", runs.bench.picture());
    runs.bench.press("n N");
    assert_eq!(notice(&runs), "", "it goes round and round");
    runs.bench
        .press("/ ctrl-u")
        .type_text("snow")
        .press("enter");
    assert_eq!(notice(&runs), "no match for \"snow\"");
    assert_eq!(marked(&runs), Vec::<String>::new());
}

#[test]
fn a_match_over_the_end_of_a_line_is_one_match() {
    let mut runs = zoomed((80, 24));
    let picture = runs.bench.picture();
    let line = picture.lines().find(|line| line.contains("A light rain"));
    let words: Vec<&str> = line.unwrap().trim_matches(['│', ' ']).split(' ').collect();
    let last = words.last().unwrap().to_string();
    let next = POEM
        .split(' ')
        .skip_while(|word| *word != last)
        .nth(1)
        .unwrap();
    runs.bench
        .press("/")
        .type_text(&format!("{last} {next}"))
        .press("enter");
    assert_eq!(marked(&runs)[..2], [last, next.to_owned()]);
}

#[test]
fn a_fold_that_hides_what_is_looked_for_is_opened() {
    let mut runs = zoomed((80, 24));
    assert!(!runs.bench.picture().contains("\"guests\": 12"));
    runs.bench
        .press("/")
        .type_text("\"guests\": 12")
        .press("enter");
    assert_eq!(marked(&runs), ["\"guests\": 12"]);
    runs.bench.press("esc esc esc");
    assert_eq!(
        marked(&runs),
        Vec::<String>::new(),
        "nothing is marked afterwards"
    );
}

#[test]
fn inspect_wraps_between_words_and_marks_the_match_alone() {
    let mut runs = zoomed((80, 24));
    runs.bench
        .press("3 tab right /")
        .type_text("still")
        .press("enter");
    assert_eq!(marked(&runs), ["still"]);
    let picture = runs.bench.picture();
    insta::assert_snapshot!("found_in_inspect_80", picture);
    // Every word of the poem stands whole on a line.
    let whole = POEM.split(' ').all(|word| {
        let on_a_line = |line: &str| line.split([' ', '"', '│']).any(|other| other == word);
        picture.lines().any(on_a_line)
    });
    assert!(whole, "{picture}");
    runs.bench
        .press("/ ctrl-u")
        .type_text("snow")
        .press("enter");
    assert_eq!(notice(&runs), "no match for \"snow\"");
    runs.bench.press("w");
    let picture = runs.bench.picture();
    let cut = picture.lines().find(|line| line.contains("\"poem\""));
    assert!(cut.is_some_and(|line| line.contains('…')), "{picture}");
}

//! What holds of any text and of any component: no panic, problems inside the text, nothing lost between load and
//! export, everything in bounds.

use std::fmt::Write;
use std::sync::Arc;

use flowdeck::spec::IdSource;
use flowdeck::spec::{
    Component, ExportOptions, Format, LoadOptions, Loaded, Loss, export, load, losses,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const FORMATS: [Format; 2] = [Format::Yaml, Format::Json];

/// A document with most of the language's shapes in it.
const FLOW: &str = include_str!("../../sample_specs/flows/support_triage.yaml");

/// Pieces of which broken documents are made.
pub(crate) const PIECES: &[&str] = &[
    "component_type",
    "Agent",
    "Flow",
    "VllmConfig",
    "id",
    "name",
    "nodes",
    "tools",
    "inputs",
    "title",
    "agentspec_version",
    "26.1.2",
    "$component_ref",
    "$referenced_components",
    "metadata",
    ": ",
    ":",
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n- ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ",",
    "\"",
    "'",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "|\n  ",
    ">-\n  ",
    "# c",
    "<<: ",
    "12",
    "-1.5",
    "yes",
    "null",
    "~",
    "2024-01-01",
    "1:30",
    "\t",
    "\r\n",
    "é",
    "\u{1F600}",
    "\u{feff}",
    "---\n",
    "...\n",
    "? ",
    "%YAML 1.1\n",
    "{{x}}",
    "\\u00e9",
    "\\",
];

fn loaded(text: &str, format: Format) -> Loaded {
    let ids = IdSource::counted();
    load(
        text,
        &LoadOptions {
            format: Some(format),
            ids,
            ..LoadOptions::default()
        },
    )
}

/// Loads a text and checks that each problem stands inside it, that what was made of it is in proportion to its length,
/// and that a document without errors survives its exports.
pub(crate) fn check_any_text(text: &str, format: Format) {
    let loaded = loaded(text, format);
    let lines = text.lines().count() + 1;
    for problem in &loaded.diagnostics {
        let place = problem.place;
        assert!(text.get(place.bytes()).is_some(), "{problem:?} in {text:?}");
        assert!(
            1 <= place.line && place.line <= place.end_line,
            "{problem:?}"
        );
        assert!(
            place.end_line <= lines.max(text.matches(['\r', '\n']).count() + 1),
            "{problem:?}"
        );
        assert!(!problem.message.is_empty());
    }
    assert!(loaded.tree.len() <= text.len() + 1, "{}", loaded.tree.len());
    let told: usize = loaded.diagnostics.iter().map(|it| it.message.len()).sum();
    assert!(
        told <= 10_000 + 200 * text.len(),
        "{told} bytes of messages"
    );
    assert!(loaded.diagnostics.is_sorted_by_key(|problem| problem.place));
    if let (Some(component), false) = (&loaded.component, loaded.has_errors()) {
        check_export(component);
    }
}

/// Both exports load to an equal component, and export to the same text again.
fn check_export(component: &Arc<Component>) {
    for format in FORMATS {
        let options = ExportOptions {
            include_sensitive: true,
            ..ExportOptions::new(format)
        };
        let first = export(component, &options).unwrap();
        let again = loaded(&first.text, format);
        assert!(
            !again.has_errors(),
            "{:?}\n{}",
            again.diagnostics,
            first.text
        );
        let again = again.component.unwrap();
        let second = export(&again, &options).unwrap();
        assert_eq!(second.text, first.text);
        let lost = losses(component, &first, format);
        assert!(
            lost.iter().all(Loss::is_intended),
            "{lost:?}\n{}",
            first.text
        );
    }
}

/// Any JSON value that a document can hold.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ -~\n\t]{0,40}".prop_map(Value::from),
        prop::sample::select(PIECES).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whether a value looks like a reference somewhere, which must then lead somewhere.
fn holds_reference(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds_reference),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.starts_with('$') || holds_reference(value)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn any_text_loads_without_panic(text in any::<String>()) {
        for format in FORMATS {
            check_any_text(&text, format);
        }
    }

    #[test]
    fn any_pieces_load_without_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let text = pieces.concat();
        for format in FORMATS {
            check_any_text(&text, format);
        }
    }

    #[test]
    fn a_document_in_the_middle_of_an_edit_loads_without_panic(
        at in any::<prop::sample::Index>(),
        length in 0_usize..80,
        piece in prop::sample::select(PIECES),
    ) {
        let mut characters: Vec<char> = FLOW.chars().collect();
        let start = at.index(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, piece.chars());
        check_any_text(&characters.iter().collect::<String>(), Format::Yaml);
    }

    #[test]
    fn free_data_survives_every_export(value in any_json(), name in any::<String>(), body in any_json()) {
        prop_assume!(!holds_reference(&value) && !holds_reference(&body));
        let document = json!({
            "component_type": "RemoteTool", "id": "r", "name": name, "url": "http://h", "http_method": "POST",
            "metadata": {"value": value}, "data": body, "agentspec_version": "26.3.1",
        });
        let original = loaded(&document.to_string(), Format::Json);
        prop_assert!(!original.has_errors(), "{:?}", original.diagnostics);
        let component = original.component.unwrap();
        check_export(&component);
        for format in FORMATS {
            let text = export(&component, &ExportOptions::new(format)).unwrap().text;
            prop_assert_eq!(&loaded(&text, format).component.unwrap(), &component);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Nodes that share models in any way are written so that they share them still.
    #[test]
    fn sharing_survives_every_export(uses in prop::collection::vec(0_usize..5, 1..12)) {
        let text = flow_of_prompts(&uses);
        let original = loaded(&text, Format::Yaml);
        prop_assert!(!original.has_errors(), "{:?}\n{text}", original.diagnostics);
        let component = original.component.unwrap();
        check_export(&component);
        for format in FORMATS {
            let text = export(&component, &ExportOptions::new(format)).unwrap().text;
            let again = loaded(&text, format).component.unwrap();
            prop_assert_eq!(again.walk().len(), component.walk().len());
            prop_assert_eq!(&again, &component);
        }
    }
}

/// A flow of prompts in a row, each of which uses the model with its number.
fn flow_of_prompts(uses: &[usize]) -> String {
    let names: Vec<String> = (0..uses.len()).map(|at| format!("n{at}")).collect();
    let all: Vec<&str> = std::iter::once("s")
        .chain(names.iter().map(String::as_str))
        .chain(["e"])
        .collect();
    let mut text = String::from(
        "component_type: Flow\nid: f\nname: f\nstart_node: {$component_ref: s}\nnodes:\n",
    );
    for node in &all {
        writeln!(text, "- {{$component_ref: {node}}}").unwrap();
    }
    text.push_str("control_flow_connections:\n");
    for (at, pair) in all.windows(2).enumerate() {
        writeln!(
            text,
            "- {{component_type: ControlFlowEdge, id: c{at}, name: c, from_node: {{$component_ref: {}}}, to_node: {{$component_ref: {}}}}}",
            pair[0], pair[1]
        )
        .unwrap();
    }
    text.push_str("agentspec_version: 26.1.2\n$referenced_components:\n");
    text.push_str("  s: {component_type: StartNode, id: s, name: s}\n  e: {component_type: EndNode, id: e, name: e}\n");
    for (name, model) in names.iter().zip(uses) {
        writeln!(
            text,
            "  {name}: {{component_type: LlmNode, id: {name}, name: {name}, prompt_template: hi, llm_config: {{$component_ref: m{model}}}}}"
        )
        .unwrap();
    }
    for model in 0..5 {
        if uses.contains(&model) {
            writeln!(
                text,
                "  m{model}: {{component_type: VllmConfig, id: m{model}, name: m, url: u, model_id: m}}"
            )
            .unwrap();
        }
    }
    text
}

/// The codes of the errors of a text.
fn errors(text: &str, format: Format) -> Vec<&'static str> {
    let loaded = loaded(text, format);
    loaded
        .diagnostics
        .iter()
        .filter(|p| p.is_error())
        .map(|p| p.code.0)
        .collect()
}

#[test]
fn texts_that_are_made_to_hurt_are_refused_within_bounds() {
    let mut bomb = String::from("component_type: Agent\na: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "b{level}: &a{level} [{aliases}]").unwrap();
    }
    let brackets = "[".repeat(1 << 20);
    let braces = "{a: ".repeat(1 << 18);
    let objects = "{\"a\":".repeat(1 << 18);
    let dashes = "- ".repeat(1 << 18);
    let large = format!("metadata: {}", "x".repeat(10 << 20));
    for (text, format) in [
        (&bomb, Format::Yaml),
        (&brackets, Format::Yaml),
        (&brackets, Format::Json),
        (&braces, Format::Yaml),
        (&objects, Format::Json),
        (&dashes, Format::Yaml),
        (&large, Format::Yaml),
        (&large, Format::Json),
    ] {
        let codes = errors(text, format);
        assert!(
            !codes.is_empty() && codes.iter().all(|code| *code == "AS001"),
            "{codes:?}"
        );
    }
}

#[test]
fn a_large_document_of_a_row_of_lines_loads() {
    let uses: Vec<usize> = (0..2_000).map(|at| at % 5).collect();
    let loaded = loaded(&flow_of_prompts(&uses), Format::Yaml);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics.first());
    assert_eq!(
        loaded.component.unwrap().walk().len(),
        1 + 2 + 2_000 + 2_001 + 5
    );
}

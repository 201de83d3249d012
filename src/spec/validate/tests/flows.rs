//! The rules about flows.

use super::{check, expanded};
use crate::spec::diagnostic::Code;
use crate::spec::load::{LoadOptions, load};

/// A flow with these lines, between its head and the definitions of its nodes: `s` start, `e` and `e2`
/// ends, `m` an output message, `b` a branching node with the branches `go` and `default`.
fn flow(lines: &str) -> String {
    let used = |name: &str| {
        let marked = lines.replace(['«', '»'], "");
        marked.contains(&format!("@{name},")) || marked.contains(&format!("@{name}]"))
    };
    let nodes = [
        ("s", "{component_type: StartNode, id: s, name: s}"),
        ("e", "{component_type: EndNode, id: e, name: e}"),
        ("e2", "{component_type: EndNode, id: e2, name: e2}"),
        (
            "m",
            "{component_type: OutputMessageNode, id: m, name: m, message: hi}",
        ),
        (
            "n",
            "{component_type: OutputMessageNode, id: n, name: n, message: ho}",
        ),
        (
            "b",
            "{component_type: BranchingNode, id: b, name: b, mapping: {y: go}, inputs: [{title: k, type: string, default: y}]}",
        ),
    ];
    let defined: Vec<String> = nodes
        .iter()
        .filter(|(name, _)| {
            used(name)
                && !lines.contains(&format!("\n  {name}: "))
                && !lines.contains(&format!("\n  «{name}»: "))
        })
        .map(|(name, node)| format!("  {name}: {node}\n"))
        .collect();
    let defined = defined.concat();
    let (lines, own) = lines
        .split_once("$referenced_components:\n")
        .unwrap_or((lines, ""));
    format!(
        "component_type: Flow\nid: f\nname: f\nagentspec_version: 26.1.2\n{lines}\
         $referenced_components:\n{own}{defined}"
    )
}

#[test]
fn a_sound_flow_has_no_problem() {
    check(
        &[],
        &flow(
            "\
start_node: @s
nodes: [@s, @b, @m, @e]
control_flow_connections:
- s -> b
- b.go -> m
- b.default -> e
- m -> b
",
        ),
    );
}

#[test]
fn a_flow_has_one_start_node_and_it_is_named() {
    check(
        &["error AS501"],
        &flow(
            "\
start_node: @m
nodes: «[@m, @e]»
control_flow_connections:
- m -> e
",
        ),
    );
    check(
        &["error AS501"],
        &flow(
            "\
start_node: @s
nodes: [@s, @«s2», @e]
control_flow_connections:
- s -> e
$referenced_components:
  s2: {component_type: StartNode, id: s2, name: s2}
",
        ),
    );
    check(
        &["error AS502"],
        &flow(
            "\
start_node: @«m»
nodes: [@s, @m, @e]
control_flow_connections:
- s -> m
- m -> e
",
        ),
    );
}

#[test]
fn a_flow_has_an_end_node_that_is_reached() {
    check(
        &["error AS505"],
        &flow(
            "\
start_node: @s
nodes: «[@s, @m]»
control_flow_connections:
- s -> m
- m -> m
",
        ),
    );
    check(
        &["error AS506"],
        &flow(
            "\
start_node: @s
nodes: [@s, @e, @«e2»]
control_flow_connections:
- s -> e
",
        ),
    );
}

#[test]
fn edges_keep_to_start_and_end() {
    check(
        &["error AS503"],
        &flow(
            "\
start_node: @s
nodes: [@s, @e, @e2]
control_flow_connections:
- s -> e
- «s» -> e2
",
        ),
    );
    check(
        &["error AS503"],
        &flow(
            "\
start_node: @«s»
nodes: [@s, @m, @e]
control_flow_connections:
- m -> e
",
        ),
    );
    check(
        &["error AS507", "error AS504"],
        &flow(
            "\
start_node: @s
nodes: [@s, @m, @e]
control_flow_connections:
- s -> m
- m -> e
- «e» -> «s»
",
        ),
    );
}

#[test]
fn edges_stay_in_the_flow() {
    check(
        &["error AS508"],
        &flow(
            "\
start_node: @s
nodes: [@s, @e]
control_flow_connections:
- s -> e
- «m» -> e
$referenced_components:
  m: {component_type: OutputMessageNode, id: m, name: m, message: hi}
",
        ),
    );
    check(
        &["error AS509"],
        &flow(
            "\
start_node: @s
nodes: [@s, @e]
control_flow_connections:
- s -> e
data_flow_connections:
- «x».user_input => e.a
$referenced_components:
  x: {component_type: InputMessageNode, id: x, name: x}
  e: {component_type: EndNode, id: e, name: e, outputs: [{title: a, type: string}]}
",
        ),
    );
}

#[test]
fn a_node_is_listed_once() {
    check(
        &["warning AS524"],
        &flow(
            "\
start_node: @s
nodes: [@s, @m, @«m», @e]
control_flow_connections:
- s -> m
- m -> e
",
        ),
    );
}

#[test]
fn branches_have_one_edge_each() {
    check(
        &["warning AS520", "warning AS521"],
        &flow(
            "\
start_node: @s
nodes: [@s, @b, @e]
control_flow_connections:
- s -> b
- b.go -> e
- b.default -> e
- b.«go» -> e
- b.«goo» -> e
",
        ),
    );
    check(&["warning AS522"], &flow("\
start_node: @s
nodes: [@s, @b, @e]
control_flow_connections:
- s -> b
- b.go -> e
$referenced_components:
  «b»: {component_type: BranchingNode, id: b, name: b, mapping: {y: go}, inputs: [{title: k, type: string, default: y}]}
"));
}

#[test]
fn every_node_is_reached_and_reaches_an_end() {
    check(
        &["warning AS523"],
        &flow(
            "\
start_node: @s
nodes: [@s, @«m», @e]
control_flow_connections:
- s -> e
- m -> e
",
        ),
    );
    check(
        &["warning AS523"],
        &flow(
            "\
start_node: @s
nodes: [@s, @b, @«m», @n, @e]
control_flow_connections:
- s -> b
- b.go -> e
- b.default -> m
- m -> n
- n -> m
",
        ),
    );
}

#[test]
fn data_edges_name_what_exists_and_fits() {
    let nodes = "\
start_node: @s
nodes: [@s, @e]
control_flow_connections:
- s -> e
data_flow_connections:
";
    let typed = "\
$referenced_components:
  s: {component_type: StartNode, id: s, name: s, inputs: [{title: a, type: string}, {title: o, type: object}]}
  e: {component_type: EndNode, id: e, name: e, outputs: [{title: b, type: integer}]}
";
    for (edge, expected) in [
        ("- s.«aa» => e.b\n", "error AS510"),
        ("- s.a => e.«bb»\n", "error AS510"),
        ("- s.a => e.«b»\n", "error AS511"),
        ("- s.o => e.«b»\n", "error AS511"),
    ] {
        check(&[expected], &flow(&format!("{nodes}{edge}{typed}")));
    }
    check(&["error AS306"], &flow(&format!("{nodes}- s.a => e.«b»\n\
$referenced_components:
  s: {{component_type: StartNode, id: s, name: s, inputs: [{{title: a, oneOf: [{{type: string}}]}}]}}
  e: {{component_type: EndNode, id: e, name: e, outputs: [{{title: b, type: integer}}]}}
")));
    check(
        &["error AS306"],
        &flow(
            "nodes: [@s, @e]
start_node: @s
control_flow_connections:
- s -> e
$referenced_components:
  s: {component_type: StartNode, id: s, name: s, inputs: [{title: a, oneOf: [{type: string}]}]}
  e: {component_type: EndNode, id: e, name: e, outputs: [{title: «a», oneOf: [{type: string}]}]}
",
        ),
    );
}

#[test]
fn types_that_do_not_fit_are_named_so_that_the_difference_can_be_seen() {
    let help_of = |given: &str, wanted: &str| {
        let text = flow(&format!(
            "\
nodes: [@s, @e]
start_node: @s
control_flow_connections:
- s -> e
data_flow_connections:
- s.a => e.b
$referenced_components:
  s: {{component_type: StartNode, id: s, name: s, inputs: [{{title: a, {given}}}]}}
  e: {{component_type: EndNode, id: e, name: e, outputs: [{{title: b, {wanted}}}]}}
"
        ));
        let text: String = text.lines().map(|line| expanded(line) + "\n").collect();
        let problems = load(&text, &LoadOptions::default()).diagnostics;
        let mut misfits = problems.into_iter().filter(|it| it.code == Code("AS511"));
        misfits
            .next()
            .map(|it| (it.message, it.help.unwrap_or_default()))
    };
    let (message, help) = help_of("type: 'null'", "type: 'null'").unwrap();
    assert!(
        message.contains("is null") && message.contains("takes null"),
        "{message}"
    );
    assert!(help.contains("same title"), "{help}");
    assert_eq!(help_of("type: 'null'", "type: [string, 'null']"), None);
    assert_eq!(help_of("type: 'null'", "description: any"), None);
    let open = "type: object, properties: {x: {type: string}}";
    let (_, help) = help_of(open, &format!("anyOf: [{{{open}}}, {{type: 'null'}}]")).unwrap();
    assert!(help.contains("additionalProperties: false"), "{help}");
    // What is no union of objects needs another one.
    for wanted in ["type: integer", "type: array", "type: [integer, 'null']"] {
        let (_, help) = help_of(open, wanted).unwrap();
        assert_eq!(help, "", "{wanted}");
    }
    let (message, _) = help_of(open, "type: object, properties: {x: {type: integer}}").unwrap();
    assert!(
        message.contains(r#"is `{"type":"object","properties":{"x":{"type":"string"}}}`"#),
        "{message}"
    );
}

#[test]
fn inputs_are_fed_by_edges_or_by_name() {
    let nodes = "\
start_node: @s
nodes: [@s, @m, @e]
control_flow_connections:
- s -> m
- m -> e
";
    let needy = "\
$referenced_components:
  m: {component_type: OutputMessageNode, id: m, name: m, message: \"say «{{text}}»\"}
";
    check(
        &["warning AS525"],
        &flow(&format!("{nodes}data_flow_connections: []\n{needy}")),
    );
    check(&["warning AS528"], &flow(&format!("{nodes}{needy}")));
    // An empty list keeps even what has the same name from an input, whose default is then taken.
    let given = "\
$referenced_components:
  m: {component_type: OutputMessageNode, id: m, name: m, message: \"say {{text}}\", inputs: [{title: «text», type: string, default: x}]}
  s: {component_type: StartNode, id: s, name: s, inputs: [{title: TEXT, type: string}]}
";
    let same = given.replace("TEXT", "text");
    check(
        &["warning AS525"],
        &flow(&format!("{nodes}data_flow_connections: []\n{same}")),
    );
    let unmarked = |text: &str| text.replace(['«', '»'], "");
    check(&[], &flow(&format!("{nodes}{}", unmarked(&same))));
    check(
        &[],
        &flow(&format!(
            "{nodes}data_flow_connections: []\n{}",
            unmarked(given)
        )),
    );
    let fed = needy.replace(['«', '»'], "")
        + "  s: {component_type: StartNode, id: s, name: s, inputs: [{title: text, type: string}]}\n";
    check(&[], &flow(&format!("{nodes}{fed}")));
    check(
        &[],
        &flow(&format!(
            "{nodes}data_flow_connections:\n- s.text => m.text\n{fed}"
        )),
    );
    check(
        &["warning AS526"],
        &flow(&format!(
            "{nodes}data_flow_connections:\n- s.text => m.text\n- {{component_type: «DataFlowEdge», name: d2, \
         source_node: @s, source_output: text, destination_node: @m, destination_input: text}}\n{fed}"
        )),
    );
}

#[test]
fn data_comes_from_what_ran_before() {
    check(
        &["warning AS527"],
        &flow(
            "\
start_node: @s
nodes: [@s, @m, @x, @e]
control_flow_connections:
- s -> m
- m -> x
- x -> e
data_flow_connections:
- «x».user_input => m.text
$referenced_components:
  x: {component_type: InputMessageNode, id: x, name: x}
  m: {component_type: OutputMessageNode, id: m, name: m, message: \"{{text}}\"}
",
        ),
    );
}

#[test]
fn end_nodes_give_what_the_flow_declares() {
    let nodes = "\
start_node: @s
nodes: [@s, @b, @e, @e2]
control_flow_connections:
- s -> b
- b.go -> e
- b.default -> e2
";
    let r = "{title: r, type: string, default: x}";
    let ends = |first: &str, second: &str| {
        format!(
            "\
$referenced_components:
  e: {{component_type: EndNode, id: e, name: e, outputs: [{first}]}}
  e2: {{component_type: EndNode, id: e2, name: e2, outputs: [{second}]}}
"
        )
    };
    check(
        &["error AS512"],
        &flow(&format!(
            "{nodes}{}",
            ends(r, "{title: «r», type: integer, default: 1}")
        )),
    );
    check(
        &["error AS513"],
        &flow(&format!(
            "{nodes}outputs: [{{title: «r», type: string}}]\n{}",
            ends(r, "")
        )),
    );
    check(
        &["error AS513"],
        &flow(&format!(
            "{nodes}outputs: [{{title: «r», type: integer}}]\n{}",
            ends(r, r)
        )),
    );
    check(
        &[],
        &flow(&format!(
            "{nodes}outputs: [{{title: r, type: string, default: y}}]\n{}",
            ends(r, "")
        )),
    );
}

#[test]
fn a_flow_takes_what_its_start_node_takes() {
    let s = "\
start_node: @s
nodes: [@s, @e]
control_flow_connections:
- s -> e
$referenced_components:
  s: {component_type: StartNode, id: s, name: s, inputs: [{title: a, type: string}]}
";
    check(&["error AS514"], &flow(&format!("inputs: «[]»\n{s}")));
    check(
        &["error AS514"],
        &flow(&format!(
            "inputs: [{{title: a, type: string}}, {{title: «b», type: string}}]\n{s}"
        )),
    );
}

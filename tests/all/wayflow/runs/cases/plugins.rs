//! The nodes of WayFlow's plugins.

mod catching;
mod stores;

use serde_json::{Value, json};

use super::super::super::parts::{merge, node};
use super::super::super::server::Answer::Text;
use super::super::case::Case;
use super::super::graph::Graph;
use super::{ask, boolean, branch, call, fill, integer, list, row, say, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = patterns();
    cases.extend(templates());
    cases.extend(choices());
    cases.extend(variables());
    cases.extend(said());
    cases.extend(catching::cases());
    cases.extend(stores::cases());
    cases
}

/// A flow from `x` to `value`.
fn of_text(name: &str, text: &str, nodes: &[Value], output: Value) -> Case {
    Case::of(name, row("f", json!([string("x")]), nodes, json!([output])))
        .inputs(json!({"x": text}))
}

fn patterns() -> Vec<Case> {
    let find = |fields: Value| {
        let mut find = node(
            "PluginRegexNode",
            "find",
            json!({
                "input_mapping": {"text": "x"}, "output_mapping": {"output": "value"},
            }),
        );
        merge(&mut find, fields);
        find
    };
    let first = |pattern: &str| find(json!({"regex_pattern": pattern}));
    let all =
        |pattern: &str| find(json!({"regex_pattern": pattern, "return_first_match_only": false}));
    vec![
        of_text(
            "the first match",
            "a1 b22 c333",
            &[first("[a-z](\\d+)")],
            string("value"),
        ),
        of_text(
            "all matches",
            "a1 b22 c333",
            &[all("[a-z]\\d+")],
            list("value", "string"),
        ),
        of_text(
            "the group of all matches",
            "a1 b22 c333",
            &[all("([a-z])\\d+")],
            list("value", "string"),
        ),
        of_text(
            "the last match",
            "a1 b22 c333",
            &[find(
                json!({"regex_pattern": {"pattern": "\\d+", "match": "last"}}),
            )],
            string("value"),
        ),
        of_text(
            "a pattern over lines",
            "<a>\nb\n</a>",
            &[first("<a>(.*)</a>")],
            string("value"),
        )
        .differs(
            "a pattern without a match, where the first is wanted",
            json!({"outputs": {"value": ""}}),
            json!({"error": "Field value of current step find is required"}),
        ),
        of_text(
            "no match among all",
            "abc",
            &[all("\\d+")],
            list("value", "string"),
        ),
    ]
}

fn templates() -> Vec<Case> {
    let take = |queries: Value| {
        node(
            "PluginExtractNode",
            "take",
            json!({"output_values": queries, "input_mapping": {"text": "x"}}),
        )
    };
    let fixed = json!({"constant_values": {"n": 3, "b": true, "s": "a", "f": 1.5}});
    vec![
        of_text(
            "values out of JSON",
            "Here: ```json\n{\"a\": {\"b\": [1, 2]}, \"c\": \"d\"}\n```",
            &[take(json!({"value": ".c", "other": ".a.b[1]"}))],
            string("value"),
        ),
        of_text(
            "a template with a loop",
            "abc",
            &[fill(
                "fill",
                "{% for w in ['p', 'q'] %}{{loop.index}}:{{w}}{{x}} {% endfor %}",
                "value",
            )],
            string("value"),
        ),
        of_text(
            "a template with filters",
            " Abc ",
            &[fill("fill", "[{{x|trim|upper}}|{{x|length}}]", "value")],
            string("value"),
        ),
        Case::of(
            "constants of every type",
            row(
                "f",
                json!([]),
                &[node("PluginConstantValuesNode", "fixed", fixed)],
                json!([
                    integer("n"), boolean("b"), string("s"), {"title": "f", "type": "number"},
                ]),
            ),
        ),
        of_text(
            "a number in a template",
            "n",
            &[
                node(
                    "PluginConstantValuesNode",
                    "fixed",
                    json!({"constant_values": {"n": 3, "f": 2.0, "b": false}}),
                ),
                fill("fill", "{{n}} {{f}} {{b}}", "value"),
            ],
            string("value"),
        ),
    ]
}

fn choices() -> Vec<Case> {
    let choose = || {
        node(
            "PluginChoiceNode",
            "choose",
            json!({
                "llm_config": {"$component_ref": "llm"}, "input_mapping": {"input": "x"},
                "next_branches": [["good", "It is praise."], ["bad", "It is blame."]],
                "prompt_template": "{{input}}: {% for branch in next_steps %}{{branch.displayed_step_name}} - {{branch.description}}; {% endfor %}",
            }),
        )
    };
    let flow = || {
        Graph::new("f", json!([string("x")]))
            .node(choose())
            .node(say("thank", "Thanks for {{x}}."))
            .node(say("sorry", "Sorry for {{x}}."))
            .node(say("what", "What is {{x}}?"))
            .end("end", json!([string("x")]), "next")
            .control("start > choose; choose[good] > thank > end; choose[bad] > sorry > end; choose[default] > what > end")
            .build()
    };
    ["good", "The choice is bad.", "neither"]
        .into_iter()
        .map(|answer| {
            Case::of(format!("a choice: {answer}"), flow())
                .inputs(json!({"x": "tea"}))
                .model(&[Text(answer)])
        })
        .collect()
}

fn variables() -> Vec<Case> {
    let items = || json!({"title": "items", "type": "array", "items": {"type": "string"}, "default": ["a"]});
    let facts = || json!({"title": "facts", "type": "object", "additionalProperties": {"type": "string"}, "default": {"a": "1"}});
    let write = |id: &str, variable: Value, operation: &str, input: &str| {
        node(
            "PluginWriteVariableNode",
            id,
            json!({"variable": variable, "operation": operation, "input_mapping": {"value": input}}),
        )
    };
    let read = |id: &str, variable: Value, output: &str| {
        node(
            "PluginReadVariableNode",
            id,
            json!({"variable": variable, "output_mapping": {"value": output}}),
        )
    };
    let of = |name: &str, inputs: Value, nodes: &[Value], outputs: Value| {
        let mut flow = row("f", inputs, nodes, outputs);
        merge(
            &mut flow,
            json!({"component_type": "ExtendedFlow", "state": [items(), facts()]}),
        );
        Case::of(name, flow)
    };
    vec![
        of(
            "a variable that is written and read",
            json!([list("l", "string")]),
            &[
                read("before", items(), "old"),
                write("set", items(), "overwrite", "l"),
                read("after", items(), "new"),
            ],
            json!([list("old", "string"), list("new", "string")]),
        )
        .inputs(json!({"l": ["b", "c"]})),
        of(
            "a variable that grows",
            json!([string("x")]),
            &[
                write("add", items(), "insert", "x"),
                write("add_again", items(), "insert", "x"),
                read("after", items(), "new"),
            ],
            json!([list("new", "string")]),
        )
        .inputs(json!({"x": "b"})),
        of(
            "a variable that is merged",
            json!([{"title": "o", "type": "object", "additionalProperties": {"type": "string"}}]),
            &[
                write("add", facts(), "merge", "o"),
                read("after", facts(), "new"),
            ],
            json!([{"title": "new", "type": "object", "additionalProperties": {"type": "string"}}]),
        )
        .inputs(json!({"o": {"b": "2", "a": "3"}})),
        of(
            "a variable that grows in a loop",
            json!([string("x")]),
            &[],
            json!([]),
        )
        .spec(growing())
        .inputs(json!({"x": "b"}))
        .tool("more", json!("no")),
    ]
}

/// A loop that adds to a variable until a tool has enough.
fn growing() -> Value {
    let items =
        json!({"title": "items", "type": "array", "items": {"type": "string"}, "default": []});
    let tool = server_tool(
        "more",
        json!([list("all", "string")]),
        json!([string("verdict")]),
    );
    Graph::new("f", json!([string("x")]))
        .node(node("PluginWriteVariableNode", "add", json!({"variable": items, "operation": "insert", "input_mapping": {"value": "x"}})))
        .node(node("PluginReadVariableNode", "look", json!({"variable": items, "output_mapping": {"value": "all"}})))
        .node(fill("count", "{{all|length}}", "x"))
        .node(call("judge", tool))
        .node(branch("enough", json!({"3": "done"})))
        .end("end", json!([list("all", "string")]), "next")
        .control("start > add > look > count > judge > enough; enough[done] > end; enough[default] > add")
        .data("start.x > add.x; look.all > count.all; look.all > judge.all; count.x > enough.x; look.all > end.all")
        .with(json!({"component_type": "ExtendedFlow", "state": [items]}))
        .build()
}

fn said() -> Vec<Case> {
    let tell = |id: &str, message: &str, fields: Value| {
        let mut tell = node("PluginOutputMessageNode", id, json!({"message": message}));
        merge(&mut tell, fields);
        tell
    };
    let history = |fields: Value| {
        let mut history = node(
            "PluginGetChatHistoryNode",
            "look",
            json!({"output_mapping": {"chat_history": "value"}}),
        );
        merge(&mut history, fields);
        history
    };
    let listen = |message: Value| {
        node(
            "PluginInputMessageNode",
            "listen",
            json!({"message_template": message, "output_mapping": {"user_provided_input": "name"}}),
        )
    };
    vec![
        of_text(
            "a word that is an output, too",
            "Ada",
            &[
                tell(
                    "hello",
                    "Hello {{x}}.",
                    json!({"output_mapping": {"output_message": "value"}}),
                ),
                ask("judge", "Is \"{{value}}\" kind?", "verdict"),
            ],
            string("value"),
        )
        .model(&[Text("yes")]),
        Case::of(
            "a question with its own words",
            row(
                "f",
                json!([string("x")]),
                &[
                    listen(json!("{{x}}, who are you?")),
                    say("hello", "Hello {{name}}."),
                ],
                json!([string("name")]),
            ),
        )
        .inputs(json!({"x": "You"}))
        .replies(&["Ada"]),
        Case::of(
            "a question without words",
            row(
                "f",
                json!([]),
                &[listen(Value::Null), say("hello", "Hello {{name}}.")],
                json!([string("name")]),
            ),
        )
        .replies(&["Ada"]),
        of_text(
            "the first words that were said",
            "Ada",
            &[
                say("one", "One {{x}}."),
                say("two", "Two."),
                say("three", "Three."),
                history(json!({"n": 2, "which_messages": "first", "offset": 1})),
            ],
            string("value"),
        ),
        of_text(
            "the words of the user alone",
            "Ada",
            &[
                say("one", "One {{x}}."),
                super::messages::listen("name"),
                say("two", "Two."),
                history(json!({"message_types": ["USER"]})),
            ],
            string("value"),
        )
        .replies(&["It is me."]),
    ]
}

//! The agents that are compared, each with what its model answers and what its user says.

mod over_responses;
mod plugin_steps;
mod templated;
mod transformed;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::parts::{agent, expert, extended, find, flow, llm, node, text, tool};
use super::server::Answer;
use super::server::Answer::{Calls, Text};

/// A spec and a conversation.
pub(super) struct Case {
    pub(super) name: &'static str,
    spec: Value,
    pub(super) inputs: Value,
    pub(super) messages: Vec<&'static str>,
    /// Whether the first message starts the conversation; if not, it answers whoever asks first.
    pub(super) starts: bool,
    pub(super) answers: Vec<Answer>,
    /// Whether the models are asked by the responses protocol.
    by_responses: bool,
    /// What WayFlow's model answers, where WayFlow asks it something else.
    pub(super) theirs: Option<Vec<Answer>>,
}

impl Case {
    fn of(name: &'static str, spec: Value, messages: &[&'static str], answers: &[Answer]) -> Self {
        Self {
            name,
            spec,
            inputs: json!({}),
            messages: messages.to_vec(),
            starts: !messages.is_empty(),
            answers: answers.to_vec(),
            by_responses: false,
            theirs: None,
        }
    }

    fn by_responses(self) -> Self {
        Self {
            by_responses: true,
            ..self
        }
    }

    fn inputs(self, inputs: Value) -> Self {
        Self { inputs, ..self }
    }

    fn unstarted(self) -> Self {
        Self {
            starts: false,
            ..self
        }
    }

    fn theirs(self, answers: &[Answer]) -> Self {
        Self {
            theirs: Some(answers.to_vec()),
            ..self
        }
    }

    /// The spec, with its models at an address.
    pub(super) fn document(&self, url: &str) -> Value {
        let mut document = self.spec.clone();
        document["agentspec_version"] = json!("26.1.2");
        document["$referenced_components"]["llm"] =
            llm("llm", url, &json!({"temperature": 0.5, "max_tokens": 50}));
        document["$referenced_components"]["small"] = llm("small", url, &json!({}));
        document["$referenced_components"]["free"] = llm(
            "free",
            url,
            &json!({"top_p": 0.9, "stop": ["END"], "seed": 7, "frequency_penalty": 0.25}),
        );
        document["$referenced_components"]["reasoning"] = llm(
            "reasoning",
            url,
            &json!({"max_tokens": 50, "top_p": 0.5, "reasoning": {"effort": "low"}}),
        );
        if self.by_responses {
            for (_, model) in document["$referenced_components"].as_object_mut().unwrap() {
                if model["component_type"] == "OpenAiCompatibleConfig" {
                    model["api_type"] = json!("responses");
                }
            }
        }
        let text = document.to_string();
        // A definition that nothing uses is dropped by both, but not without a word.
        for name in ["llm", "small", "free", "reasoning"] {
            if !text.contains(&json!({ "$component_ref": name }).to_string()) {
                document["$referenced_components"]
                    .as_object_mut()
                    .unwrap()
                    .remove(name);
            }
        }
        document
    }

    /// What the tools of all cases give, whatever they are called with.
    pub(super) fn tools() -> BTreeMap<String, Value> {
        let tools = json!({
            "find": "found it", "weather": {"sky": "clear", "degrees": 20.5}, "count": 7, "pay": "paid",
            "typed": true, "long": "many words ".repeat(40), "umlaut": "Zürich & more",
        });
        serde_json::from_value(tools).unwrap()
    }
}

pub(super) fn all() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(with_tools());
    cases.extend(with_turns());
    cases.extend(with_outputs());
    cases.extend(with_helpers());
    cases.extend(in_flows());
    cases.extend(transformed::cases());
    cases.extend(templated::cases());
    cases.extend(plugin_steps::cases());
    cases.extend(over_responses::cases());
    cases
}

fn plain() -> Vec<Case> {
    vec![
        Case::of("plain", agent(json!({})), &["Hello."], &[Text("Hi.")]),
        Case::of(
            "several turns",
            agent(json!({})),
            &["One.", "Two.", "Three."],
            &[Text("1"), Text("2"), Text("3")],
        ),
        Case::of("nobody began", agent(json!({})), &[], &[Text("Hi.")]),
        Case::of(
            "template",
            agent(json!({"system_prompt": "Be {{ manner }} in {{city}}."})),
            &["Hello."],
            &[Text("Hi.")],
        )
        .inputs(json!({"manner": "brief", "city": "Zürich"})),
        Case::of(
            "template with defaults",
            agent(
                json!({"system_prompt": "Be {{manner}}.", "inputs": [{"title": "manner", "type": "string", "default": "kind"}]}),
            ),
            &["Hello."],
            &[Text("Hi.")],
        ),
        Case::of(
            "generation parameters",
            agent(json!({"llm_config": {"$component_ref": "free"}})),
            &["Hello."],
            &[Text("Hi.")],
        ),
        Case::of(
            "first words",
            extended(json!({"initial_message": "Welcome to {the} shop."})),
            &["Hello."],
            &[Text("Hi.")],
        )
        .unstarted(),
        Case::of(
            "usual first words",
            extended(json!({"initial_message": "N/A"})),
            &["Hello."],
            &[Text("Hi.")],
        )
        .unstarted(),
        Case::of(
            "first words come too late",
            extended(json!({"initial_message": "Welcome."})),
            &["Hello."],
            &[Text("Hi.")],
        ),
        Case::of(
            "other letters",
            agent(json!({})),
            &["Grüße aus Zürich & <b>日本</b>"],
            &[Text("Schön.")],
        ),
    ]
}

fn with_tools() -> Vec<Case> {
    let every_kind = json!([
        text("s"), {"title": "i", "type": "integer"}, {"title": "n", "type": "number", "default": 1.5},
        {"title": "b", "type": "boolean", "default": true},
        {"title": "l", "type": "array", "items": {"type": "string"}},
        {"title": "o", "type": "object", "properties": {"a": {"type": "integer"}}},
        {"title": "d", "type": "object", "additionalProperties": {"type": "string"}, "properties": {}},
        {"title": "u", "anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"title": "c", "type": "string", "enum": ["x", "y"], "default": "x"},
    ]);
    let two = json!([find(), tool("weather", json!([text("city")]))]);
    vec![
        Case::of(
            "a tool",
            agent(json!({"tools": [find()]})),
            &["Find it."],
            &[
                Calls("", vec![("find", r#"{"query": "it"}"#)]),
                Text("There."),
            ],
        ),
        Case::of(
            "text beside a call",
            agent(json!({"tools": [find()]})),
            &["Find it."],
            &[
                Calls("Looking.", vec![("find", r#"{"query": "Zürich"}"#)]),
                Text("There."),
            ],
        ),
        Case::of(
            "calls at once",
            agent(json!({"tools": two})),
            &["Both."],
            &[
                Calls(
                    "",
                    vec![
                        ("find", r#"{"query": "a"}"#),
                        ("weather", r#"{"city": "Bern"}"#),
                    ],
                ),
                Text("There."),
            ],
        ),
        Case::of(
            "inputs of every type",
            agent(json!({"tools": [tool("typed", every_kind)]})),
            &["Go."],
            &[
                Calls(
                    "",
                    vec![(
                        "typed",
                        r#"{"s": "a", "i": 1, "l": ["x"], "o": {"a": 1}, "d": {"k": "v"}, "u": 3}"#,
                    )],
                ),
                Text("There."),
            ],
        ),
        Case::of(
            "a tool without inputs",
            agent(json!({"tools": [tool("count", json!([]))]})),
            &["Count."],
            &[Calls("", vec![("count", "{}")]), Text("Seven.")],
        ),
        Case::of(
            "a result in other letters",
            agent(json!({"tools": [tool("umlaut", json!([]))]})),
            &["Go."],
            &[Calls("", vec![("umlaut", "{}")]), Text("Good.")],
        ),
    ]
}

fn with_turns() -> Vec<Case> {
    let mut pay = tool("pay", json!([text("sum")]));
    pay["requires_confirmation"] = json!(true);
    vec![
        Case::of(
            "a confirmed tool",
            agent(json!({"tools": [pay]})),
            &["Pay."],
            &[Calls("", vec![("pay", r#"{"sum": "5"}"#)]), Text("Paid.")],
        ),
        Case::of(
            "the user is talked to by a tool",
            agent(json!({"tools": [find()]})),
            &["Find it.", "In the house."],
            &[
                Calls("", vec![("talk_to_user", r#"{"text": "Where?"}"#)]),
                Text("There."),
            ],
        ),
        Case::of(
            "an unknown tool",
            agent(json!({"tools": [find()]})),
            &["Go."],
            &[
                Calls("", vec![("fnd", r#"{"query": "a"}"#)]),
                Text("Sorry."),
            ],
        ),
        Case::of(
            "tools for several turns",
            agent(json!({"tools": [find()]})),
            &["One.", "Two."],
            &[
                Calls("", vec![("find", r#"{"query": "1"}"#)]),
                Text("First."),
                Calls("", vec![("find", r#"{"query": "2"}"#)]),
                Text("Second."),
            ],
        ),
        Case::of(
            "the last call",
            extended(json!({"tools": [find()], "max_iterations": 2})),
            &["Go."],
            &[
                Calls("", vec![("find", r#"{"query": "1"}"#)]),
                Text("Enough."),
            ],
        ),
        Case::of(
            "the end of the conversation",
            extended(json!({"can_finish_conversation": true})),
            &["Bye."],
            &[
                Calls("", vec![("end_conversation", "{}")]),
                Calls("", vec![("end_conversation", "{}")]),
            ],
        ),
    ]
}

fn with_outputs() -> Vec<Case> {
    let outputs = json!([text("answer"), {"title": "score", "type": "integer", "default": 0}]);
    let submit = |arguments| Calls("", vec![("submit_result", arguments)]);
    let good = r#"{"answer": "4", "score": 1}"#;
    let with = |human: bool, tools: Value| {
        agent(json!({"human_in_the_loop": human, "tools": tools, "outputs": outputs}))
    };
    vec![
        Case::of(
            "outputs with a tool",
            with(true, json!([find()])),
            &["2+2?"],
            &[submit(good)],
        ),
        Case::of(
            "outputs without people",
            with(false, json!([find()])),
            &["2+2?"],
            &[submit(good)],
        ),
        Case::of(
            "outputs that miss something",
            with(false, json!([find()])),
            &["2+2?"],
            &[submit(r#"{"score": 1}"#), submit(good)],
        ),
        Case::of(
            "outputs on the last call",
            extended(json!({
                "human_in_the_loop": false, "tools": [find()], "outputs": outputs, "max_iterations": 1,
            })),
            &["2+2?"],
            &[submit(good)],
        ),
        Case::of(
            "text in place of outputs",
            with(false, json!([find()])),
            &["2+2?"],
            &[Text("4"), submit(good)],
        ),
        Case::of(
            "questions before outputs",
            with(true, json!([find()])),
            &["Add.", "2+2"],
            &[Text("What?"), submit(good)],
        ),
        Case::of(
            "structured output",
            with(true, json!([])),
            &["2+2?"],
            &[Text(good)],
        )
        .theirs(&[submit(good)]),
        Case::of(
            "no outputs and nobody to ask",
            agent(json!({"human_in_the_loop": false, "tools": [find()]})),
            &["Go."],
            &[
                Calls("", vec![("find", r#"{"query": "1"}"#)]),
                Text("Done."),
            ],
        )
        .theirs(&[
            Calls("", vec![("find", r#"{"query": "1"}"#)]),
            Calls("", vec![("submit_result", r#"{"summary": "Done."}"#)]),
        ]),
    ]
}

fn with_helpers() -> Vec<Case> {
    let ask = |arguments| Calls("", vec![("the_expert", arguments)]);
    let with = |expert: Value| extended(json!({"agents": [expert]}));
    let subject = json!({
        "system_prompt": "You know about {{subject}}.", "tools": [find()],
        "inputs": [{"title": "subject", "type": "string", "description": "What it is about."}],
    });
    let look = node(
        "ToolNode",
        "look",
        json!({"tool": tool("find", json!([text("query")]))}),
    );
    let search = flow(
        "search flow",
        json!([text("query")]),
        &[look],
        json!([text("result")]),
    );
    let say = node(
        "OutputMessageNode",
        "say",
        json!({"message": "Hello {{who}}."}),
    );
    let greet = flow("greet", json!([text("who")]), &[say], json!([text("who")]));
    vec![
        Case::of(
            "a sub-agent",
            with(expert(json!({}))),
            &["Ask."],
            &[
                ask(r#"{"context": "What?"}"#),
                Text("That."),
                Text("It is that."),
            ],
        ),
        Case::of(
            "a sub-agent asks back",
            with(expert(json!({}))),
            &["Ask."],
            &[
                ask(r#"{"context": "What?"}"#),
                Text("Which?"),
                ask(r#"{"context": "The big one."}"#),
                Text("That."),
                Text("Done."),
            ],
        ),
        Case::of(
            "a sub-agent with inputs and tools",
            with(expert(subject)),
            &["Ask."],
            &[
                ask(r#"{"context": "What?", "subject": "cheese"}"#),
                Calls("", vec![("find", r#"{"query": "c"}"#)]),
                Text("Brie."),
                Text("Done."),
            ],
        ),
        Case::of(
            "a flow as a tool",
            extended(json!({"flows": [search]})),
            &["Go."],
            &[
                Calls("", vec![("search_flow", r#"{"query": "1"}"#)]),
                Text("Done."),
            ],
        ),
        Case::of(
            "a flow that speaks",
            extended(json!({"flows": [greet]})),
            &["Go."],
            &[
                Calls("", vec![("greet", r#"{"who": "Ada"}"#)]),
                Text("Done."),
            ],
        ),
    ]
}

fn in_flows() -> Vec<Case> {
    let inner = |fields: Value| node("AgentNode", "step", json!({"agent": agent(fields)}));
    let prompt = |text: &str| {
        node(
            "LlmNode",
            "llm_node",
            json!({
                "llm_config": {"$component_ref": "llm"}, "prompt_template": text, "outputs": [{"title": "said", "type": "string"}],
            }),
        )
    };
    let outputs = json!([text("answer")]);
    let submit = Calls("", vec![("submit_result", r#"{"answer": "4"}"#)]);
    vec![
        Case::of("a model in a flow", flow("f", json!([text("topic")]), &[prompt("About {{topic}}.")], json!([{"title": "said", "type": "string"}])), &[], &[Text("Well.")])
            .inputs(json!({"topic": "cheese"})),
        Case::of("an agent in a flow", flow("f", json!([text("topic")]),
            &[inner(json!({"system_prompt": "About {{topic}}.", "human_in_the_loop": false, "tools": [find()], "outputs": outputs}))],
            outputs.clone()), &[], &[Calls("", vec![("find", r#"{"query": "1"}"#)]), submit.clone()])
            .inputs(json!({"topic": "cheese"})),
        Case::of("an agent after a question", flow("f", json!([]), &[
                node("InputMessageNode", "ask", json!({"outputs": [{"title": "asked", "type": "string"}]})),
                inner(json!({"human_in_the_loop": false, "tools": [find()], "outputs": outputs})),
            ], outputs.clone()), &["What is 2+2?"], &[submit]).unstarted(),
    ]
}

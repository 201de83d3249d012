//! Runs that go their own way from a place in another one.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Bed, JobModel};
use crate::program::file;
use crate::scripted_model::{ScriptedModel, calls, says};

/// A run of the history that is forked.
struct Parent<'b> {
    bed: &'b Bed,
    run: String,
}

impl Parent<'_> {
    fn events(&self) -> Vec<Value> {
        let show = ["history", "show", &self.run, "--format", "jsonl"];
        let shown = self.bed.run(&show).stdout;
        let lines = shown.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The number of the first event that is so.
    fn seq(&self, is_it: impl Fn(&Value) -> bool) -> String {
        let events = self.events();
        events.iter().find(|event| is_it(event)).unwrap()["seq"].to_string()
    }

    /// The object of the fork.
    fn fork(&self, at: &str, change: &[&str]) -> Value {
        let fixed = ["history", "fork", &self.run, "--at", at, "--format", "json"];
        let ran = self.bed.run(&[&fixed[..], change].concat());
        assert_eq!(ran.code, 0, "{change:?}: {} {}", ran.stderr, ran.stdout);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["runs"][0].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_takes_over_what_was_before_and_goes_its_own_way_from_one_changed_thing() {
    let bed = Bed::new().await;
    let ran = bed.run(&["run", "noter.json", "--message", "job a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = Parent {
        bed: &bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    };
    let before = parent.events();
    let seq_of = |kind: &str| parent.seq(|event| event["type"] == kind);
    let question = |job: &str, n_results| (job.to_owned(), n_results);
    // Another result of the tool, at its call or at its result: the model is asked on, and nothing before it is done again.
    for at in ["ToolExecutionRequest", "ToolExecutionResponse"] {
        let asked = bed.model.asked();
        let forked = parent.fork(&seq_of(at), &["--result", "\"lost\""]);
        assert_eq!(forked["tool_calls"][0]["output"], "lost", "{at}");
        assert_eq!(bed.noted().len(), 1, "{at}");
        let now = bed.model.asked();
        assert_eq!(now[&question("job a", 0)], asked[&question("job a", 0)]);
        assert_eq!(now[&question("job a", 1)], asked[&question("job a", 1)] + 1);
    }
    // Other arguments of the call: the model is not asked for them again, and the tool gets them.
    let asked = bed.model.asked();
    let arguments = ["--arguments", r#"{"job": "job c"}"#];
    let forked = parent.fork(&seq_of("ToolExecutionRequest"), &arguments);
    assert_eq!(forked["tool_calls"][0]["arguments"]["job"], "job c");
    assert_eq!(bed.noted().len(), 2);
    let now = bed.model.asked();
    assert_eq!(now[&question("job a", 0)], asked[&question("job a", 0)]);
    // Another first message: all of it is done anew.
    let forked = parent.fork("1", &["--message", "job b"]);
    assert_eq!(forked["messages"][1]["content"], "job b is done");
    assert_eq!(bed.noted().len(), 3);
    // Another prompt: the model is asked anew, and as it wants the same of the tool, that is taken over.
    let asked = bed.model.asked();
    let numbers = before.iter().filter_map(|event| event["seq"].as_u64());
    let end = numbers.max().unwrap().to_string();
    let forked = parent.fork(&end, &["--set", "noter.system_prompt=Be brief."]);
    assert_eq!(forked["tool_calls"][0]["output"], "noted");
    assert_eq!(
        bed.model.asked()[&question("job a", 0)],
        asked[&question("job a", 0)] + 1
    );
    assert_eq!(bed.noted().len(), 3);
    // The parent stays as it was, and the forks say where they come from.
    assert_eq!(parent.events(), before);
    let newest = &bed.listed()[0];
    assert_eq!(newest["forked_from"]["run"], parent.run.as_str());
    assert_eq!(newest["forked_from"]["seq"].to_string(), end);
    for (at, change, words) in [
        ("99999", vec![], "its entries are 0 to"),
        (
            &seq_of("ToolExecutionRequest"),
            vec!["--message", "no"],
            "a message can be changed where",
        ),
        ("1", vec!["--result", "1"], "a result can be changed where"),
        (
            "1",
            vec!["--arguments", "{}"],
            "arguments can be changed where",
        ),
        (
            &seq_of("ToolExecutionRequest"),
            vec!["--arguments", "[]"],
            "arguments are a JSON object",
        ),
        ("1", vec!["--set", "noter.sytem_prompt=x"], "no such field"),
    ] {
        let fixed = ["history", "fork", &parent.run, "--at", at];
        let refused = bed.run(&[&fixed[..], &change].concat());
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    // A number that no machine number is stays as it is written.
    let at = seq_of("ToolExecutionRequest");
    let forked = parent.fork(&at, &["--result", "[123456789012345678901234]"]);
    let output = forked["tool_calls"][0]["output"].to_string();
    assert!(output.contains("123456789012345678901234"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_once_more_about_other_arguments_of_a_call() {
    let bed = Bed::new().await;
    let spec = fs::read_to_string(bed.path().join("noter.json")).unwrap();
    let mut spec: Value = serde_json::from_str(&spec).unwrap();
    spec["tools"][0]["requires_confirmation"] = json!(true);
    file(bed.path(), "noter.json", spec.to_string());
    let run = ["run", "noter.json", "--message", "job a", "--confirm"];
    let ran = bed.run(&[&run[..], &["always"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = Parent {
        bed: &bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    };
    let at = parent.seq(|event| event["type"] == "ToolExecutionResponse");
    let arguments = ["--arguments", r#"{"job": "job c"}"#, "--confirm"];
    let forked = parent.fork(&at, &[&arguments[..], &["always"]].concat());
    assert_eq!(forked["tool_calls"][0]["arguments"]["job"], "job c");
    assert_eq!(bed.noted().len(), 2);
    let forked = parent.fork(&at, &[&arguments[..], &["never"]].concat());
    let refused = forked["tool_calls"][0]["error"].to_string();
    assert!(refused.contains("refused"), "{forked}");
    assert_eq!(bed.noted().len(), 2, "a no is a no");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_is_forked_at_its_end() {
    // The tool hangs when it is called first. Its journal comes last: the program is killed as soon as it has a line.
    let script = "sh -c 'cat >/dev/null; [ -e called ]; first=$?; touch called; \
                  echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; [ $first = 0 ] || sleep 600; echo noted'";
    let bed = Bed::with_tool(script, "").await;
    let run = ["run", "noter.json", "--message", "job a"];
    bed.killed_at(&run, 1).await;
    let parent = Parent {
        bed: &bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    };
    assert_eq!(bed.listed()[0]["state"], "interrupted");
    let numbers = parent.events();
    let numbers = numbers.iter().filter_map(|event| event["seq"].as_u64());
    let end = numbers.max().unwrap().to_string();
    let asked = bed.model.asked();
    let forked = parent.fork(&end, &[]);
    assert_eq!(forked["messages"][1]["content"], "job a is done");
    let first = ("job a".to_owned(), 0);
    assert_eq!(bed.model.asked()[&first], asked[&first], "it is taken over");
    assert_eq!(bed.noted().len(), 2, "the fork has a call of its own");
}

/// Runs an agent of a scripted model in the workspace, and gives its run.
fn run_of<'b>(
    bed: &'b Bed,
    model: &ScriptedModel,
    further: &Value,
    messages: &[&str],
) -> Parent<'b> {
    let mut agent = json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "talker", "name": "talker", "system_prompt": "Talk.",
        "llm_config": model.config(),
    });
    let further = further.as_object().unwrap().clone();
    agent.as_object_mut().unwrap().extend(further);
    file(bed.path(), "talker.json", agent.to_string());
    let said = messages.iter().flat_map(|message| ["--message", message]);
    let arguments: Vec<&str> = ["run", "talker.json"].into_iter().chain(said).collect();
    let ran = bed.run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    Parent {
        bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_before_a_compaction_makes_it_anew_and_one_after_it_takes_it_over() {
    let bed = Bed::new().await;
    let parents = ["0", "1", "2", "old", "3", "4", "older", "5"];
    let before = ["2 anew", "new", "3", "4", "newer", "5"];
    let after = ["4 anew", "other", "5"];
    let answers = parents.into_iter().chain(before).chain(after);
    let model = ScriptedModel::start(answers.map(says)).await;
    let compacting = json!({"transforms": [{
        "component_type": "ConversationSummarizationTransform", "id": "sum", "name": "sum", "llm": model.config(),
        "max_num_messages": 5, "min_num_messages": 2,
    }]});
    let questions: Vec<String> = (0..6).map(|number| format!("question {number}")).collect();
    let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
    let parent = run_of(&bed, &model, &compacting, &questions);
    let events = parent.events();
    assert_eq!(model.asked().len(), parents.len());
    let at = |question: &str| {
        parent.seq(|event| {
            event["type"] == "ConversationMessageAdded" && event["message"]["content"] == question
        })
    };
    let forked = parent.fork(&at("question 2"), &["--message", "other 2"]);
    let said = forked["messages"].as_array().unwrap();
    let said: Vec<&str> = said
        .iter()
        .map(|it| it["content"].as_str().unwrap())
        .collect();
    assert_eq!(said[3..7], ["1", "other 2", "2 anew", "question 3"]);
    let asked = model.asked().split_off(parents.len());
    assert_eq!(asked.len(), before.len());
    assert!(
        asked[1].concat().contains("other 2"),
        "its summary is of what it said"
    );
    assert!(asked[2].concat().contains("Summarized conversation: new"));
    let forked = parent.fork(&at("question 4"), &["--message", "other 4"]);
    let said = forked["messages"].as_array().unwrap();
    assert_eq!(said[9]["content"], "4 anew");
    let asked = model.asked().split_off(parents.len() + before.len());
    assert_eq!(asked.len(), after.len());
    let first = asked[0].concat();
    assert!(first.contains("Summarized conversation: old"), "{first}");
    assert!(first.ends_with("other 4"), "{first}");
    assert_eq!(parent.events(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_calls_that_were_made_at_the_same_time_one_has_another_result_and_the_others_are_taken_over()
 {
    let bed = Bed::new().await;
    let at_once = ["a", "b", "c"].map(|job| ("note", json!({ "job": job })));
    let model = ScriptedModel::start([calls(&at_once), says("Done."), says("Done anew.")]).await;
    let tools = json!({"tools": [Bed::bound_tool()]});
    let parent = run_of(&bed, &model, &tools, &["Go."]);
    let events = parent.events();
    let is_second =
        |event: &Value| event["type"] == "ToolExecutionRequest" && event["inputs"]["job"] == "b";
    let second = events.iter().find(|event| is_second(event)).unwrap();
    let id = &second["request_id"];
    let at =
        parent.seq(|event| event["type"] == "ToolExecutionResponse" && event["request_id"] == *id);
    let forked = parent.fork(&at, &["--result", "\"lost\""]);
    let results: Vec<&Value> = forked["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| &call["output"])
        .collect();
    assert_eq!(results, ["noted", "lost", "noted"]);
    assert_eq!(model.results(), ["noted", "lost", "noted"]);
    let n_noted: usize = bed.noted().values().sum();
    // Which of the others had a result when the second one got its own is a matter of time; what had not is called anew.
    assert!((3..=5).contains(&n_noted), "{n_noted}");
    assert_eq!(model.asked().len(), 3);
    assert_eq!(parent.events(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_model_that_one_is_asked_and_what_it_wants_the_same_is_taken_over() {
    let bed = Bed::new().await;
    let ran = bed.run(&["run", "noter.json", "--message", "job a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = Parent {
        bed: &bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    };
    let (events, asked) = (parent.events(), bed.model.asked());
    let other = JobModel::start().await;
    let at = parent.seq(|event| event["type"] == "LlmGenerationRequest");
    let forked = parent.fork(&at, &["--set", &format!("model.url={}", other.url)]);
    assert_eq!(forked["messages"][1]["content"], "job a is done");
    assert_eq!(bed.model.asked(), asked);
    assert_eq!(other.asked(), asked);
    assert_eq!(
        bed.noted().len(),
        2,
        "the tool was called after the place of the fork"
    );
    assert_eq!(parent.events(), events);
}

/// A flow that notes each job of a list, all at the same time.
fn noting_at_once() -> Value {
    let reference = |id: &str| json!({ "$component_ref": id });
    let list = |title: &str| json!({"title": title, "type": "array", "items": {"type": "string"}});
    let control = |from: &str, to: &str| {
        json!({
            "component_type": "ControlFlowEdge", "name": format!("{from} to {to}"), "from_node": reference(from),
            "to_node": reference(to),
        })
    };
    let data = |from: (&str, &str), to: (&str, &str)| {
        json!({
            "component_type": "DataFlowEdge", "name": format!("{} to {}", from.1, to.1), "source_node": reference(from.0),
            "source_output": from.1, "destination_node": reference(to.0), "destination_input": to.1,
        })
    };
    let tool = Bed::bound_tool();
    let (job, noted) = (tool["inputs"].clone(), tool["outputs"].clone());
    let node = |kind: &str, id: &str, inputs: &Value, outputs: &Value| json!({"component_type": kind, "id": id, "name": id, "inputs": inputs, "outputs": outputs});
    let mut call = node("ToolNode", "call", &job, &noted);
    call["tool"] = tool;
    let one = json!({
        "component_type": "Flow", "id": "one", "name": "one", "start_node": reference("in"),
        "nodes": [reference("in"), reference("call"), reference("out")],
        "control_flow_connections": [control("in", "call"), control("call", "out")],
        "data_flow_connections": [data(("in", "job"), ("call", "job")), data(("call", "noted"), ("out", "noted"))],
        "$referenced_components": {
            "in": node("StartNode", "in", &job, &job), "call": call, "out": node("EndNode", "out", &noted, &noted),
        },
    });
    let (jobs, all) = (json!([list("jobs")]), json!([list("all")]));
    let mut each = node(
        "ParallelMapNode",
        "each",
        &json!([list("iterated_job")]),
        &json!([list("collected_noted")]),
    );
    each["subflow"] = one;
    each["reducers"] = json!({"noted": "append"});
    json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": "noting", "name": "noting",
        "start_node": reference("start"), "nodes": [reference("start"), reference("each"), reference("end")],
        "control_flow_connections": [control("start", "each"), control("each", "end")],
        "data_flow_connections": [
            data(("start", "jobs"), ("each", "iterated_job")), data(("each", "collected_noted"), ("end", "all")),
        ],
        "$referenced_components": {
            "start": node("StartNode", "start", &jobs, &jobs), "each": each, "end": node("EndNode", "end", &all, &all),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parts_of_a_flow_that_ran_at_the_same_time_one_goes_its_own_way_and_the_others_are_taken_over()
 {
    let bed = Bed::new().await;
    file(bed.path(), "noting.json", noting_at_once().to_string());
    let inputs = ["--input", r#"jobs=["a", "b", "c"]"#];
    let ran = bed.run(&[&["run", "noting.json"][..], &inputs].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = Parent {
        bed: &bed,
        run: bed.listed()[0]["run"].as_str().unwrap().to_owned(),
    };
    let events = parent.events();
    let is_second =
        |event: &Value| event["type"] == "ToolExecutionRequest" && event["inputs"]["job"] == "b";
    let second = events.iter().find(|event| is_second(event)).unwrap();
    let id = &second["request_id"];
    let at =
        parent.seq(|event| event["type"] == "ToolExecutionResponse" && event["request_id"] == *id);
    let forked = parent.fork(&at, &["--result", "\"lost\""]);
    assert_eq!(forked["outputs"]["all"], json!(["noted", "lost", "noted"]));
    // Which of the others had a result when the second one got its own is a matter of time; what had not is called anew.
    let n_noted: usize = bed.noted().values().sum();
    assert!((3..=5).contains(&n_noted), "{n_noted}");
    assert_eq!(parent.events(), events);
}

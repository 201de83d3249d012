//! Runs that go their own way from a place in another one.

use pretty_assertions::assert_eq;
use serde_json::Value;

use super::bed::Bed;

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_takes_over_what_was_before_and_goes_its_own_way_from_one_changed_thing() {
    let bed = Bed::new().await;
    let ran = bed.run(&["run", "noter.json", "--message", "job a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = bed.listed()[0]["run"].as_str().unwrap().to_owned();
    let events = || -> Vec<Value> {
        let shown = bed.run(&["history", "show", &parent, "--format", "jsonl"]);
        shown
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let before = events();
    let seq_of = |kind: &str| {
        let event = before.iter().find(|event| event["type"] == kind).unwrap();
        event["seq"].to_string()
    };
    let fork = |at: &str, change: &[&str]| {
        let fixed = ["history", "fork", &parent, "--at", at, "--format", "json"];
        let ran = bed.run(&[&fixed[..], change].concat());
        assert_eq!(ran.code, 0, "{change:?}: {}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["runs"][0].clone()
    };
    let question = |job: &str, n_results| (job.to_owned(), n_results);
    // Another result of the tool, at its call or at its result: the model is asked on, and nothing before it is done again.
    for at in ["ToolExecutionRequest", "ToolExecutionResponse"] {
        let asked = bed.model.asked();
        let forked = fork(&seq_of(at), &["--result", "\"lost\""]);
        assert_eq!(forked["tool_calls"][0]["output"], "lost", "{at}");
        assert_eq!(bed.noted().len(), 1, "{at}");
        let now = bed.model.asked();
        assert_eq!(now[&question("job a", 0)], asked[&question("job a", 0)]);
        assert_eq!(now[&question("job a", 1)], asked[&question("job a", 1)] + 1);
    }
    // Other arguments of the call: the model is not asked for them again, and the tool gets them.
    let asked = bed.model.asked();
    let arguments = ["--arguments", r#"{"job": "job c"}"#];
    let forked = fork(&seq_of("ToolExecutionRequest"), &arguments);
    assert_eq!(forked["tool_calls"][0]["arguments"]["job"], "job c");
    assert_eq!(bed.noted().len(), 2);
    let now = bed.model.asked();
    assert_eq!(now[&question("job a", 0)], asked[&question("job a", 0)]);
    // Another first message: all of it is done anew.
    let forked = fork("1", &["--message", "job b"]);
    assert_eq!(forked["messages"][1]["content"], "job b is done");
    assert_eq!(bed.noted().len(), 3);
    // Another prompt: the model is asked anew, and as it wants the same of the tool, that is taken over.
    let asked = bed.model.asked();
    let numbers = before.iter().filter_map(|event| event["seq"].as_u64());
    let end = numbers.max().unwrap().to_string();
    let forked = fork(&end, &["--set", "noter.system_prompt=Be brief."]);
    assert_eq!(forked["tool_calls"][0]["output"], "noted");
    assert_eq!(
        bed.model.asked()[&question("job a", 0)],
        asked[&question("job a", 0)] + 1
    );
    assert_eq!(bed.noted().len(), 3);
    // The parent stays as it was, and the forks say where they come from.
    assert_eq!(events(), before);
    let newest = &bed.listed()[0];
    assert_eq!(newest["forked_from"]["run"], parent.as_str());
    assert_eq!(newest["forked_from"]["seq"].to_string(), end);
    for (at, change, words) in [
        ("99999", vec![], "entries 0 to"),
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
        let fixed = ["history", "fork", &parent, "--at", at];
        let refused = bed.run(&[&fixed[..], &change].concat());
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
}

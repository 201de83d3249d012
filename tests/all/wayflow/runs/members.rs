//! What the model of a member of a team is asked, in a form that both sides have: flowdeck offers tools, WayFlow describes
//! them in words, and their introductions differ.

use serde_json::{Map, Value, json};

/// A request as who is asked by whom, whom it can address, its own instructions, its tools and what was said; none if it is
/// not one to a member.
pub(super) fn as_member(request: &Value) -> Option<Value> {
    let messages = request["messages"].as_array()?;
    let system = messages.first()?["content"].as_str()?;
    let rest = &messages[1..];
    if let Some(told) = system.strip_prefix("You are `") {
        return Some(ours(told, rest, request));
    }
    let (_, told) = system.split_once("- name: ")?;
    Some(theirs(told, rest))
}

/// Of a request of flowdeck.
fn ours(told: &str, rest: &[Value], request: &Value) -> Value {
    let (name, told) = told.split_once('`').unwrap();
    let (_, caller) = told.split_once(" work together. ").unwrap();
    let caller = caller.strip_prefix('`').and_then(|it| it.split_once('`'));
    let (_, prompt) = told.rsplit_once("\n\n").unwrap();
    let tools = request["tools"].as_array().into_iter().flatten();
    let messages = rest.iter().map(|message| {
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        let calls: Vec<Value> = calls
            .map(|call| json!([call["function"]["name"], call["function"]["arguments"]]))
            .collect();
        said(
            message["role"].as_str().unwrap(),
            message["content"].as_str().unwrap_or_default(),
            &calls,
        )
    });
    json!({
        "member": name, "caller": caller.map(|(name, _)| name), "others": others(told), "prompt": prompt,
        "tools": tools.map(tool).collect::<Vec<_>>(), "messages": messages.collect::<Vec<_>>(),
    })
}

/// Of a request of WayFlow.
fn theirs(told: &str, rest: &[Value]) -> Value {
    let between = |start: &str, end: &str| {
        let (_, after) = told
            .split_once(start)
            .unwrap_or_else(|| panic!("{start} in {told}"));
        after.split_once(end).unwrap().0
    };
    let caller = between("Your user/caller is: ", ".\n");
    let is_user = caller.eq_ignore_ascii_case("human user");
    let (_, prompt) = between("<system_instructions>", "\n</system_instructions>")
        .split_once(":\n")
        .unwrap();
    let lines = between("<tools>", "</tools>").lines();
    let tools = lines.filter_map(|line| serde_json::from_str(line.strip_suffix(',')?).ok());
    // A reminder of its own is one where no message of a user is last.
    let spoken = rest.iter().filter(|message| message["role"] != "system");
    let messages = spoken.map(|message| {
        let text = message["content"].as_str().unwrap();
        let text = text.split("--- SYSTEM REMINDER ---").next().unwrap();
        if let Some(result) = text.strip_prefix("--- TOOL RESULT: ") {
            let (_, result) = result.split_once(" ---\n").unwrap();
            let result: Value = serde_json::from_str(result).unwrap_or_else(|_| json!(result));
            let text = result
                .as_str()
                .map_or_else(|| result.to_string(), str::to_owned);
            return said("tool", &text, &[]);
        }
        let header = text.strip_prefix("--- MESSAGE: From: ");
        let text = header.map_or(text, |header| header.split_once(" ---\n").unwrap().1);
        let (words, calls) = read_calls(text);
        said(message["role"].as_str().unwrap(), &words, &calls)
    });
    json!({
        "member": told.split('\n').next(), "caller": (!is_user).then_some(caller),
        "others": others(between("<other_entities>", "</other_entities>")), "prompt": prompt,
        "tools": tools.map(|it: Value| tool(&it)).collect::<Vec<_>>(), "messages": messages.collect::<Vec<_>>(),
    })
}

/// The lines about other members.
fn others(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("- ")).collect()
}

/// What a tool is called, and what it takes.
fn tool(tool: &Value) -> Value {
    let function = &tool["function"];
    let parameters = function["parameters"]["properties"].as_object();
    let names = parameters.into_iter().flat_map(Map::keys);
    json!([function["name"], names.collect::<Vec<_>>()])
}

/// The words before the calls, which are JSON in the lines at the end.
fn read_calls(text: &str) -> (String, Vec<Value>) {
    let read = |line: &str| {
        let call: Value = serde_json::from_str(line).ok()?;
        let name = call.get("name")?;
        Some(json!([name, call.get("parameters")?]))
    };
    let calls: Vec<Value> = text.lines().filter_map(read).collect();
    let words: Vec<&str> = text.lines().filter(|line| read(line).is_none()).collect();
    (words.join("\n").trim().to_owned(), calls)
}

fn said(role: &str, text: &str, calls: &[Value]) -> Value {
    json!([role, text, calls])
}

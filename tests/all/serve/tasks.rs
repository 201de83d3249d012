//! Over A2A: tasks and what becomes of them, in both versions and both bindings.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent, answer, spec, text, text_in, tool};
use crate::scripted_model::{ScriptedModel, calls, says};

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_context_is_a_task_and_the_agent_remembers() {
    let model = ScriptedModel::start(["One.", "Two.", "Three.", "Other."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let first = served.say(text("first")).await;
    assert_eq!(first["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(answer(&first), "One.");
    let said: Vec<&Value> = first["history"].as_array().unwrap().iter().collect();
    let roles: Vec<&Value> = said.iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["ROLE_USER", "ROLE_AGENT"]);
    assert!(said.iter().all(|message| message["taskId"] == first["id"]));
    let context = &first["contextId"];
    let second = served.say(text_in("second", "contextId", context)).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!((answer(&second), &second["contextId"]), ("Two.", context));
    assert_eq!(
        model.asked().last().unwrap().len(),
        4,
        "system, first, One., second"
    );
    // In version 0.3 under the same address.
    let old = json!({
        "kind": "message", "messageId": "3", "role": "user", "contextId": context,
        "parts": [{"kind": "text", "text": "third"}],
    });
    let third = served
        .rpc("message/send", json!({ "message": old }))
        .await
        .unwrap();
    assert_eq!(
        (&third["kind"], &third["status"]["state"]),
        (&json!("task"), &json!("completed"))
    );
    assert_eq!(
        third["artifacts"][0]["parts"][0],
        json!({"kind": "text", "text": "Three."})
    );
    // A context that the client names itself, of HTTP+JSON.
    let named = json!({"message": text_in("other", "contextId", &json!("mine"))});
    let (status, sent) = served
        .send(served.post("/a2a/rest/message:send", &named))
        .await;
    assert_eq!((status, &sent["task"]["contextId"]), (200, &json!("mine")));
    assert_eq!(
        model.asked().last().unwrap().len(),
        2,
        "it is another conversation"
    );
    let id = first["id"].as_str().unwrap();
    let (status, again) = served
        .send(served.get(&format!("/a2a/rest/tasks/{id}")))
        .await;
    assert_eq!((status, again), (200, first));
    let listed = served
        .rpc("ListTasks", json!({"pageSize": 3}))
        .await
        .unwrap();
    assert_eq!(
        (
            &listed["totalSize"],
            listed["tasks"].as_array().unwrap().len()
        ),
        (&json!(4), 3)
    );
    let rest = json!({"pageSize": 3, "pageToken": listed["nextPageToken"]});
    let rest = served.rpc("ListTasks", rest).await.unwrap();
    assert_eq!(
        (
            rest["tasks"].as_array().unwrap().len(),
            &rest["nextPageToken"]
        ),
        (1, &json!(""))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_done_is_refused_by_its_own_code() {
    let model = ScriptedModel::start([says("One.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let done = served.say(text("first")).await;
    let message = |message: Value| json!({ "message": message });
    let mut file = text("x");
    file["parts"] = json!([{"url": "http://127.0.0.1/x", "mediaType": "text/csv"}]);
    let mut empty = text("x");
    empty["parts"] = json!([]);
    for (method, params, code) in [
        ("GetTask", json!({"id": "b_0.1"}), -32001),
        (
            "GetTask",
            json!({"id": format!("{}0", done["id"].as_str().unwrap())}),
            -32001,
        ),
        ("CancelTask", json!({"id": done["id"]}), -32002),
        ("SubscribeToTask", json!({"id": done["id"]}), -32004),
        (
            "SendMessage",
            message(text_in("x", "taskId", &done["id"])),
            -32004,
        ),
        (
            "SendMessage",
            message(text_in("x", "taskId", &json!("no"))),
            -32001,
        ),
        ("SendMessage", message(file), -32005),
        ("SendMessage", message(empty), -32602),
        ("SendMessage", json!({}), -32602),
        ("GetExtendedAgentCard", json!({}), -32007),
        ("tasks/pushNotificationConfig/set", json!({}), -32003),
        ("ListTasks", json!({"pageSize": 0}), -32602),
        ("NoSuch", json!({}), -32601),
    ] {
        assert_eq!(
            served.rpc(method, params.clone()).await,
            Err(code),
            "{method} {params}"
        );
    }
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {"id": done["id"]}});
    let newer = served.post("/a2a", &body).header("A2A-Version", "2.0");
    assert_eq!(served.send(newer).await.1["error"]["code"], -32009);
    let (status, refused) = served.send(served.get("/a2a/rest/tasks/none")).await;
    assert_eq!(
        (status, &refused["error"]["status"]),
        (404, &json!("NOT_FOUND"))
    );
    let broken = served.post("/a2a", &json!({})).body("{");
    assert_eq!(served.send(broken).await.1["error"]["code"], -32700);
    let large = r#"{"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": {
        "messageId": "1", "role": "ROLE_USER", "parts": [{"data": {"n": 123456789012345678901234}}]}}}"#;
    let large = served.post("/a2a", &json!({})).body(large);
    let refused = served.send(large).await.1;
    assert_eq!(refused["error"]["code"], -32602);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("can't be kept exactly")
    );
    assert_eq!(model.asked().len(), 1, "nothing of it reached the model");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_input_required_and_answered_under_its_own_id() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model =
        ScriptedModel::start([look.clone(), says("Sunny."), look, says("I may not.")]).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", true)]}));
    let served = Served::start(folder.path(), &[]);
    let asked = served.say(text("look")).await;
    assert_eq!(asked["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    let parts = &asked["status"]["message"]["parts"];
    assert!(
        parts[0]["text"]
            .as_str()
            .unwrap()
            .contains("May `look` be called"),
        "{parts}"
    );
    assert_eq!(parts[1]["data"]["arguments"], json!({"at": "sea"}));
    let unclear = text_in("perhaps", "taskId", &asked["id"]);
    let refused = served
        .rpc("SendMessage", json!({ "message": unclear }))
        .await;
    assert_eq!(refused, Err(-32602));
    let done = served.say(text_in("yes", "taskId", &asked["id"])).await;
    assert_eq!(done["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(done["id"], asked["id"]);
    assert_eq!(answer(&done), "Sunny.");
    assert_eq!(model.results(), ["sunny"]);
    let read = served.rpc("GetTask", json!({"id": asked["id"]})).await;
    assert_eq!(
        read.unwrap(),
        done,
        "the task is over under the id that it had from the first"
    );
    let asked = served.say(text("look again")).await;
    let mut no = text_in("", "taskId", &asked["id"]);
    no["parts"] = json!([{"data": {"confirmed": false, "reason": "not now"}}]);
    assert_eq!(answer(&served.say(no).await), "I may not.");
    assert!(
        model.results()[0].contains("not now"),
        "{:?}",
        model.results()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_takes_its_inputs_as_data_or_words_and_gives_its_outputs() {
    let reference = |id: &str| json!({ "$component_ref": id });
    let (a, b) = (
        json!({"title": "a", "type": "string"}),
        json!({"title": "b", "type": "integer"}),
    );
    let node = |kind: &str, id: &str| json!({"component_type": kind, "id": id, "name": id, "inputs": [a, b], "outputs": [a, b]});
    let data = |name: &str| {
        json!({
            "component_type": "DataFlowEdge", "name": name, "source_node": reference("start"), "source_output": name,
            "destination_node": reference("end"), "destination_input": name,
        })
    };
    let folder = spec(&json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": "f", "name": "echo", "start_node": reference("start"),
        "nodes": [reference("start"), reference("end")],
        "control_flow_connections": [{
            "component_type": "ControlFlowEdge", "name": "c", "from_node": reference("start"), "to_node": reference("end"),
        }],
        "data_flow_connections": [data("a"), data("b")],
        "$referenced_components": {"start": node("StartNode", "start"), "end": node("EndNode", "end")},
    }));
    let served = Served::start(folder.path(), &[]);
    let mut message = text("");
    message["parts"] = json!([{"data": {"a": "x", "b": 7}}]);
    let done = served.say(message).await;
    assert_eq!(done["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(
        done["artifacts"][0]["parts"][0]["data"],
        json!({"a": "x", "b": 7})
    );
    assert_eq!(done["history"][0]["role"], "ROLE_USER");
    let done = served
        .say(text_in(
            r#"{"a": "y", "b": 8}"#,
            "contextId",
            &done["contextId"],
        ))
        .await;
    assert_eq!(
        done["artifacts"][0]["parts"][0]["data"],
        json!({"a": "y", "b": 8})
    );
    for wrong in ["words", r#"{"a": "y", "b": "no number"}"#, r#"{"a": "y"}"#] {
        let refused = served
            .rpc("SendMessage", json!({ "message": text(wrong) }))
            .await;
        assert_eq!(refused, Err(-32602), "{wrong}");
    }
    let response = served
        .respond(json!({"model": "echo", "input": r#"{"a": "z", "b": 9}"#}))
        .await;
    assert_eq!(
        response["output"][0]["content"][0]["text"],
        r#"{"a":"z","b":9}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_the_task_its_answer_and_its_end() {
    let model = ScriptedModel::start([says("All of it.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let body = json!({
        "jsonrpc": "2.0", "id": 5, "method": "SendStreamingMessage", "params": {"message": text("go")},
    });
    let events = served.events("/a2a", &body).await;
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| {
            event["result"]
                .as_object()
                .unwrap()
                .keys()
                .next()
                .unwrap()
                .as_str()
        })
        .collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("task", "statusUpdate"));
    let mut told = String::new();
    let updates = events.iter();
    for update in updates.filter_map(|event| event["result"].get("artifactUpdate")) {
        if update["append"] != true {
            told.clear();
        }
        told += update["artifact"]["parts"][0]["text"]
            .as_str()
            .unwrap_or_default();
    }
    assert_eq!(told, "All of it.");
    let last = &events[events.len() - 1]["result"]["statusUpdate"]["status"];
    assert_eq!(last["state"], "TASK_STATE_COMPLETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_first_messages_of_one_context_that_come_at_once_one_begins_it() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model = ScriptedModel::start((0..8).map(|_| look.clone())).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", true)]}));
    let served = Served::start(folder.path(), &[]);
    let message = || json!({"message": text_in("look", "contextId", &json!("one"))});
    let sent = (0..8).map(|_| served.rpc("SendMessage", message()));
    let sent = futures_util::future::join_all(sent).await;
    let begun = sent.iter().filter(|sent| sent.is_ok()).count();
    // The others were refused as busy, or as no answer to its question.
    assert_eq!(begun, 1, "{sent:?}");
    let listed = served.rpc("ListTasks", json!({})).await.unwrap();
    assert_eq!(listed["totalSize"], 1);
}

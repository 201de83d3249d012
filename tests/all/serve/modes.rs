//! What a client takes for an answer.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent, spec, text};
use crate::scripted_model::{ScriptedModel, says};

/// A message with what its client takes.
fn sent(message: &Value, accepted: &Value) -> Value {
    json!({"message": message, "configuration": {"acceptedOutputModes": accepted}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_gives_words_gives_them_to_clients_that_take_words() {
    let model = ScriptedModel::start(["One.", "Two."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    for accepted in [json!(["text/plain"]), json!(["application/json", "text/*"])] {
        let taken = served
            .rpc("SendMessage", sent(&text("go"), &accepted))
            .await;
        assert_eq!(
            taken.unwrap()["task"]["status"]["state"],
            "TASK_STATE_COMPLETED"
        );
    }
    let refused = sent(&text("go"), &json!(["application/json", "image/png"]));
    let (status, body) = served
        .send(served.post("/a2a/rest/message:send", &refused))
        .await;
    let reason = &body["error"]["details"][0]["reason"];
    assert_eq!(
        (status, reason),
        (400, &json!("CONTENT_TYPE_NOT_SUPPORTED"))
    );
    let words = body["error"]["message"].as_str().unwrap();
    assert!(words.contains("gives text/plain"), "{words}");
    for method in ["SendMessage", "SendStreamingMessage"] {
        let refused = sent(&text("go"), &json!(["application/json"]));
        assert_eq!(served.rpc(method, refused).await, Err(-32005));
    }
    assert_eq!(model.asked().len(), 2, "nothing was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_data_or_text_as_the_client_takes_them_and_stay_so() {
    let reference = |id: &str| json!({ "$component_ref": id });
    let value = json!({"title": "a", "type": "integer"});
    let node = |kind: &str, id: &str| json!({"component_type": kind, "id": id, "name": id, "inputs": [value], "outputs": [value]});
    let folder = spec(&json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": "f", "name": "echo", "start_node": reference("start"),
        "nodes": [reference("start"), reference("end")],
        "control_flow_connections": [{
            "component_type": "ControlFlowEdge", "name": "c", "from_node": reference("start"), "to_node": reference("end"),
        }],
        "data_flow_connections": [{
            "component_type": "DataFlowEdge", "name": "d", "source_node": reference("start"), "source_output": "a",
            "destination_node": reference("end"), "destination_input": "a",
        }],
        "$referenced_components": {"start": node("StartNode", "start"), "end": node("EndNode", "end")},
    }));
    let served = Served::start(folder.path(), &[]);
    for (accepted, part) in [
        (json!([]), json!({"data": {"a": 7}})),
        (json!(["application/json"]), json!({"data": {"a": 7}})),
        (json!(["text/plain"]), json!({"text": "{\"a\":7}"})),
    ] {
        let mut message = text("");
        message["parts"] = json!([{"data": {"a": 7}}]);
        let sent = sent(&message, &accepted);
        let task = served.rpc("SendMessage", sent.clone()).await.unwrap()["task"].take();
        assert_eq!(task["artifacts"][0]["parts"], json!([part]), "{accepted}");
        let read = served
            .rpc("GetTask", json!({"id": task["id"]}))
            .await
            .unwrap();
        assert_eq!(read["artifacts"], task["artifacts"]);
        let streamed =
            json!({"jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage", "params": sent});
        let events = served.events("/a2a", &streamed).await;
        let made = events
            .iter()
            .find_map(|event| event["result"].get("artifactUpdate"));
        assert_eq!(made.unwrap()["artifact"]["parts"], json!([part]));
    }
}

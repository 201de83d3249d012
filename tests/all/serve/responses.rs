//! Over OpenAI's Responses: plain and streamed.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent, tool};
use crate::scripted_model::{ScriptedModel, calls, says};

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_of_the_client_is_a_function_call_and_its_result_goes_on() {
    let at_once = [
        ("look", json!({"at": "sea"})),
        ("look", json!({"at": "hill"})),
    ];
    let model = ScriptedModel::start([calls(&at_once), says("Both are sunny.")]).await;
    let folder = agent(&model, &json!({"tools": [tool("ClientTool", false)]}));
    let served = Served::start(folder.path(), &[]);
    let body =
        json!({"model": "helper", "input": [{"role": "user", "content": "Look."}], "stream": true});
    let events = served.events("/v1/responses", &body).await;
    let numbers: Vec<u64> = events
        .iter()
        .map(|event| event["sequence_number"].as_u64().unwrap())
        .collect();
    assert!(numbers.iter().copied().eq(0..numbers.len() as u64));
    let of_kind = |kind: &str| -> Vec<&Value> {
        let of_kind = events.iter().filter(|event| event["type"] == kind);
        of_kind.collect()
    };
    let places = |events: Vec<&Value>| -> Vec<u64> {
        events
            .iter()
            .map(|event| event["output_index"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(places(of_kind("response.output_item.added")), [0, 1]);
    assert_eq!(places(of_kind("response.output_item.done")), [0, 1]);
    let response = &of_kind("response.completed")[0]["response"];
    let asked: Vec<&Value> = response["output"].as_array().unwrap().iter().collect();
    assert_eq!(asked[0]["arguments"], r#"{"at":"sea"}"#);
    assert_eq!(asked[0], &of_kind("response.output_item.done")[0]["item"]);
    let output = |call: &Value, seen: &str| json!({"type": "function_call_output", "call_id": call["call_id"], "output": seen});
    let results = json!([output(asked[0], "sun"), output(asked[1], "clouds")]);
    let done = served
        .respond(
            json!({"model": "helper", "input": results, "previous_response_id": response["id"]}),
        )
        .await;
    assert_eq!(done["status"], "completed");
    assert_eq!(done["output"][0]["content"][0]["text"], "Both are sunny.");
    assert_eq!(model.results(), ["sun", "clouds"]);
    let id = done["id"].as_str().unwrap();
    let (_, read) = served
        .send(served.get(&format!("/v1/responses/{id}")))
        .await;
    assert_eq!(read["output"], done["output"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_begun_told_in_pieces_and_ended_under_one_place() {
    let model = ScriptedModel::start([says("Well then.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let body = json!({"model": "helper", "input": "Go.", "stream": true});
    let events = served.events("/v1/responses", &body).await;
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert!(events[2..8].iter().all(|event| event["output_index"] == 0));
    let usage = &events[8]["response"]["usage"];
    assert!(usage["total_tokens"].is_u64(), "{usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_meant_for_it_is_refused_before_anything_is_sent() {
    let model = ScriptedModel::start([says("One."), says("Two.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let first = served
        .respond(json!({"model": "helper", "input": "Go."}))
        .await;
    let follow = json!({"model": "helper", "input": "On.", "previous_response_id": first["id"]});
    served.respond(follow).await;
    for (body, status, code) in [
        (
            json!({"model": "gpt", "input": "x"}),
            404,
            json!("model_not_found"),
        ),
        (json!({"input": "x"}), 400, Value::Null),
        (json!({"model": "helper"}), 400, Value::Null),
        (json!({"model": "helper", "input": []}), 400, Value::Null),
        (
            json!({"model": "helper", "input": "x", "temperature": 0.5}),
            400,
            json!("unsupported_parameter"),
        ),
        (
            json!({"model": "helper", "input": "x", "instructions": "Be rude."}),
            400,
            json!("unsupported_parameter"),
        ),
        (
            json!({"model": "helper", "input": [{"role": "assistant", "content": "x"}]}),
            400,
            Value::Null,
        ),
        (
            json!({"model": "helper", "input": "x", "previous_response_id": "resp_1_1", "stream": true}),
            400,
            json!("previous_response_not_found"),
        ),
    ] {
        let (answered, refused) = served.send(served.post("/v1/responses", &body)).await;
        assert_eq!(
            (answered, &refused["error"]["code"]),
            (status, &code),
            "{body} {refused}"
        );
        assert!(!refused["error"]["message"].as_str().unwrap().is_empty());
    }
    let unstored = json!({"model": "helper", "input": "x", "store": false});
    let (_, refused) = served.send(served.post("/v1/responses", &unstored)).await;
    assert_eq!(
        refused["error"]["message"],
        "`store` is not accepted: responses are always stored"
    );
    assert_eq!(model.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_an_older_response_branches_off_and_the_first_branch_stays() {
    let answers = [
        "One.",
        "Two.",
        "Three.",
        "Two again.",
        "Three again.",
        "Four.",
    ];
    let model = ScriptedModel::start(answers.map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let follow = |input: &str, id: &Value| json!({"model": "helper", "input": input, "previous_response_id": id});
    let said = |response: &Value| response["output"][0]["content"][0]["text"].clone();
    let first = served
        .respond(json!({"model": "helper", "input": "first"}))
        .await;
    let second = served.respond(follow("second", &first["id"])).await;
    let third = served.respond(follow("third", &second["id"])).await;
    // It has heard the first turn, and nothing of the others.
    let branch = served.respond(follow("instead", &first["id"])).await;
    assert_eq!(
        (said(&branch), &branch["previous_response_id"]),
        (json!("Two again."), &first["id"])
    );
    assert_eq!(model.asked()[3], ["Help.", "first", "One.", "instead"]);
    // Also of a server that does not have the conversation open.
    served.kill();
    let served = Served::start(folder.path(), &[]);
    let deeper = served.respond(follow("other", &second["id"])).await;
    assert_eq!(said(&deeper), "Three again.");
    assert_eq!(
        model.asked()[4],
        ["Help.", "first", "One.", "second", "Two.", "other"]
    );
    let on = served.respond(follow("on", &third["id"])).await;
    assert_eq!(said(&on), "Four.");
    assert_eq!(
        model.asked()[5].len(),
        8,
        "the first branch goes on as it was"
    );
    for response in [&branch, &deeper, &on] {
        let read = served.get(&format!(
            "/v1/responses/{}",
            response["id"].as_str().unwrap()
        ));
        assert_eq!(served.send(read).await.1["output"], response["output"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_is_a_failed_response_with_its_reason() {
    let model = ScriptedModel::start([]).await;
    let nobody = json!({"llm_config": {
        "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": "http://127.0.0.1:1/v1",
        "model_id": "m", "retry_policy": {"max_attempts": 0},
    }});
    let folder = agent(&model, &nobody);
    let served = Served::start(folder.path(), &[]);
    let failed = served
        .respond(json!({"model": "helper", "input": "Go."}))
        .await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["error"]["message"].is_string(), "{failed}");
    let body = json!({"model": "helper", "input": "Go.", "stream": true});
    let events = served.events("/v1/responses", &body).await;
    assert_eq!(events[events.len() - 1]["type"], "response.failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_of_an_agent_stand_before_its_message_and_a_no_has_its_reason() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model = ScriptedModel::start([look, says("Not now then.")]).await;
    let further = json!({
        "system_prompt": "Help in {{city}}.", "inputs": [{"title": "city", "type": "string"}],
        "tools": [tool("ServerTool", true)],
    });
    let folder = agent(&model, &further);
    let served = Served::start(folder.path(), &[]);
    let input = json!([{"role": "user", "content": r#"{"city": "Rome"}"#}, {"role": "user", "content": "Look."}]);
    let asked = served
        .respond(json!({"model": "helper", "input": input}))
        .await;
    assert!(model.asked()[0].concat().contains("Help in Rome."));
    assert_eq!(model.asked()[0].last().unwrap(), "Look.");
    let no = json!({
        "model": "helper", "previous_response_id": asked["id"], "input": r#"{"confirmed": false, "reason": "not now"}"#,
    });
    let done = served.respond(no).await;
    assert_eq!(done["output"][0]["content"][0]["text"], "Not now then.");
    assert!(
        model.results()[0].contains("not now"),
        "{:?}",
        model.results()
    );
}

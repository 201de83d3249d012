//! Who may come in, and how much they may bring.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bed::{Served, agent, spec};
use crate::program::{program, ran};
use crate::scripted_model::{ScriptedModel, says};

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_only_those_who_show_it_come_in_and_everybody_reads_the_card() {
    let model = ScriptedModel::start([says("One.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &["--key-env", "KEY"]);
    let ask = || served.post("/v1/responses", &json!({"model": "helper", "input": "Go."}));
    for request in [
        ask(),
        ask().bearer_auth("wrong"),
        ask().header("authorization", "Basic secret-of-tests"),
        served.get("/v1/models"),
    ] {
        let (status, refused) = served.send(request).await;
        assert_eq!(status, 401);
        assert!(
            refused["error"]["message"]
                .as_str()
                .unwrap()
                .contains("Bearer")
        );
    }
    assert_eq!(
        served.send(ask().bearer_auth("secret-of-tests")).await.0,
        200
    );
    let (status, card) = served
        .send(served.get("/.well-known/agent-card.json"))
        .await;
    assert_eq!((status, &card["name"]), (200, &json!("helper")));
    let of_http = card["supportedInterfaces"].as_array().unwrap().iter();
    let mut of_http = of_http.filter(|one| one["protocolBinding"] == "HTTP+JSON");
    assert!(of_http.all(|one| one["protocolVersion"] == "1.0"), "{card}");
    assert_eq!(card["preferredTransport"], "JSONRPC");
    assert!(card.get("additionalInterfaces").is_none(), "{card}");
    let scheme = &card["securitySchemes"]["key"]["httpAuthSecurityScheme"]["scheme"];
    assert_eq!(scheme, "bearer", "{card}");
    assert!(!card.to_string().contains("secret-of-tests"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_no_web_page_comes_in_and_a_body_is_bounded() {
    let model = ScriptedModel::start([says("One.")]).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let models = || served.get("/v1/models");
    for (header, value, status) in [
        ("host", "evil.example", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "http://localhost:3000", 200),
        ("host", "[::1]:8090", 200),
    ] {
        let (answered, _) = served.send(models().header(header, value)).await;
        assert_eq!(answered, status, "{header}: {value}");
    }
    let large = json!({"model": "helper", "input": "x".repeat(9 << 20)});
    assert_eq!(
        served.send(served.post("/v1/responses", &large)).await.0,
        413
    );
    assert_eq!(model.asked().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_says_what_is_waited_for_and_the_second_ends_at_once() {
    // A model that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = spec(&json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "helper", "name": "helper",
        "system_prompt": "Help.",
        "llm_config": {
            "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m", "model_id": "m",
            "url": format!("http://{}/v1", silent.local_addr().unwrap()),
        },
    }));
    let (mut served, stderr) = Served::start_heard(folder.path());
    let text =
        json!({"parts": [{"text": "Go."}], "role": "ROLE_USER", "messageId": "m-0123456789abcdef"});
    let params = json!({"message": text, "configuration": {"returnImmediately": true}});
    served.rpc("SendMessage", params).await.unwrap();
    let pid = rustix::process::Pid::from_child(&served.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut lines = BufReader::new(stderr).lines();
    assert!(lines.any(|line| line.unwrap().contains("ctrl-c again ends at once")));
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(served.child.wait().unwrap().code(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_served_ends_the_command_with_its_reason() {
    let model = ScriptedModel::start([]).await;
    let folder = agent(&model, &json!({}));
    let run = |arguments: &[&str]| ran(program(arguments).current_dir(folder.path()));
    for (arguments, code, words) in [
        (
            &["serve", "agent.json", "--host", "0.0.0.0"][..],
            2,
            "there is no key",
        ),
        (
            &["serve", "agent.json", "--key-env", "NO_SUCH"],
            3,
            "is not set",
        ),
        (&["serve", "none.json"], 3, "none.json"),
        (&["serve", "-"], 3, "needs a file"),
        (&["serve", "agent.json", "--at-once", "0"], 2, "from 1 to"),
        (&["--port", "1"], 2, "nothing to serve"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

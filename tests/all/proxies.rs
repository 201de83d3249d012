//! What goes through the proxies of the environment, and what never does.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::program::{file, program};

/// Accepts connections and answers each with 404.
fn nothing_found(listener: TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]);
            let told =
                "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone";
            let _gone = stream.write_all(told.as_bytes());
        }
    });
}

/// What a run with that model and these variables ends with.
fn error_of(model: &Value, variables: &[(&str, &str)]) -> String {
    let agent = json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "a", "name": "a", "system_prompt": "Speak.",
        "llm_config": model,
    });
    let home = tempfile::tempdir().unwrap();
    let spec = file(home.path(), "agent.json", agent.to_string());
    let arguments = [
        "run",
        spec.to_str().unwrap(),
        "--message",
        "Hi",
        "--format",
        "json",
    ];
    let mut command = program(&arguments);
    command
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(variables.iter().copied());
    let ran = command.output().unwrap();
    let batch: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let error = batch["runs"][0]["error"]["message"].as_str().unwrap();
    error.to_owned()
}

/// What a run with that model ends with, and whether the proxy was asked.
fn run_with(model: &Value, metadata: &str) -> (String, bool) {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut request = [0; 4096];
        let n_bytes = stream.read(&mut request).unwrap();
        let _gone = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        !request[..n_bytes].starts_with(b"nobody")
    });
    let variables = [
        ("http_proxy", address.as_str()),
        ("OCI_METADATA_BASE_URL", metadata),
    ];
    let error = error_of(model, &variables);
    // Ends the wait of a proxy that nobody asked.
    let _late = std::net::TcpStream::connect(address.trim_start_matches("http://"))
        .and_then(|mut stream| stream.write_all(b"nobody"));
    (error, asked.join().unwrap())
}

#[test]
fn models_are_asked_through_a_proxy_and_the_metadata_of_the_machine_never() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let metadata = format!("http://{}/opc/v2", service.local_addr().unwrap());
    nothing_found(service);
    let machine = json!({
        "component_type": "OciGenAiConfig", "id": "m", "name": "m", "model_id": "m", "compartment_id": "c",
        "client_config": {
            "component_type": "OciClientConfigWithInstancePrincipal", "id": "c", "name": "c",
            "service_endpoint": "https://genai.example",
        },
    });
    let (error, is_asked) = run_with(&machine, &metadata);
    assert!(
        error.contains("404") && error.contains(&metadata),
        "{error}"
    );
    assert!(!is_asked, "{error}");

    let remote = json!({
        "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m", "model_id": "m",
        "url": "http://model.example/v1",
    });
    let (error, is_asked) = run_with(&remote, &metadata);
    assert!(is_asked, "{error}");
    assert!(error.contains("403"), "{error}");
}

#[test]
fn a_proxy_that_can_not_be_read_is_refused_and_the_server_is_not_asked() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let model = json!({
        "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m", "model_id": "m",
        "url": format!("http://{}/v1", server.local_addr().unwrap()),
    });
    let error = error_of(&model, &[("http_proxy", "ftp://name:word@proxy:9")]);
    assert!(
        error.contains("`http_proxy` is not the address of a proxy"),
        "{error}"
    );
    assert!(!error.contains("word"), "{error}");
    assert!(server.accept().is_err(), "{error}");
}

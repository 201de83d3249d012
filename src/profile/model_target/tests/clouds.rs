//! Gemini and Oracle's Generative AI: addresses, credentials, and what goes with each request.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn gemini_is_asked_in_ai_studio_or_in_vertex_ai() {
    for (ty, fields, url, key) in [
        (
            "LlmConfig",
            json!({"api_provider": "gemini", "api_key": "gk-own"}),
            "https://generativelanguage.googleapis.com/v1beta",
            "gk-own",
        ),
        (
            "GeminiConfig",
            json!({"auth": {"component_type": "GeminiAIStudioAuthConfig", "id": "a", "name": "a"}}),
            "https://generativelanguage.googleapis.com/v1beta",
            "gk-env",
        ),
        (
            "GeminiConfig",
            json!({"auth": {
                "component_type": "GeminiAIStudioAuthConfig", "id": "a", "name": "a",
                "api_key": "gk-own",
            }}),
            "https://generativelanguage.googleapis.com/v1beta",
            "gk-own",
        ),
        (
            "GeminiConfig",
            json!({"auth": vertex(&json!({"project_id": "p/1", "location": "europe-west6"}))}),
            "https://europe-west6-aiplatform.googleapis.com/v1/projects/p%2F1/locations/europe-west6/publishers/google",
            "https://oauth2.googleapis.com/token",
        ),
        (
            "GeminiConfig",
            json!({"auth": vertex(&json!({}))}),
            "https://aiplatform.googleapis.com/v1/projects/own/locations/global/publishers/google",
            "https://oauth2.googleapis.com/token",
        ),
    ] {
        let expected = Ok((url.to_owned(), "m-1".to_owned(), key.to_owned()));
        let config = config(ty, &fields);
        assert_eq!(target(&Profile::spec(), &config), expected, "{ty} {fields}");
    }
}

/// Oracle's service: what each `api_type` adds to address, headers and body.
#[test]
fn oracles_service_is_asked_as_its_api_wants() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config");
    let text = "[DEFAULT]\nuser=u\ntenancy=t\nfingerprint=f\nkey_file=~/key.pem\n";
    std::fs::write(&file, text).unwrap();
    std::fs::write(home.path().join("key.pem"), "PEM").unwrap();
    let environment =
        |name: &str| (name == "HOME").then(|| Secret::new(home.path().to_str().unwrap()));
    let client = json!({
        "component_type": "OciClientConfigWithApiKey", "id": "c", "name": "c",
        "service_endpoint": "https://genai.example/", "auth_profile": "DEFAULT",
        "auth_file_location": file.to_str().unwrap(),
    });
    let headers = vec![
        ("CompartmentId", "ocid1.c".to_owned()),
        ("opc-compartment-id", "ocid1.c".to_owned()),
        ("opc-conversation-store-id", "ocid1.s".to_owned()),
    ];
    let body = |mode: Value| json!({"compartmentId": "ocid1.c", "servingMode": mode});
    let on_demand = |id: &str| body(json!({"servingType": "ON_DEMAND", "modelId": id}));
    for (fields, api, url, headers, body) in [
        (
            json!({}),
            Api::OciGeneric,
            "https://genai.example/20231130/actions/chat",
            vec![],
            on_demand("m-1"),
        ),
        (
            json!({"model_id": "cohere.command-r"}),
            Api::OciCohere,
            "https://genai.example/20231130/actions/chat",
            vec![],
            on_demand("cohere.command-r"),
        ),
        (
            json!({"serving_mode": "DEDICATED", "provider": "COHERE"}),
            Api::OciCohere,
            "https://genai.example/20231130/actions/chat",
            vec![],
            body(json!({"servingType": "DEDICATED", "endpointId": "m-1"})),
        ),
        (
            json!({"api_type": "openai_chat_completions", "conversation_store_id": "ocid1.s"}),
            Api::ChatCompletions,
            "https://genai.example/openai/v1/chat/completions",
            headers,
            json!({}),
        ),
        (
            json!({"api_type": "openai_responses"}),
            Api::Responses,
            "https://genai.example/openai/v1/responses",
            vec![
                ("CompartmentId", "ocid1.c".to_owned()),
                ("opc-compartment-id", "ocid1.c".to_owned()),
            ],
            json!({}),
        ),
    ] {
        let mut all = json!({"compartment_id": "ocid1.c", "client_config": client});
        for (name, value) in fields.as_object().unwrap() {
            all[name] = value.clone();
        }
        let target =
            Profile::spec().model_target_with(&config("OciGenAiConfig", &all), environment);
        let ModelTarget::Endpoint(endpoint) = target.unwrap() else {
            panic!("{fields} is a server");
        };
        assert_eq!(endpoint.api, api, "{fields}");
        assert_eq!(endpoint.url.as_str(), url, "{fields}");
        assert_eq!(endpoint.headers, headers, "{fields}");
        assert_eq!(Value::Object(endpoint.fields), body, "{fields}");
        let Credentials::Oci(key) = endpoint.credentials else {
            panic!("{fields} signs");
        };
        assert_eq!(
            (key.key_id.expose(), key.private_key.expose()),
            ("t/u/f", "PEM")
        );
    }
}

#[test]
fn a_machine_in_oracles_cloud_shows_who_asks() {
    let instance = json!({
        "component_type": "OciClientConfigWithInstancePrincipal", "id": "c", "name": "c",
        "service_endpoint": "https://genai.example",
    });
    let config = config(
        "OciGenAiConfig",
        &json!({"compartment_id": "ocid1.c", "client_config": instance}),
    );
    for (base, expected) in [
        (None, Ok("http://169.254.169.254/opc/v2")),
        (
            Some("http://127.0.0.1:1/opc/v2"),
            Ok("http://127.0.0.1:1/opc/v2"),
        ),
        (
            Some("here"),
            Err("`main`: `OCI_METADATA_BASE_URL` is not an address"),
        ),
    ] {
        let target = Profile::spec().model_target_with(&config, |name| {
            assert_eq!(name, "OCI_METADATA_BASE_URL");
            base.map(Secret::new)
        });
        let metadata = match target {
            Ok(ModelTarget::Endpoint(endpoint)) => match endpoint.credentials {
                Credentials::OciInstance(instance) => Ok(instance.metadata.to_string()),
                other => panic!("{other:?}"),
            },
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        let metadata = metadata.as_deref().map_err(String::as_str);
        assert_eq!(metadata, expected);
    }
}

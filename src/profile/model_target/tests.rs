//! Configurations of the language, rules of a profile, and where calls go.

mod clouds;

use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::profile::{Api, Credentials, ProfileFile};
use crate::spec::{LoadOptions, load};

fn config(ty: &str, fields: &Value) -> Arc<Component> {
    let mut document = json!({
        "component_type": ty, "id": "main-llm", "name": "main", "model_id": "m-1",
        "agentspec_version": "26.1.2",
    });
    for (name, value) in fields.as_object().unwrap() {
        document[name] = value.clone();
    }
    let options = LoadOptions {
        partial: true,
        ..LoadOptions::default()
    };
    let loaded = load(&document.to_string(), &options);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.unwrap()
}

fn local(rules: &str) -> Profile {
    let text = format!("[profiles.local]\n{rules}");
    let file = ProfileFile::parse(&text, Path::new("flowdeck.toml")).unwrap();
    file.profile(Some("local")).unwrap()
}

fn environment(name: &str) -> Option<Secret> {
    match name {
        "OPENAI_API_KEY" => Some(Secret::new("sk-env")),
        "ANTHROPIC_API_KEY" => Some(Secret::new("ak-env")),
        "GEMINI_API_KEY" => Some(Secret::new("gk-env")),
        _ => None,
    }
}

/// Credentials of Vertex AI with further fields.
fn vertex(fields: &Value) -> Value {
    let account = json!({
        "type": "service_account", "client_email": "a@p", "private_key": "PEM",
        "project_id": "own",
    });
    let mut vertex = json!({
        "component_type": "GeminiVertexAIAuthConfig", "id": "a", "name": "a",
        "credentials": account,
    });
    for (name, value) in fields.as_object().unwrap() {
        vertex[name] = value.clone();
    }
    vertex
}

/// Address, model and key, or the error.
fn target(profile: &Profile, config: &Arc<Component>) -> Result<(String, String, String), String> {
    match profile.model_target_with(config, environment) {
        Ok(ModelTarget::Offline) => Ok(("offline".into(), String::new(), String::new())),
        Ok(ModelTarget::Endpoint(endpoint)) => Ok((
            endpoint.url.to_string(),
            endpoint.model_id,
            match endpoint.credentials {
                Credentials::Key(key) => key.expose().to_owned(),
                Credentials::None => String::new(),
                Credentials::Google(account) => account.token_url().to_string(),
                Credentials::OciInstance(instance) => instance.metadata.to_string(),
                Credentials::Oci(key) => key.key_id.expose().to_owned(),
            },
        )),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn each_kind_of_configuration_has_its_address_and_key() {
    let key = json!({"url": "h:1", "api_key": "sk-own"});
    for (ty, fields, url, key) in [
        (
            "OpenAiCompatibleConfig",
            key.clone(),
            "http://h:1/v1/chat/completions",
            "sk-own",
        ),
        (
            "VllmConfig",
            json!({"url": "http://h/v1"}),
            "http://h/v1/chat/completions",
            "",
        ),
        (
            "OllamaConfig",
            json!({"url": "localhost:11434"}),
            "http://localhost:11434/v1/chat/completions",
            "",
        ),
        (
            "OpenAiConfig",
            json!({}),
            "https://api.openai.com/v1/chat/completions",
            "sk-env",
        ),
        (
            "OpenAiConfig",
            json!({"api_key": "sk-own"}),
            "https://api.openai.com/v1/chat/completions",
            "sk-own",
        ),
        (
            "OpenAiCompatibleConfig",
            json!({"url": "https://api.openai.com.evil.com"}),
            "https://api.openai.com.evil.com/v1/chat/completions",
            "",
        ),
        (
            "OpenAiCompatibleConfig",
            json!({"url": "http://api.openai.com/v1"}),
            "http://api.openai.com/v1/chat/completions",
            "",
        ),
        ("LlmConfig", key, "http://h:1/v1/chat/completions", "sk-own"),
        (
            "LlmConfig",
            json!({"api_provider": "ollama"}),
            "http://localhost:11434/v1/chat/completions",
            "",
        ),
        (
            "OpenAiConfig",
            json!({"api_type": "responses"}),
            "https://api.openai.com/v1/responses",
            "sk-env",
        ),
        (
            "VllmConfig",
            json!({"url": "h:8000", "api_type": "responses"}),
            "http://h:8000/v1/responses",
            "",
        ),
        (
            "OllamaConfig",
            json!({"url": "localhost:11434/v1", "api_type": "responses"}),
            "http://localhost:11434/v1/responses",
            "",
        ),
        (
            "LlmConfig",
            json!({"api_provider": "openai", "api_type": "openai_responses"}),
            "https://api.openai.com/v1/responses",
            "sk-env",
        ),
        (
            "LlmConfig",
            json!({"api_provider": "Anthropic"}),
            "https://api.anthropic.com/v1/messages",
            "ak-env",
        ),
        (
            "LlmConfig",
            json!({"api_provider": "openai"}),
            "https://api.openai.com/v1/chat/completions",
            "sk-env",
        ),
    ] {
        let expected = Ok((url.to_owned(), "m-1".to_owned(), key.to_owned()));
        assert_eq!(
            target(&Profile::spec(), &config(ty, &fields)),
            expected,
            "{ty} {fields}"
        );
    }
}

#[test]
fn what_can_not_be_called_is_told() {
    for (ty, fields, expected) in [
        (
            "LlmConfig",
            json!({"url": "h", "api_type": "soap"}),
            "`main`: there is no `api_type: soap`",
        ),
        (
            "LlmConfig",
            json!({"api_provider": "acme"}),
            "`main` has no `url`",
        ),
        (
            "VllmConfig",
            json!({"url": "ftp://h"}),
            "`main` has an address that can't be used",
        ),
        (
            "VllmConfig",
            json!({"url": "h", "cert_file": "client.pem"}),
            "`main`: `key_file` and `cert_file` must be given together",
        ),
        (
            "VllmConfig",
            json!({"url": "h", "api_key": {"$component_ref": "main-llm.api_key"}}),
            "`main` needs `main-llm.api_key`, which nothing supplies",
        ),
    ] {
        let config = config(ty, &fields);
        assert_eq!(
            target(&Profile::spec(), &config),
            Err(expected.to_owned()),
            "{ty}"
        );
        let offline = Ok(("offline".to_owned(), String::new(), String::new()));
        assert_eq!(
            target(&Profile::offline(), &config),
            offline,
            "offline needs none of it"
        );
    }
    let config = config("OpenAiConfig", &json!({}));
    let error = Profile::spec()
        .model_target_with(&config, |_| None)
        .unwrap_err();
    assert_eq!(error.to_string(), "`main` has no key for OpenAI");
    assert!(error.hint().unwrap().contains("OPENAI_API_KEY"));
}

#[test]
fn certificate_files_are_taken_from_the_folder_of_the_profile() {
    let fields = json!({
        "url": "https://h", "key_file": "client.key", "cert_file": "client.pem",
        "ca_file": "/etc/ca.pem",
    });
    let profile = Profile {
        folder: "/specs".into(),
        ..Profile::spec()
    };
    let target = profile
        .model_target(&config("VllmConfig", &fields))
        .unwrap();
    let ModelTarget::Endpoint(endpoint) = target else {
        panic!("{target:?}");
    };
    let expected = TlsFiles {
        key: Some("/specs/client.key".into()),
        certificate: Some("/specs/client.pem".into()),
        authorities: Some("/etc/ca.pem".into()),
    };
    assert_eq!(endpoint.tls, expected);
}

#[test]
fn the_first_rule_that_matches_replaces_what_it_says() {
    let config = config("OpenAiConfig", &json!({"api_type": "responses"}));
    let rules = r#"
        [[profiles.local.llm]]
        match = "other*"
        url = "http://wrong"
        [[profiles.local.llm]]
        match = "m-?"
        url = "http://localhost:8000/v1"
        model_id = "llama"
        api_key = "sk-profile"
        [[profiles.local.llm]]
        match = "*"
        url = "http://wrong"
    "#;
    let url = "http://localhost:8000/v1/chat/completions".to_owned();
    let expected = (url, "llama".to_owned(), "sk-profile".to_owned());
    assert_eq!(target(&local(rules), &config), Ok(expected));
}

#[test]
fn a_rule_may_point_at_each_provider() {
    let config = config("VllmConfig", &json!({"url": "h", "api_key": "sk-own"}));
    for (rule, url, key) in [
        (
            "api_provider = \"anthropic\"",
            "https://api.anthropic.com/v1/messages",
            "ak-env",
        ),
        (
            "api_provider = \"openai\"\napi_type = \"responses\"",
            "https://api.openai.com/v1/responses",
            "sk-env",
        ),
        (
            "url = \"http://gate\"\napi_type = \"messages\"",
            "http://gate/v1/messages",
            "",
        ),
    ] {
        let rules = format!("[[profiles.local.llm]]\nmatch = \"*\"\n{rule}\n");
        let expected = (url.to_owned(), "m-1".to_owned(), key.to_owned());
        assert_eq!(target(&local(&rules), &config), Ok(expected), "{rule}");
    }
}

#[test]
fn a_rule_may_put_a_configuration_of_any_kind_in_the_place_of_the_specs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, document: &Value| {
        std::fs::write(folder.path().join(name), document.to_string()).unwrap();
    };
    write(
        "vertex.json",
        &json!({
            "component_type": "GeminiConfig", "id": "g", "name": "g", "model_id": "gemini-x",
            "agentspec_version": "26.1.2", "auth": vertex(&json!({})),
            "default_generation_parameters": {"temperature": 0.9, "top_p": 0.5},
            "retry_policy": {"max_attempts": 7},
        }),
    );
    let tool = json!({"component_type": "ServerTool", "id": "t", "name": "t", "agentspec_version": "26.1.2"});
    write("tool.json", &tool);
    let target_with = |rule: &str| {
        let text = format!("[profiles.local]\n[[profiles.local.llm]]\nmatch = \"*\"\n{rule}\n");
        let file = ProfileFile::parse(&text, &folder.path().join("flowdeck.toml")).unwrap();
        let profile = file.profile(Some("local")).unwrap();
        profile.model_target_with(&config("OpenAiConfig", &json!({})), environment)
    };
    let rule = "config = \"vertex.json\"\ngeneration = { temperature = 0.1 }";
    let ModelTarget::Endpoint(endpoint) = target_with(rule).unwrap() else {
        panic!("it is a server");
    };
    assert_eq!(
        (endpoint.api, endpoint.model_id.as_str()),
        (Api::Gemini, "gemini-x")
    );
    let expected = json!({"temperature": 0.1, "top_p": 0.5});
    assert_eq!(Value::Object(endpoint.generation), expected);
    assert_eq!(endpoint.retry.unwrap().max_attempts, 7);
    let error = target_with("config = \"tool.json\"")
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("tool.json` is not a model configuration: it holds another component"),
        "{error}"
    );
}

#[test]
fn a_key_of_the_spec_goes_to_the_host_of_the_spec_only() {
    let fields = json!({"url": "https://a.com/v1", "api_key": "sk-own"});
    let config = config("VllmConfig", &fields);
    for (url, key) in [
        ("https://a.com/other", "sk-own"),
        ("https://b.com/v1", ""),
        ("http://a.com/v1", ""),
    ] {
        let rule = format!("[[profiles.local.llm]]\nmatch = \"main\"\nurl = \"{url}\"\n");
        let (_, _, sent) = target(&local(&rule), &config).unwrap();
        assert_eq!(sent, key, "{url}");
    }
}

#[test]
fn generation_parameters_are_merged_one_by_one() {
    let fields = json!({
        "url": "h",
        "default_generation_parameters": {"temperature": 0.9, "max_tokens": 10, "top_k": 3},
    });
    let rule =
        "[[profiles.local.llm]]\nmatch = \"*\"\ngeneration = { temperature = 0.2, seed = 7 }\n";
    let target = local(rule)
        .model_target(&config("VllmConfig", &fields))
        .unwrap();
    let ModelTarget::Endpoint(endpoint) = target else {
        panic!("{target:?}");
    };
    let expected = json!({"temperature": 0.2, "max_tokens": 10, "top_k": 3, "seed": 7});
    assert_eq!(Value::Object(endpoint.generation), expected);
}

#[test]
fn an_offline_profile_may_bind_one_model_to_an_endpoint() {
    let rules =
        "model = \"offline\"\n[[profiles.local.llm]]\nmatch = \"m-1\"\nurl = \"http://h\"\n";
    let bound = config("OpenAiConfig", &json!({}));
    let other = config("OpenAiConfig", &json!({"model_id": "m-2"}));
    assert_eq!(
        target(&local(rules), &bound).unwrap().0,
        "http://h/v1/chat/completions"
    );
    assert_eq!(target(&local(rules), &other).unwrap().0, "offline");
}

#[test]
fn a_key_that_can_not_be_had_is_told_with_where_it_is_asked_for() {
    let rule = "[[profiles.local.llm]]\nmatch = \"*\"\napi_key = { file = \"no-such-file\" }\n";
    let config = config("VllmConfig", &json!({"url": "h"}));
    let expected = "`api_key` in `[[profiles.local.llm]]` can't be read".to_owned();
    assert_eq!(target(&local(rule), &config), Err(expected));
}

#[test]
fn unbound_tools_are_told_once_with_the_lines_that_bind_them() {
    let tool =
        |id: &str, name: &str| json!({"component_type": "ServerTool", "id": id, "name": name});
    let agent = json!({
        "component_type": "Agent", "id": "a", "name": "a", "agentspec_version": "26.1.2",
        "system_prompt": "", "llm_config": {
            "component_type": "VllmConfig", "id": "l", "name": "l", "model_id": "m", "url": "h"
        },
        "tools": [tool("1", "bound"), tool("2", "free"), {"component_type": "ClientTool", "id": "3", "name": "client"}],
    });
    let loaded = load(&agent.to_string(), &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let profile = local("[tools.bound]\nvalue = 1\n");
    let unbound = profile.unbound_tools(&loaded.component.unwrap());
    let told: Vec<_> = unbound
        .iter()
        .map(|tool| (tool.tool.name(), tool.message()))
        .collect();
    assert_eq!(
        told,
        [(
            "free",
            "`free` is bound to nothing in `flowdeck.toml`".to_owned()
        )]
    );
    let lines = &unbound.first().unwrap().lines;
    assert!(
        ProfileFile::parse(lines, Path::new("flowdeck.toml")).is_ok(),
        "{lines}"
    );
}

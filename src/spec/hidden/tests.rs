use crate::spec::{LoadOptions, load};

const MARK: &str = "MARK-hopscotch-0123456789";

/// The text as it is shown, and all words about it.
fn shown(text: &str) -> String {
    let loaded = load(text, &LoadOptions::default());
    let mut shown = loaded.shown_text();
    assert_eq!(shown.len(), text.len(), "places still fit");
    for problem in &loaded.diagnostics {
        shown = format!(
            "{shown}\n{} {:?} {:?}",
            problem.message, problem.help, problem.related
        );
    }
    shown
}

#[track_caller]
fn check_hidden(text: &str) {
    let text = text.replace("@@", MARK);
    let shown = shown(&text);
    for part in [MARK, "hopscotch", "0123456789"] {
        assert!(!shown.contains(part), "{text}\n---\n{shown}");
    }
}

#[test]
fn a_secret_is_hidden_however_it_is_written() {
    let model = "component_type: OpenAiCompatibleConfig\nname: m\nurl: http://h\nmodel_id: m\n";
    for field in [
        "api_key: @@",
        "api_key: '@@'",
        "api_key: \"@@\"",
        "api_key: |\n  @@\n  @@",
        "api_key: >-\n    @@",
        "api_key:\n  @@",
        "api_key: [@@, 1]",
        "api_key: {a: @@}",
        "api_key: &k @@\nmodel: *k",
        "api_key: '@@'\napi_key: x",
        "client: {type: pre_registered, client_secret: [@@]}",
        "api_kye: @@",
        "apikey: @@",
        "apiKey: @@",
        "API-KEY: @@",
        "api_keys: [@@]",
        "key_fil: @@",
        "password: @@",
        "sensitive_headers: {X: @@}",
        "headers: {Authorization: Bearer @@}",
        "args: [--token=@@, x]",
        "args: [--api-key, '@@']",
        "args:\n- -c\n- serve --password @@ --port 80",
        "headers:\n  X-Api-Key: @@",
        "description: Bearer eyJ@@",
    ] {
        check_hidden(&format!("{model}{field}\nwrong: 1\n"));
    }
    let flow = r#"{"component_type": "OpenAiCompatibleConfig", "name": "m", "url": "u", "model_id": "m", "api_key": "@@", "x": 1}"#;
    check_hidden(flow);
    check_hidden("{component_type: OllamaConfig, name: m, url: u, model_id: m, api_kye: @@, x: 1}");
    check_hidden("component_type: Nobody\nname: m\napi_key: @@\nclient_secrt: @@\n");
    check_hidden("$referenced_components:\n  m.api_key: @@\nx: 1\n");
    check_hidden(
        "component_type: OllamaConfig\nname: m\nmodel_id: m\nurl: http://ann:@@@h:1?key=@@\nx: 1\n",
    );
}

#[test]
fn a_text_that_cannot_be_parsed_shows_no_secret_either() {
    for text in [
        "component_type: OllamaConfig\napi_key: @@\n  : [\n",
        "api_key: \"@@\n",
        "api_key: '@@\nx: 1\n",
        "api_key: {a: @@\nx: 1\n",
        "api_key @@\nx: [\n",
        "  api_key = @@\n]\n",
        "- api_key: @@\n}: {\n",
        "api_key: |\n  @@\n  @@\n\tx: {\n",
        "a:\n  api_key: |\n\t@@\n  x: 1\n",
        "a:\n  api_key: |\n    x\n \t@@\n  x: 1\n",
        "a:\n  api_key: >\n @@\n  x: [\n",
        "a:\n  api_key: |\n@@\nx: [\n",
        "sensitive_headers:\n  X: @@\n  Y: @@\nx: {[\n",
        "sensitive_headers:\n- @@\nx: {[\n",
        "{\"name\": \"m\", \"api_key\": \"@@\", \"x\": }",
        "{\"name\": \"m\", \"api_key\": \"@@",
        "{\"name\": \"m\", \"client_secret\": @@\", \"x\": 1}",
        "{\"sensitive_headers\": {\"X\": \"@@\",}, ]",
        "{\"sensitive_headers\": {\n \"X\": \"@@\",\n ]",
        "api_key: @@: x: y\n",
        "api_key: %@@\nb: @x\n",
        "key: -----BEGIN RSA PRIVATE KEY-----\n@@\n-----END RSA PRIVATE KEY-----\nx: [\n",
    ] {
        check_hidden(text);
    }
}

#[test]
fn what_is_no_secret_is_shown() {
    let text = "\
component_type: RemoteTool
name: users
url: http://h/{{user}}?city={{city}}
http_method: GET
headers: {Accept: application/json, Authorization: 'Bearer {{token}}'}
sensitive_headers:
  $component_ref: users.sensitive_headers
inputs:
- {title: user, type: string}
- {title: api_key, type: string}
";
    let loaded = load(text, &LoadOptions::default());
    assert_eq!(loaded.shown_text(), text);
}

use std::path::Path;
use std::sync::Arc;

use pretty_assertions::assert_eq;

use super::{Access, AccessLine};
use crate::profile::ProfileFile;
use crate::spec::{Component, LoadOptions, load};

const PROFILE: &str = r#"
default_profile = "local"
[profiles.local]
component_files = ["secrets.yaml"]
[[profiles.local.llm]]
match = "small"
url = "http://localhost:11434/v1"
model_id = "llama3.2"
api_key = { command = "pass show models" }
[[profiles.local.llm]]
match = "tuned"
generation = { temperature = 0.1 }
[tools.count]
command = ["python3", "tools/count.py"]
[tools.heavy]
python = "tools/work.py:heavy"
[tools.search]
http = { url = "http://me:pw@localhost:9000/search?k=1", headers = { Authorization = { env = "SEARCH_KEY" } } }
[tools.fixed]
value = 1
[tools.taxi]
ask = true
"#;

fn component(text: &str) -> Arc<Component> {
    let loaded = load(text, &LoadOptions::default());
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    loaded.component.unwrap()
}

/// The list as text: headings flush, what is below them indented, concerns marked by `!`.
fn listed(text: &str, profile: Option<&str>) -> String {
    let file = ProfileFile::parse(PROFILE, Path::new("/home/me/flowdeck.toml")).unwrap();
    let profile = file.profile(profile).unwrap();
    let lines = Access::of(&component(text), &profile).lines();
    let lines = lines.iter().map(|line| match line {
        AccessLine::Heading(words) => (*words).to_owned(),
        AccessLine::Grant(words) => format!("  {words}"),
        AccessLine::Concern(words) => format!("    ! {words}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(text: &str, profile: Option<&str>, expected: &str) {
    assert_eq!(listed(text, profile), expected.trim());
}

/// An agent with these tools and this model.
fn agent(llm: &str, tools: &str) -> String {
    format!(
        "{{component_type: Agent, agentspec_version: 26.3.1, id: a, name: a, system_prompt: x, \
         human_in_the_loop: false, llm_config: {llm}, tools: [{tools}]}}"
    )
}

const MAIN: &str = "{component_type: OpenAiCompatibleConfig, id: main, name: main, \
    url: 'https://models.example/v1', model_id: big, api_key: {$component_ref: main.api_key}}";

#[test]
fn models_go_where_spec_and_profile_say() {
    check(
        &agent(MAIN, ""),
        None,
        "
calls these servers
  https://models.example/v1/chat/completions  model `main` (big)
reads these files
  secrets.yaml  components and values
uses these secrets
  main.api_key  `api_key` of OpenAiCompatibleConfig `main`
    ! no value is given for it",
    );
    let replaced = MAIN.replace("main", "small");
    check(
        &agent(&replaced, ""),
        None,
        "
calls these servers
  http://localhost:11434/v1/chat/completions  model `small` (llama3.2)
starts these programs
  pass …  key for OpenAiCompatibleConfig `small`
reads these files
  secrets.yaml  components and values
uses these secrets
  what `pass …` prints  key for OpenAiCompatibleConfig `small`",
    );
    check(
        &agent(
            "{component_type: OpenAiConfig, id: tuned, name: tuned, model_id: gpt}",
            "",
        ),
        None,
        "
calls these servers
  https://api.openai.com/v1/chat/completions  model `tuned` (gpt)
reads these files
  secrets.yaml  components and values
uses these secrets
  the environment variable OPENAI_API_KEY  key for OpenAiConfig `tuned`",
    );
    check(&agent(MAIN, ""), Some("offline"), "");
}

#[test]
fn tools_reach_what_they_are_bound_to() {
    let names = ["count", "heavy", "search", "fixed", "taxi", "lost"];
    let tools: Vec<String> = names
        .iter()
        .map(|name| format!("{{component_type: ServerTool, id: {name}, name: {name}}}"))
        .collect();
    check(
        &agent(MAIN, &tools.join(", ")),
        Some("offline"),
        "
calls these servers
  http://localhost:9000/search  tool `search`
starts these programs
  python3 tools/count.py  tool `count`
  python3 tools/work.py:heavy  tool `heavy`
calls these tools
  count  runs a program, does not ask first
  heavy  runs a Python function, does not ask first
  search  sends a POST request, does not ask first
  fixed  gives a fixed value, does not ask first
  taxi  you give its result, does not ask first
  lost  bound to nothing, does not ask first
    ! every call of it fails: it is not bound
uses these secrets
  the environment variable SEARCH_KEY  header for tool `search`
asks you for
  a result  of tool `taxi`",
    );
}

#[test]
fn builtin_tools_reach_what_they_are_set_up_for() {
    let builtin = |tool_type: &str, input: &str, configuration: &str| {
        format!(
            "{{component_type: BuiltinTool, id: {tool_type}, name: {tool_type}, tool_type: {tool_type}, \
             inputs: [{{title: {input}, type: string}}], configuration: {configuration}}}"
        )
    };
    let tools = [
        builtin("arithmetic", "expression", "{}"),
        builtin(
            "http_fetch",
            "url",
            "{url_allow_list: ['https://a.example/docs']}",
        ),
        builtin("read_file", "path", "{folder: notes}"),
        builtin("web_search", "query", "{}"),
    ];
    check(
        &agent(MAIN, &tools.join(", ")),
        Some("offline"),
        "
calls these servers
  https://a.example/docs  tool `http_fetch`, and all below
reads these files
  notes  tool `read_file`, and all below
calls these tools
  arithmetic  builtin arithmetic, does not ask first
  http_fetch  builtin http_fetch, does not ask first
  read_file  builtin read_file, does not ask first
  web_search  builtin, does not ask first
    ! there is no builtin tool `web_search` here",
    );
}

#[test]
fn addresses_that_an_input_decides_stand_out() {
    let remote = |name: &str, url: &str, more: &str| {
        format!(
            "{{component_type: RemoteTool, id: {name}, name: {name}, url: '{url}', \
             http_method: GET, requires_confirmation: true{more}}}"
        )
    };
    let tools = [
        remote("open", "https://{{host}}/x", ""),
        remote("path", "https://h.example/{{path}}?k={{k}}", ""),
        remote(
            "listed",
            "https://{{host}}/x",
            ", url_allow_list: ['https://a.example', 'https://b.example']",
        ),
    ];
    check(
        &agent(MAIN, &tools.join(", ")),
        Some("offline"),
        "
calls these servers
  https://{{host}}/x  RemoteTool `open`
    ! `{{host}}` decides which server is called, and nothing limits it
  https://h.example/{{path}}  RemoteTool `path`
  https://{{host}}/x  RemoteTool `listed`, only below https://a.example, https://b.example
calls these tools
  open  sends a GET request, asks you first
  path  sends a GET request, asks you first
  listed  sends a GET request, asks you first
asks you for
  a yes  before each call of `open`
  a yes  before each call of `path`
  a yes  before each call of `listed`",
    );
}

#[test]
fn servers_of_tools_are_programs_or_addresses() {
    let boxes = "
component_type: Agent
agentspec_version: 26.3.1
id: a
name: a
system_prompt: x
llm_config: {component_type: OllamaConfig, id: m, name: m, url: localhost, model_id: x}
toolboxes:
  - component_type: MCPToolBox
    id: files
    name: files
    requires_confirmation: true
    client_transport:
      {component_type: StdioTransport, id: t, name: fs, command: npx, args: [-y, server], env: {TOKEN: x}, cwd: /srv}
  - component_type: MCPToolBox
    id: web
    name: web
    tool_filter: [find, {component_type: MCPToolSpec, id: s, name: fetch}]
    client_transport:
      component_type: StreamableHTTPmTLSTransport
      id: u
      name: web
      url: https://mcp.example/mcp
      key_file: {$component_ref: u.key_file}
      cert_file: /etc/cert.pem
      ca_file: /etc/ca.pem
";
    check(
        boxes,
        Some("offline"),
        "
calls these servers
  https://mcp.example/mcp  StreamableHTTPmTLSTransport `web`
starts these programs
  npx -y server  MCP server `fs`, sets TOKEN, in /srv
    ! the spec itself says what is started
reads these files
  the one that `u.key_file` names  `key_file` of StreamableHTTPmTLSTransport `web`
  the one that `u.cert_file` names  `cert_file` of StreamableHTTPmTLSTransport `web`
  the one that `u.ca_file` names  `ca_file` of StreamableHTTPmTLSTransport `web`
takes tools from these MCP servers
  fs  all tools that it has then, asks you first
  web  tools find, fetch, does not ask first
uses these secrets
  u.key_file  `key_file` of StreamableHTTPmTLSTransport `web`
    ! no value is given for it
  u.cert_file  `cert_file` of StreamableHTTPmTLSTransport `web`
  u.ca_file  `ca_file` of StreamableHTTPmTLSTransport `web`
asks you for
  messages  when Agent `a` wants to talk to you
  a yes  before each call of a tool of `files`",
    );
}

#[test]
fn logins_say_who_chooses_their_place() {
    let guarded = |auth: &str, client: &str| {
        format!(
            "{{component_type: MCPTool, id: t, name: t, client_transport: {{component_type: SSETransport, id: s, \
             name: s, url: 'https://mcp.example/sse', auth: {{component_type: OAuthConfig, id: o, name: o, \
             redirect_uri: 'http://127.0.0.1/'{auth}, client: {{component_type: OAuthClientConfig, id: c, name: c, \
             {client}}}}}}}}}"
        )
    };
    let registered = "type: pre_registered, client_secret: {$component_ref: c.client_secret}";
    for (auth, client, expected) in [
        (
            ", issuer: 'https://login.example'",
            registered,
            "  a login  in your browser, for OAuthConfig `o`",
        ),
        (
            "",
            "type: dynamic_registration",
            "  a login  in your browser, where the server says, for OAuthConfig `o`",
        ),
        (
            "",
            registered,
            "  a login  in your browser, where the server says, for OAuthConfig `o`\n    ! the server says who is sent \
             the client's secret: give `issuer` or `endpoints`",
        ),
    ] {
        let listed = listed(&agent(MAIN, &guarded(auth, client)), Some("offline"));
        assert!(listed.ends_with(expected), "{listed}");
        let is_named = listed.contains("https://login.example/  a login, for OAuthConfig `o`");
        assert_eq!(is_named, !auth.is_empty(), "{listed}");
    }
}

#[test]
fn a_machine_that_proves_who_it_is_is_told() {
    let machine = "{component_type: OciGenAiConfig, id: m, name: m, model_id: x, compartment_id: k, client_config: \
                   {component_type: OciClientConfigWithInstancePrincipal, id: c, name: c, \
                   service_endpoint: 'https://genai.example'}}";
    let listed = listed(&agent(machine, ""), Some("spec"));
    let expected = "  the identity of this machine  from Oracle's metadata service, for \
                    OciClientConfigWithInstancePrincipal `c`";
    assert!(listed.ends_with(expected), "{listed}");
}

#[test]
fn datastores_and_agents_elsewhere_are_named_without_secrets() {
    let spec = "
component_type: A2AAgent
agentspec_version: 26.3.1
id: far
name: far
agent_url: https://agents.example/a2a?token=1
connection_config: {component_type: A2AConnectionConfig, id: c, name: c, key_file: k.pem, cert_file: c.pem}
";
    check(
        spec,
        Some("offline"),
        "
calls these servers
  https://agents.example/a2a  an agent elsewhere, for A2AAgent `far`
reads these files
  k.pem  `key_file` of A2AConnectionConfig `c`
  c.pem  `cert_file` of A2AConnectionConfig `c`
asks you for
  messages  when A2AAgent `far` answers or asks back",
    );
    let cloud = "
component_type: OciAgent
agentspec_version: 26.3.1
id: cloud
name: cloud
agent_endpoint_id: ocid1.genaiagentendpoint.oc1.x
client_config: {component_type: OciClientConfigWithInstancePrincipal, id: c, name: c, service_endpoint: 'https://agents.example'}
";
    check(
        cloud,
        Some("offline"),
        "
calls these servers
  https://agents.example/  Oracle's cloud, for OciClientConfigWithInstancePrincipal `c`
uses these secrets
  the identity of this machine  from Oracle's metadata service, for OciClientConfigWithInstancePrincipal `c`
asks you for
  messages  when OciAgent `cloud` answers or asks back",
    );
    let store = "
component_type: Agent
agentspec_version: 26.3.1
id: a
name: a
system_prompt: x
human_in_the_loop: false
llm_config: {component_type: OllamaConfig, id: m, name: m, url: localhost, model_id: x}
transforms:
  - component_type: MessageSummarizationTransform
    id: t
    name: t
    llm: {component_type: OllamaConfig, id: n, name: n, url: localhost, model_id: x}
    datastore:
      component_type: PostgresDatabaseDatastore
      id: d
      name: d
      datastore_schema: {summarized_messages_cache: {type: object, properties: {cache_key: {type: string}, cache_content: {type: string}, created_at: {type: number}, last_used_at: {type: number}}}}
      connection_config:
        component_type: TlsPostgresDatabaseConnectionConfig
        id: p
        name: p
        url: postgres://db.example/app
        user: {$component_ref: p.user}
        password: secret
";
    let listed = listed(store, Some("offline"));
    assert!(
        listed
            .contains("keeps data in\n  postgres://db.example/app  PostgresDatabaseDatastore `d`"),
        "{listed}"
    );
    assert!(!listed.contains("secret\n"), "{listed}");
}

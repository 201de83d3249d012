//! A marked secret in every place for one, and a look through everything that flowdeck writes: standard output, standard
//! error, the log at `-vv`, traces, results, exports. The server that is asked repeats all that it is sent.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::program::{file, run};

/// The secret.
pub(crate) const MARK: &str = "hopscotch-7f3a9c1e-over-the-wall";

/// A server that refuses every request and repeats it, in several forms.
pub(crate) fn repeater() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _gone = stream.and_then(refuse);
        }
    });
    host
}

fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut heard, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        heard.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let heard = format!("{heard}{}", String::from_utf8_lossy(&body));
    let percent = percent_written(&heard);
    let answer = format!(
        "you sent {heard}{} {} {percent}",
        heard.to_uppercase(),
        BASE64_STANDARD.encode(&heard)
    );
    write!(
        stream,
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

/// A flow that calls one tool.
fn flow(tool: &str) -> String {
    format!(
        "component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {{$component_ref: start}}
nodes: [{{$component_ref: start}}, {{$component_ref: call}}, {{$component_ref: end}}]
control_flow_connections:
- {{component_type: ControlFlowEdge, name: a, from_node: {{$component_ref: start}}, to_node: {{$component_ref: call}}}}
- {{component_type: ControlFlowEdge, name: b, from_node: {{$component_ref: call}}, to_node: {{$component_ref: end}}}}
$referenced_components:
  start: {{component_type: StartNode, id: start, name: start}}
  call: {{component_type: ToolNode, id: call, name: call, tool: {tool}}}
  end: {{component_type: EndNode, id: end, name: end}}
"
    )
}

/// An agent with a model of these fields.
fn agent(model: &str) -> String {
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\nsystem_prompt: Be short.\nllm_config:\n  \
         component_type: OpenAiCompatibleConfig\n  id: m\n  name: m\n  model_id: m\n{model}"
    )
}

/// Runs a command on a spec beside a profile, and gives all that it wrote.
#[track_caller]
fn all_that_is_written(spec: &str, profile: &str, command: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "flowdeck.toml", profile);
    let spec = file(home.path(), "spec.yaml", spec);
    let (log, output) = (home.path().join("log"), home.path().join("out"));
    let [spec, log, output] = [&spec, &log, &output].map(|path| path.to_str().unwrap());
    let workspace = home.path().to_str().unwrap();
    let mut arguments = vec!["-vv", "--log", log, "-C", workspace];
    arguments.extend(command.iter().map(|word| match *word {
        "SPEC" => spec,
        "OUT" => output,
        word => word,
    }));
    let ran = run(&arguments);
    let read = |path: &str| fs::read_to_string(Path::new(path)).unwrap_or_default();
    format!(
        "{arguments:?}\n{}\n{}\n{}\n{}",
        ran.stdout,
        ran.stderr,
        read(log),
        read(output)
    )
}

/// Every byte as an address writes those that it has no letter for.
fn percent_written(text: &str) -> String {
    use std::fmt::Write as _;

    text.bytes().fold(String::new(), |mut written, byte| {
        let _ = write!(written, "%{byte:02X}");
        written
    })
}

#[track_caller]
pub(crate) fn check_unmarked(written: &str) {
    // Larger parts of it, as they are and as an address may write them.
    let mut forms: Vec<String> = Vec::new();
    for part in ["hopscotch", "the-wall"] {
        forms.push(part.to_owned());
        forms.push(percent_written(part).to_lowercase());
    }
    // What base64 makes of it, whatever is before it.
    for before in ["", "x", "xx"] {
        let encoded = BASE64_STANDARD.encode(format!("{before}{MARK}"));
        let within = encoded.get(4..36).expect("the mark is longer");
        forms.push(within.to_lowercase());
    }
    let found = written.to_lowercase();
    for form in forms {
        assert!(!found.contains(&form), "{form} in {written}");
    }
}

#[test]
fn what_a_server_repeats_shows_no_secret() {
    let host = repeater();
    let basic = BASE64_STANDARD.encode(format!("ann:{MARK}"));
    let remote = flow(&format!(
        "{{component_type: RemoteTool, id: t, name: t, url: 'http://ann:{MARK}@{host}/x?key={MARK}', http_method: GET, \
         headers: {{X-Api-Key: {MARK}}}, sensitive_headers: {{X-Other: {MARK}, Authorization: 'Basic {basic}'}}}}"
    ));
    let bound = flow("{component_type: ServerTool, id: t, name: t}");
    let binding = format!(
        "[tools.t]\nhttp = {{ url = \"http://ann:{MARK}@{host}/x?key={MARK}\", method = \"GET\", headers = {{ X-Token = \"{MARK}\" }} }}\n"
    );
    let of_spec = agent(&format!(
        "  url: http://ann:{MARK}@{host}/v1?key={MARK}\n  api_key: {MARK}\n"
    ));
    let of_profile = format!(
        "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\nurl = \"http://ann:{MARK}@{host}/v1?key={MARK}\"\n\
         api_key = \"{MARK}\"\n"
    );
    for (spec, profile) in [
        (remote.as_str(), ""),
        (bound.as_str(), binding.as_str()),
        (of_spec.as_str(), ""),
        (of_spec.as_str(), of_profile.as_str()),
    ] {
        for format in ["text", "json", "jsonl"] {
            let message: &[&str] = if spec.starts_with("component_type: Agent") {
                &["--message", "hello"]
            } else {
                &[]
            };
            let command = [&["run", "SPEC", "--format", format], message].concat();
            let written = all_that_is_written(spec, profile, &command);
            assert!(written.contains("401"), "{written}");
            check_unmarked(&written);
        }
    }
    let written = all_that_is_written(&of_spec, &of_profile, &["profiles", "check"]);
    assert!(written.contains("401"), "{written}");
    check_unmarked(&written);
}

#[test]
fn no_command_shows_a_secret_of_a_spec_or_a_profile() {
    let bad = format!("http://ann:{MARK}@host:99999/v1?key={MARK}");
    let specs = [
        agent(&format!(
            "  url: http://h\n  api_key: {MARK}\n  api_kye: {MARK}\n"
        )),
        agent(&format!(
            "  url: http://h\n  api_key: |\n    {MARK}\n  tempratur: 1\n"
        )),
        agent(&format!("  url: http://h\n  api_key: [{MARK}]\n")),
        agent(&format!(
            "  url: http://h\n  api_key: |\n\t{MARK}\n  tempratur: 1\n"
        )),
        agent(&format!("  url: {bad}\n")),
        format!("{}]\napi_key: {MARK}: {{\n", agent("  url: http://h\n")),
        flow(&format!(
            "{{component_type: RemoteTool, id: t, name: t, url: '{bad}', http_method: GET, \
             sensitive_headers: {{Authorization: {MARK}}}, sensitve_headers: {{X: {MARK}}}}}"
        )),
    ];
    let profiles = [
        String::new(),
        format!(
            "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\nurl = \"http://h\"\n\
             api_key = {{ command = \"echo {MARK}; exit 3\" }}\n\
             [tools.t]\nhttp = {{ url = \"http://ann:{MARK}@h/x?key={MARK}\", headers = {{ X = \"{MARK}\" }} }}\n"
        ),
        format!(
            "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\nurl = \"{bad}\"\napi_key = \"{MARK}\"\n"
        ),
    ];
    for spec in &specs {
        for profile in &profiles {
            for command in [
                &["validate", "SPEC"][..],
                &["validate", "--format", "json", "SPEC"],
                &[
                    "run",
                    "SPEC",
                    "--message",
                    "hello",
                    "--format",
                    "json",
                    "--output",
                    "OUT",
                ],
                &["diff", "SPEC", "SPEC"],
                &["graph", "SPEC"],
                &["export", "SPEC", "--output", "OUT"],
                &["profiles", "show"],
                &["info"],
            ] {
                // Addresses are exported as they are, with a warning that says so.
                let is_kept = command[0] == "export" && spec.contains("ann:");
                let written = all_that_is_written(spec, profile, command);
                if !is_kept {
                    check_unmarked(&written);
                }
            }
        }
    }
}

#[test]
fn arguments_of_programs_and_commands_of_keys_show_no_secret() {
    let words = [
        "-c",
        "set -x; : $0 $@ $API_KEY; exit 3",
        &format!("--token={MARK}"),
        "--api-key",
        MARK,
        "-H",
        &format!("Authorization: Bearer {MARK}"),
        &format!("http://ann:{MARK}@h/x?key={MARK}"),
        &format!("TOKEN={MARK} serve --password '{MARK}'"),
    ]
    .map(|word| serde_json::to_string(word).unwrap())
    .join(", ");
    let bound = flow("{component_type: ServerTool, id: t, name: t}");
    let command = format!("[tools.t]\ncommand = [\"sh\", {words}]\n");
    let server = flow(&format!(
        "{{component_type: MCPTool, id: t, name: t, client_transport: {{component_type: StdioTransport, id: s, name: s, \
         command: sh, args: [{words}], env: {{API_KEY: {MARK}}}, wrong: 1}}}}"
    ));
    let asked = agent("  url: http://h\n");
    let key = format!(
        "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\napi_key = {{ command = \"KEY={MARK} sh -c 'exit 3'\" }}\n"
    );
    for (spec, profile, told) in [
        (bound.as_str(), command.as_str(), "exit code 3"),
        (&server, "", "exit code 3"),
        (&asked, &key, "can't be read"),
    ] {
        for command in [
            &["validate", "SPEC"][..],
            &["validate", "--explain-access", "SPEC"],
            &["validate", "--explain-access", "--format", "json", "SPEC"],
            &["profiles", "show"],
            &["run", "SPEC", "--yes"],
            &["run", "SPEC", "--yes", "--format", "json"],
            &["run", "SPEC", "--yes", "--format", "jsonl"],
            &["run", "SPEC", "--yes", "--format", "jsonl", "--mask"],
        ] {
            let message: &[&str] = if command[0] == "run" && spec == asked {
                &["--message", "hello"]
            } else {
                &[]
            };
            let written = all_that_is_written(spec, profile, &[command, message].concat());
            if command[0] == "run" && !command.contains(&"--mask") {
                assert!(written.contains(told), "{written}");
            }
            check_unmarked(&written);
        }
    }
}

#[test]
fn a_key_that_a_profile_writes_out_is_warned_of_and_never_shown() {
    let spec = agent("  url: http://h\n");
    let head = "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\n";
    let profile = format!("{head}api_key = \"{MARK}\"\n");
    let explained = ["validate", "--explain-access", "SPEC"];
    let written = all_that_is_written(&spec, &profile, &explained);
    assert!(
        written.contains("whoever can read the file has it"),
        "{written}"
    );
    check_unmarked(&written);
    for wrong in [
        format!("api_key = {MARK}\n"),
        format!("api_key = \"{MARK}\n"),
        format!("api_key = [\"{MARK}\"]\n"),
        format!("api_key = {{ env = [\"{MARK}\"], envv = \"{MARK}\" }}\n"),
        format!("api_kye = \"{MARK}\"\n"),
        format!("api_key = \"{MARK}\"\napi_key = \"{MARK}\"\n"),
        format!("url = \"http://ann:{MARK}@h:x\"\napi_key = \"\"\"{MARK}\n"),
    ] {
        for command in [&explained[..], &["profiles", "show"], &["run", "SPEC"]] {
            check_unmarked(&all_that_is_written(
                &spec,
                &format!("{head}{wrong}"),
                command,
            ));
        }
    }
}

#[test]
fn validate_warns_of_what_looks_like_a_secret_where_exports_keep_it() {
    let spec = flow(&format!(
        "{{component_type: RemoteTool, id: t, name: t, url: 'http://ann:{MARK}@h/x?token={MARK}', http_method: GET, \
         headers: {{Authorization: Bearer {MARK}, Accept: application/json}}, query_params: {{city: '{{{{city}}}}'}}}}"
    ));
    let written = all_that_is_written(&spec, "", &["validate", "SPEC"]);
    assert_eq!(written.matches("warning[AS803]").count(), 2, "{written}");
    assert!(
        written.contains("`Authorization` in `headers` looks like it holds a secret"),
        "{written}"
    );
    check_unmarked(&written);
}

#[test]
fn a_masked_run_shows_nothing_of_what_a_server_says() {
    let host = repeater();
    let spec = flow(&format!(
        "{{component_type: RemoteTool, id: t, name: t, url: 'http://{host}/told-by-the-server', http_method: GET}}"
    ));
    for format in ["text", "json", "jsonl"] {
        let command = ["run", "SPEC", "--mask", "--format", format];
        let written = all_that_is_written(&spec, "", &command);
        assert!(written.contains("** MASKED **"), "{written}");
        assert!(!written.contains("you sent"), "{written}");
    }
}

#[test]
fn nothing_that_is_printed_acts_on_a_terminal() {
    const HAZARDS: [char; 9] = [
        '\u{1b}',
        '\u{7f}',
        '\u{9b}',
        '\u{85}',
        '\u{2028}',
        '\u{2029}',
        '\u{202e}',
        '\u{2066}',
        '\u{e0041}',
    ];
    let name =
        "a\\u007f\\u009b31m\\u0085\\u2028\\u2029\\u202e\\u2066\\u001b[2J\\u001b[31m\\U000E0041z";
    let spec = flow(&format!(
        "{{component_type: ServerTool, id: t, name: \"{name}\", description: \"{name}\", \"{name}\": 1}}"
    ));
    let profile =
        format!("[tools.\"{name}\"]\nvalue = \"{name}\"\n[tools.t]\ncommand = [\"{name}\"]\n");
    let profile = profile.replace("\\u001b", "\\u001B");
    for command in [
        &["validate", "SPEC"][..],
        &["validate", "--format", "json", "SPEC"],
        &["run", "SPEC"],
        &["run", "SPEC", "--format", "json"],
        &["run", "SPEC", "--format", "jsonl"],
        &["export", "SPEC"],
        &["export", "SPEC", "--to", "json"],
        &["graph", "SPEC"],
        &["graph", "SPEC", "--format", "dot"],
        &["profiles", "show"],
        &["profiles", "show", "a\u{9b}31m\u{202e}b"],
        &["valid\u{9b}31m\u{202e}\u{1b}[2Jate"],
        &["valid\u{1b}[31mate"],
        &["run", "no\u{9b}31m\u{202e}\u{1b}[2Jfile"],
    ] {
        let written = all_that_is_written(&spec, &profile, command);
        // The first line repeats the command.
        let (_, written) = written.split_once('\n').unwrap();
        let found: Vec<_> = written.chars().filter(|c| HAZARDS.contains(c)).collect();
        assert!(found.is_empty(), "{found:?} in {written:?}");
    }
    let exported = all_that_is_written(&spec, &profile, &["export", "SPEC", "--to", "json"]);
    assert!(exported.contains(r"\u009b31m"), "{exported}");
}

//! Traces of runs, as an OpenTelemetry collector gets them: live, and later from the history.

mod collector;
mod live;
mod trouble;

use std::process::Stdio;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::trace::v1::Span;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::history::bed::Bed;
use crate::program::{Ran, ran};
use collector::{Collector, Spans};

/// What is nobody's to see but the collector's.
const SECRET: &str = "sk-only-for-the-collector";

/// A word that is said in every run.
const SAID: &str = "lighthouse";

/// A bed with a profile `traced`.
async fn bed(tool: &str, tracing: &str) -> Bed {
    let argv = serde_json::json!(["sh", "-c", tool]);
    let profile =
        format!("[tools.note]\ncommand = {argv}\n\n[profiles.traced]\ntracing = {tracing}\n");
    Bed::with(&Bed::bound_tool(), &profile).await
}

fn run(bed: &Bed, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = bed.command(&[&["--profile", "traced"], arguments].concat());
    for name in [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    ] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    let ran = ran(command.stdin(Stdio::null()));
    assert!(!format!("{ran:?}").contains(SECRET), "{ran:?}");
    ran
}

fn job(bed: &Bed, environment: &[(&str, &str)]) -> Ran {
    let message = format!("job of the {SAID}");
    run(
        bed,
        &["run", "noter.json", "--message", &message],
        environment,
    )
}

/// A span by its name, and its attribute of a name.
fn span<'s>(spans: &'s Spans, name: &str) -> &'s Span {
    let mut named = spans.values().filter(|span| span.name == name);
    named
        .next()
        .unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"))
}

fn attribute<'s>(span: &'s Span, name: &str) -> Option<&'s Attribute> {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == name);
    found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref())
}

fn text(text: &str) -> Attribute {
    Attribute::StringValue(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_the_same_trace_live_and_afterwards_and_says_nothing_of_what_was_said() {
    let collector = Collector::start().await;
    let tracing = format!(
        "{{ endpoint = \"{}\", headers = {{ x-key = {{ env = \"COLLECTOR_KEY\" }} }} }}",
        collector.address
    );
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let key = [
        ("COLLECTOR_KEY", SECRET),
        // Of another collector: none of this one's.
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=stray"),
    ];
    let ran = job(&bed, &key);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let (live, header) = collector.take("x-key");
    assert_eq!(header.as_deref(), Some(SECRET));
    assert!(!format!("{live:?}").contains(SAID), "{live:#?}");
    // Nor the command that the tool is bound to.
    assert!(!format!("{live:?}").contains("echo noted"), "{live:#?}");

    let (root, agent) = (span(&live, "run noter"), span(&live, "invoke_agent noter"));
    let (chat, tool) = (span(&live, "chat m"), span(&live, "execute_tool note"));
    assert_eq!(root.parent_span_id, [0_u8; 0]);
    for inner in live.values().filter(|span| span.span_id != root.span_id) {
        assert!(live.contains_key(&inner.parent_span_id), "{inner:#?}");
        assert_eq!(inner.trace_id, root.trace_id);
        assert!(inner.start_time_unix_nano <= inner.end_time_unix_nano);
    }
    for (span, name, value) in [
        (agent, "gen_ai.operation.name", "invoke_agent"),
        (agent, "gen_ai.agent.name", "noter"),
        (agent, "openinference.span.kind", "AGENT"),
        (chat, "gen_ai.operation.name", "chat"),
        (chat, "gen_ai.request.model", "m"),
        (chat, "openinference.span.kind", "LLM"),
        (tool, "gen_ai.operation.name", "execute_tool"),
        (tool, "gen_ai.tool.name", "note"),
        (tool, "openinference.span.kind", "TOOL"),
    ] {
        assert_eq!(attribute(span, name), Some(&text(value)), "{name}");
    }

    let sent = run(&bed, &["history", "export", "last", "--otlp"], &key);
    assert_eq!(sent.code, 0, "{sent:?}");
    assert!(
        sent.stderr
            .contains(&format!("{} spans sent to", live.len())),
        "{sent:?}"
    );
    let (afterwards, header) = collector.take("x-key");
    assert_eq!(header.as_deref(), Some(SECRET));
    assert_eq!(afterwards, live);

    let written = run(&bed, &["history", "export", "last", "--to", "otlp"], &[]);
    let written: Value = serde_json::from_str(&written.stdout).unwrap();
    let written = written["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap();
    let names = |spans: &mut dyn Iterator<Item = String>| {
        let mut names: Vec<String> = spans.collect();
        names.sort();
        names
    };
    let hex = |id: &[u8]| {
        let id: [u8; 8] = id.try_into().unwrap();
        format!("{:016x}", u64::from_be_bytes(id))
    };
    assert_eq!(
        names(
            &mut written
                .iter()
                .map(|span| format!("{} {}", span["spanId"], span["name"]))
        ),
        names(
            &mut live
                .values()
                .map(|span| format!("{:?} {:?}", hex(&span.span_id), span.name))
        ),
    );
    assert!(
        Value::from(written.clone()).to_string().contains(SAID),
        "the file has all of it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_sent_where_the_profile_says_so_and_failures_are_told() {
    let collector = Collector::start().await;
    let tracing = "{ content = true }";
    let bed = bed(
        "cat >/dev/null; echo 'the ink is gone' >&2; exit 3",
        tracing,
    )
    .await;
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of%20the%20environment"),
    ];
    let ran = job(&bed, &environment);
    let (spans, header) = collector.take("x-key");
    assert_eq!(header.as_deref(), Some("of the environment"), "{ran:?}");
    let chat = span(&spans, "chat m");
    let asked = format!("{:?}", attribute(chat, "gen_ai.input.messages"));
    assert!(asked.contains(SAID), "{asked}");
    let tool = span(&spans, "execute_tool note");
    let arguments = format!("{:?}", attribute(tool, "gen_ai.tool.call.arguments"));
    assert!(arguments.contains(SAID), "{arguments}");
    let status = tool.status.as_ref().unwrap();
    assert_eq!(status.code, 2, "{tool:#?}");
    assert!(status.message.contains("the ink is gone"), "{status:?}");
    assert_eq!(attribute(tool, "error.type"), Some(&text("tool")));
    let root = span(&spans, "run noter");
    let (asked, said) = (
        format!("job of the {SAID}"),
        format!("job of the {SAID} is done"),
    );
    assert_eq!(attribute(root, "input.value"), Some(&text(&asked)));
    assert_eq!(attribute(root, "output.value"), Some(&text(&said)));

    let sent = run(&bed, &["history", "export", "last", "--otlp"], &environment);
    assert_eq!(sent.code, 0, "{sent:?}");
    assert_eq!(collector.take("x-key").0, spans);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_all_model_calls_are_those_of_the_run() {
    let collector = Collector::start().await;
    let tracing = format!(
        "{{ endpoint = \"{}\" }}\nmodel = \"offline\"",
        collector.address
    );
    let bed = bed("cat >/dev/null; echo noted", &tracing).await;
    let ran = run(
        &bed,
        &["run", "noter.json", "--message", SAID, "--format", "json"],
        &[],
    );
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let usage = &result["runs"][0]["usage"];
    let (spans, _) = collector.take("x-key");
    for (name, of_run) in [
        ("gen_ai.usage.input_tokens", "input_tokens"),
        ("llm.token_count.prompt", "input_tokens"),
        ("gen_ai.usage.output_tokens", "output_tokens"),
    ] {
        let counts = spans
            .values()
            .filter_map(|span| match attribute(span, name)? {
                Attribute::IntValue(count) => Some(*count),
                _ => None,
            });
        let sum: i64 = counts.sum();
        assert!(sum > 0, "{spans:#?}");
        assert_eq!(Some(sum), usage[of_run].as_i64(), "{name}: {result}");
    }
}

//! How long the language takes: loading with every check, and exporting, a flow of 1,000 nodes; problems after a
//! keystroke in a file of 10,000 lines. Shows figures beside what they should stay below; judges nothing.
//!
//! `cargo bench --bench language [NODES]`
//!
//! Where `FLOWDECK_TEST_PYTHON` names a Python that has `pyagentspec`, the same documents are loaded and exported there
//! too, in the same run.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use flowdeck::spec::{ExportOptions, Format, LoadOptions, export, load};
use granit_parser::Parser;
use serde_json::Value;
use tokio::time::Instant;

/// So often each thing is done; the median is told.
const ROUNDS: usize = 21;

/// Loads and exports the document on standard input as often as its argument says; prints the medians in seconds.
const IN_PYTHON: &str = "
import json, statistics, sys, time, warnings
warnings.simplefilter('ignore')
from pyagentspec.serialization import AgentSpecDeserializer, AgentSpecSerializer
document = json.load(sys.stdin)
def median(work):
    times = []
    for _ in range(document['rounds']):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times), result
load_json, component = median(lambda: AgentSpecDeserializer().from_json(document['json']))
load_yaml, _ = median(lambda: AgentSpecDeserializer().from_yaml(document['yaml']))
export_json, _ = median(lambda: AgentSpecSerializer().to_json(component))
export_yaml, _ = median(lambda: AgentSpecSerializer().to_yaml(component))
print(json.dumps({'load JSON': load_json, 'load YAML': load_yaml, 'export JSON': export_json, 'export YAML': export_yaml}))
";

fn main() -> Result<(), Box<dyn Error>> {
    let nodes = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(1_000);
    let source = flow(nodes)?;
    let component = load(&source, &options(Format::Yaml))
        .component
        .ok_or("the flow does not load")?;
    let text = |format| export(&component, &ExportOptions::new(format)).map(|it| it.text);
    let (json, yaml) = (text(Format::Json)?, text(Format::Yaml)?);
    println!(
        "a flow of {nodes} nodes: {} KB of JSON, {} KB and {} lines of YAML",
        json.len() / 1_000,
        yaml.len() / 1_000,
        yaml.lines().count(),
    );
    let problems = load(&json, &options(Format::Json)).diagnostics;
    if let Some(problem) = problems.first() {
        return Err(format!("the flow has problems: {problem:?}").into());
    }

    let events = median(|| Parser::new_from_str(&yaml).count());
    let load_json = median(|| load(&json, &options(Format::Json)));
    let load_yaml = median(|| load(&yaml, &options(Format::Yaml)));
    let export_json = median(|| text(Format::Json));
    let export_yaml = median(|| text(Format::Yaml));
    tell("load JSON", load_json, "below 20 ms");
    tell("YAML events alone", events, "");
    let ratio = load_yaml.as_secs_f64() / events.as_secs_f64();
    tell(
        "load YAML",
        load_yaml,
        &format!("{ratio:.2} x the events, below 3 x"),
    );
    tell("export JSON", export_json, "below 20 ms");
    tell("export YAML", export_yaml, "below 20 ms");

    keystroke(&yaml);
    let ours = [
        ("load JSON", load_json),
        ("load YAML", load_yaml),
        ("export JSON", export_json),
        ("export YAML", export_yaml),
    ];
    against_python(&json, &yaml, &ours)
}

/// All problems of a file of 10,000 lines that somebody types in. The screen does this on another thread and draws
/// meanwhile.
fn keystroke(yaml: &str) {
    let mut lines: Vec<&str> = yaml.lines().collect();
    lines.truncate(10_000);
    let mut text = lines.join("\n");
    let middle = text.floor_char_boundary(text.len() / 2);
    text.insert(middle, 'x');
    let whole = median(|| load(&text, &options(Format::Yaml)));
    let what = format!("keystroke, {} lines", lines.len());
    tell(
        &what,
        whole,
        "below 16 ms, or off the screen's thread as it is",
    );
}

fn options(format: Format) -> LoadOptions {
    LoadOptions {
        format: Some(format),
        ..LoadOptions::default()
    }
}

/// A flow of prompts in a row that share ten models, each prompt fed by the one before it.
fn flow(nodes: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "component_type: Flow\nid: f\nname: f\nagentspec_version: 26.1.2\nstart_node: {$component_ref: s}\nnodes:\n",
    );
    let prompts = nodes.saturating_sub(2);
    let names: Vec<String> = (0..prompts).map(|at| format!("n{at}")).collect();
    let all = || {
        std::iter::once("s")
            .chain(names.iter().map(String::as_str))
            .chain(["e"])
    };
    for node in all() {
        writeln!(text, "- {{$component_ref: {node}}}")?;
    }
    text.push_str("control_flow_connections:\n");
    for (at, (from, to)) in all().zip(all().skip(1)).enumerate() {
        writeln!(
            text,
            "- {{component_type: ControlFlowEdge, id: c{at}, name: c{at}, from_node: {{$component_ref: {from}}}, to_node: {{$component_ref: {to}}}}}"
        )?;
    }
    text.push_str("data_flow_connections:\n");
    for (at, (from, to)) in all().zip(all().skip(1)).enumerate() {
        let output = if at == 0 { "question" } else { "answer" };
        let input = if to == "e" { "answer" } else { "before" };
        edge(&mut text, &format!("d{at}"), (from, output), (to, input))?;
    }
    text.push_str("$referenced_components:\n");
    text.push_str("  s: {component_type: StartNode, id: s, name: s, inputs: [{title: question, type: string}]}\n");
    text.push_str("  e: {component_type: EndNode, id: e, name: e, outputs: [{title: answer, type: string}]}\n");
    for (at, name) in names.iter().enumerate() {
        writeln!(
            text,
            "  {name}: {{component_type: LlmNode, id: {name}, name: {name}, description: Step {at} of the way., \
             prompt_template: \"You were told {{{{before}}}}. Say more.\", \
             outputs: [{{title: answer, type: string}}], llm_config: {{$component_ref: m{}}}}}",
            at % 10
        )?;
    }
    for model in 0..10 {
        writeln!(
            text,
            "  m{model}: {{component_type: VllmConfig, id: m{model}, name: m{model}, url: http://h, model_id: m}}"
        )?;
    }
    Ok(text)
}

fn edge(
    text: &mut String,
    id: &str,
    (source, output): (&str, &str),
    (destination, input): (&str, &str),
) -> std::fmt::Result {
    writeln!(
        text,
        "- {{component_type: DataFlowEdge, id: {id}, name: {id}, source_node: {{$component_ref: {source}}}, source_output: {output}, destination_node: {{$component_ref: {destination}}}, destination_input: {input}}}"
    )
}

/// The same in the reference SDK, if it is there.
fn against_python(json: &str, yaml: &str, ours: &[(&str, Duration)]) -> Result<(), Box<dyn Error>> {
    let Some(python) = python() else {
        println!("no comparison: FLOWDECK_TEST_PYTHON names no Python with pyagentspec");
        return Ok(());
    };
    let mut child = Command::new(python)
        .args(["-c", IN_PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = serde_json::json!({"json": json, "yaml": yaml, "rounds": 1});
    child
        .stdin
        .take()
        .ok_or("no standard input")?
        .write_all(input.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    let theirs: Value = serde_json::from_slice(&output.stdout)?;
    for (what, ours) in ours {
        let seconds = theirs
            .get(*what)
            .and_then(Value::as_f64)
            .unwrap_or_default();
        let times = seconds / ours.as_secs_f64();
        println!(
            "pyagentspec {what:<13} {:>9.1} ms   {times:.0} x as long, at least 50 x",
            seconds * 1_000.0
        );
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment says where Python is"
)]
fn python() -> Option<String> {
    std::env::var("FLOWDECK_TEST_PYTHON")
        .ok()
        .filter(|path| !path.is_empty())
}

/// The median time of some rounds.
fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let made = black_box(work());
            let took = begin.elapsed();
            drop(made);
            took
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn tell(what: &str, time: Duration, bound: &str) {
    let milliseconds = time.as_secs_f64() * 1_000.0;
    println!("{what:<25} {milliseconds:>9.2} ms   {bound}");
}

//! What many items of a map and many nodes of a flow cost: memory by the number of items, time a node by the number of nodes.
//!
//! `cargo bench --bench components`. Each map is carried out by a process of its own, which tells the most memory that it
//! had: *runtime* without a record of the run, *record* with one, as `run` keeps it. Shows figures and
//! ratios; judges nothing.
#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::error::Error;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use flowdeck::llm::{ModelSettings, Models, Pace};
use flowdeck::profile::Profile;
use flowdeck::runs::{
    Given, KeptDetail, PlanRequest, ProfileWorlds, Runs, RunsCommand, RunsSettings, Update,
    WorldProvider, plan,
};
use flowdeck::runtime::{Engine, ExecutionStatus, Limits};
use flowdeck::spec::graph::{DrawOptions, GraphOptions, draw, graph_of};
use flowdeck::spec::{Component, IdSource, LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::SystemClock;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many items of a map go on at the same time.
const AT_ONCE: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if let [way, items] = &arguments[..]
        && let Ok(items) = items.parse()
    {
        let before = memory("VmHWM:")?;
        runtime.block_on(map_over(items, way == "record"))?;
        println!("{}", memory("VmHWM:")?.saturating_sub(before));
        return Ok(());
    }
    maps()?;
    flows(&runtime)
}

/// Kilobytes of this process, by the name that the kernel has for them.
fn memory(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("the kernel tells no memory")?.parse()?)
}

fn maps() -> Result<(), Box<dyn Error>> {
    println!("a parallel map, {AT_ONCE} items at once: the most memory, MB");
    println!("{:>10} {:>10} {:>10} {:>8}", "", "1,000", "10,000", "ratio");
    for way in ["runtime", "record"] {
        let [few, many] = ["1000", "10000"].map(|items| {
            let told = Command::new(std::env::current_exe()?)
                .args([way, items])
                .output()?;
            let told = String::from_utf8(told.stdout)?;
            Ok::<f64, Box<dyn Error>>(told.trim().parse::<f64>()? / 1024.0)
        });
        let (few, many) = (few?, many?);
        println!("{way:>10} {few:>10.1} {many:>10.1} {:>8.2}", many / few);
    }
    Ok(())
}

/// A flow that asks a model about each item of a list.
fn map() -> Result<Arc<Component>, Box<dyn Error>> {
    let reference = |id: &str| json!({ "$component_ref": id });
    let edge = |from: &str, to: &str| {
        json!({
            "component_type": "ControlFlowEdge", "name": format!("{from}_{to}"),
            "from_node": reference(from), "to_node": reference(to),
        })
    };
    let text = |title: &str| json!([{"title": title, "type": "string"}]);
    let list =
        |title: &str| json!([{"title": title, "type": "array", "items": {"type": "string"}}]);
    let each = json!({
        "component_type": "Flow", "name": "each", "start_node": reference("each_start"),
        "nodes": [reference("each_start"), reference("ask"), reference("each_end")],
        "control_flow_connections": [edge("each_start", "ask"), edge("ask", "each_end")],
        "data_flow_connections": null,
        "$referenced_components": {
            "each_start": {"component_type": "StartNode", "id": "each_start", "name": "each_start", "inputs": text("item")},
            "ask": {
                "component_type": "LlmNode", "id": "ask", "name": "ask", "prompt_template": "Say {{item}}.",
                "outputs": text("said"),
                "llm_config": {"component_type": "OllamaConfig", "name": "m", "url": "localhost:1", "model_id": "m"},
            },
            "each_end": {"component_type": "EndNode", "id": "each_end", "name": "each_end", "outputs": text("said")},
        },
    });
    let document = json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "name": "map", "start_node": reference("start"),
        "nodes": [reference("start"), reference("map"), reference("end")],
        "control_flow_connections": [edge("start", "map"), edge("map", "end")],
        "data_flow_connections": null,
        "$referenced_components": {
            "start": {"component_type": "StartNode", "id": "start", "name": "start", "inputs": list("iterated_item")},
            "map": {
                "component_type": "ParallelMapNode", "id": "map", "name": "map", "subflow": each,
                "reducers": {"said": "append"},
            },
            "end": {"component_type": "EndNode", "id": "end", "name": "end", "outputs": list("collected_said")},
        },
    });
    loaded(&document.to_string())
}

fn loaded(text: &str) -> Result<Arc<Component>, Box<dyn Error>> {
    let loaded = load(text, &LoadOptions::default());
    let error = loaded.diagnostics.iter().find(|it| it.is_error());
    match (loaded.component, error) {
        (_, Some(error)) => Err(error.message.clone().into()),
        (component, None) => component.ok_or_else(|| "the spec does not load".into()),
    }
}

async fn map_over(items: usize, is_recorded: bool) -> Result<(), Box<dyn Error>> {
    let items: Vec<Value> = (0..items).map(|item| item.to_string().into()).collect();
    let inputs = Map::from_iter([("iterated_item".to_owned(), items.into())]);
    let flow = map()?;
    let models = Models::new(ModelSettings {
        offline_pace: Pace::INSTANT,
        ..ModelSettings::default()
    });
    let limits = Limits {
        max_concurrency: Some(AT_ONCE),
        max_node_visits: u64::MAX,
        ..Limits::default()
    };
    if is_recorded {
        return recorded(flow, inputs, models, limits).await;
    }
    let engine = Engine::builder().models(models).limits(limits).build();
    let mut conversation = engine.start_conversation(&flow, &inputs)?;
    match conversation.execute().await? {
        ExecutionStatus::Finished { .. } => Ok(()),
        status => Err(format!("{status:?}").into()),
    }
}

async fn recorded(
    flow: Arc<Component>,
    inputs: Map<String, Value>,
    models: Models,
    limits: Limits,
) -> Result<(), Box<dyn Error>> {
    let worlds = Arc::new(ProfileWorlds::new(models, ToolRegistry::new()));
    let (journal_tx, mut journal) = mpsc::channel(64);
    let settings = RunsSettings {
        worlds: Arc::clone(&worlds) as Arc<dyn WorldProvider>,
        journal: Some(journal_tx),
        history: None,
        kept_detail: KeptDetail::Results,
        elsewhere: None,
    };
    let (runs, owner) = Runs::start(SystemClock::shared(), IdSource::Random, settings);
    let request = PlanRequest {
        inputs: inputs
            .into_iter()
            .map(|(name, value)| (name, Given::Text(value.to_string())))
            .collect(),
        limits,
        ..PlanRequest::new(flow, Arc::new(Profile::offline()))
    };
    let launch = RunsCommand::Launch {
        batch: runs.new_batch_id(),
        plan: Box::new(plan(request)?.plan),
    };
    runs.send(launch).await?;
    while let Some(update) = journal.recv().await {
        if matches!(update, Update::BatchEnded(_)) {
            break;
        }
    }
    drop(journal);
    owner.shutdown().await;
    worlds.shutdown().await;
    Ok(())
}

/// A flow of so many nodes in a row, each of which says something.
fn row(nodes: usize) -> String {
    let node = |index: usize| match index {
        0 => json!({"component_type": "StartNode", "id": "n0", "name": "n0"}),
        last if last + 1 == nodes => {
            json!({"component_type": "EndNode", "id": format!("n{last}"), "name": format!("n{last}")})
        }
        index => json!({
            "component_type": "OutputMessageNode", "id": format!("n{index}"), "name": format!("n{index}"),
            "message": format!("This is number {index}."),
        }),
    };
    let reference = |index: usize| json!({"$component_ref": format!("n{index}")});
    let edges: Vec<Value> = (1..nodes)
        .map(|index| {
            json!({
                "component_type": "ControlFlowEdge", "name": format!("e{index}"),
                "from_node": reference(index - 1), "to_node": reference(index),
            })
        })
        .collect();
    let known: Map<String, Value> = (0..nodes)
        .map(|index| (format!("n{index}"), node(index)))
        .collect();
    let document = json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "name": "row", "start_node": reference(0),
        "nodes": (0..nodes).map(reference).collect::<Vec<_>>(), "control_flow_connections": edges,
        "data_flow_connections": null, "$referenced_components": known,
    });
    document.to_string()
}

/// So often each thing is done; the median is told.
const ROUNDS: usize = 11;

fn flows(runtime: &tokio::runtime::Runtime) -> Result<(), Box<dyn Error>> {
    let all = [100, 1_000].map(|nodes| times_of(nodes, runtime));
    let [few, many] = all;
    let (few, many) = (few?, many?);
    println!("\na flow of nodes in a row: µs a node");
    println!("{:>16} {:>10} {:>10} {:>8}", "", "100", "1,000", "ratio");
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        println!("{what:>16} {few:>10.1} {many:>10.1} {:>8.2}", many / few);
    }
    Ok(())
}

type Times = [(&'static str, f64); 3];

/// Microseconds a node of each thing that is done with a flow.
fn times_of(nodes: usize, runtime: &tokio::runtime::Runtime) -> Result<Times, Box<dyn Error>> {
    let text = row(nodes);
    let flow = loaded(&text)?;
    let engine = Engine::builder()
        .limits(Limits {
            max_node_visits: u64::MAX,
            ..Limits::default()
        })
        .build();
    let load = median(|| loaded(&text).map(drop))?;
    let draw = median(|| {
        let graph = graph_of(&flow, GraphOptions::default()).map_err(|_none| "it has no graph")?;
        std::hint::black_box(draw(&graph, DrawOptions::default()));
        Ok(())
    })?;
    let run = median(|| {
        runtime.block_on(async {
            let mut conversation = engine.start_conversation(&flow, &Map::new())?;
            conversation.execute().await?;
            Ok(())
        })
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a thousand nodes will do")]
    let of_each = |time: Duration| time.as_secs_f64() * 1e6 / nodes as f64;
    Ok([
        ("load and check", of_each(load)),
        ("lay out", of_each(draw)),
        ("run", of_each(run)),
    ])
}

fn median(work: impl Fn() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[ROUNDS / 2])
}

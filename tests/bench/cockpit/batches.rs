//! What runs: conversations of an agent with tools, and the same with three prompts.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flowdeck::profile::Profile;
use flowdeck::runs::{BatchPlan, Given, Origin, PlanRequest, RunPlan, Variant, plan};
use flowdeck::spec::{Component, LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use flowdeck::trace::SpecText;
use indexmap::IndexMap;
use serde_json::json;

/// Of so many runs one waits for a person, and one calls no tool.
pub(crate) const EACH: usize = 20;

const PROMPTS: [&str; 3] = ["You help.", "You help in short.", "You help with care."];

fn agent(prompt: &str) -> Result<Arc<Component>, Box<dyn Error>> {
    let text = format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: helper\nname: helper\nsystem_prompt: \"{prompt} The city is {{{{city}}}}.\"\n\
         inputs: [{{title: city, type: string}}]\n\
         llm_config: {{component_type: OllamaConfig, id: m, name: m, url: 'localhost:1', model_id: m}}\n\
         tools:\n\
         - {{component_type: ServerTool, id: w, name: get_weather, description: The weather of a city., \
           inputs: [{{title: city, type: string}}], outputs: [{{title: weather, type: string}}]}}\n\
         - {{component_type: ServerTool, id: r, name: refund_order, description: Refund an order., requires_confirmation: true, \
           inputs: [{{title: order, type: string}}], outputs: [{{title: refund, type: string}}]}}\n"
    );
    let loaded = load(&text, &LoadOptions::default());
    if loaded.has_errors() {
        return Err(format!("the spec does not load: {:?}", loaded.diagnostics).into());
    }
    Ok(loaded.component.ok_or("the spec does not load")?)
}

/// The tools of the agent: the weather is told at length.
pub(crate) fn tools() -> ToolRegistry {
    let mut tools = ToolRegistry::new();
    tools.register_async("get_weather", |arguments| async move {
        let city = arguments["city"].as_str().unwrap_or_default().to_owned();
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(json!(
            "light rain and some wind, later sun. ".repeat(10) + &city
        ))
    });
    tools.register_async("refund_order", |_| async { Ok(json!("refunded")) });
    tools
}

/// Runs that go on for minutes under a slow model; some wait for a person soon.
///
/// # Errors
/// The spec can't be run.
pub(crate) fn of_conversations(n_runs: usize) -> Result<BatchPlan, Box<dyn Error>> {
    let request = PlanRequest {
        is_attended: true,
        is_steered: true,
        at_once: Some(n_runs),
        inputs: a_city(),
        ..PlanRequest::new(agent(PROMPTS[0])?, Arc::new(Profile::offline()))
    };
    let planned = plan(request)?.plan;
    let first = planned.runs.first().ok_or("no run is planned")?;
    let runs = (0..n_runs).map(|row| {
        let message = match row % EACH {
            0 => format!("Please refund_order number {}.", row % 7),
            1 => format!("Tell of patience in seven lines, {row} times over."),
            _ => format!("How is the weather in city {row}?"),
        };
        Arc::new(said(first, row, &message))
    });
    Ok(BatchPlan {
        runs: runs.collect(),
        ..planned
    })
}

/// Runs of three variants of the agent, a row of inputs each.
///
/// # Errors
/// The spec can't be run.
pub(crate) fn of_variants(n_runs: usize, folder: &Path) -> Result<BatchPlan, Box<dyn Error>> {
    let variants = PROMPTS.into_iter().map(|prompt| {
        let component = agent(prompt)?;
        Ok(Variant {
            settings: IndexMap::from([("helper.system_prompt".to_owned(), prompt.to_owned())]),
            spec: Arc::new(SpecText::of(&component)?),
            notes: Vec::new(),
            component,
        })
    });
    let request = PlanRequest {
        is_steered: true,
        at_once: Some(200),
        variants: variants.collect::<Result<_, Box<dyn Error>>>()?,
        inputs: a_city(),
        origin: Origin {
            workspace: folder.to_owned(),
            ..Origin::default()
        },
        ..PlanRequest::new(agent(PROMPTS[0])?, Arc::new(Profile::offline()))
    };
    let planned = plan(request)?.plan;
    let rows = 0..n_runs.div_ceil(PROMPTS.len());
    let runs = rows.flat_map(|row| {
        let message = match row % EACH {
            1 => format!("Tell of patience {row} times over."),
            _ => format!("How is the weather in city {}?", row % 500),
        };
        planned.runs.iter().map(move |first| {
            Arc::new(RunPlan {
                row: Some(row),
                ..said(first, row, &message)
            })
        })
    });
    let runs = runs.collect();
    Ok(BatchPlan { runs, ..planned })
}

/// What the first run is given; the others are made like it.
fn a_city() -> IndexMap<String, Given> {
    IndexMap::from([("city".to_owned(), Given::Written(json!("city").into()))])
}

/// A run like another one, with other words.
fn said(like: &RunPlan, row: usize, message: &str) -> RunPlan {
    let mut run = like.clone();
    run.inputs = serde_json::Map::from_iter([("city".to_owned(), json!(format!("city {row}")))]);
    run.answers.messages = [message.to_owned()].into();
    run
}

//! The steps of an async agent program, with flowdeck as a library and the offline model: load a spec, bind its tools
//! to Rust functions, ask a model, hold a conversation, and have several at the same time.
//!
//! `cargo run --example async_guide` needs no network and no key. With another [`Profile`] the same program talks to a
//! real model.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flowdeck::profile::Profile;
use flowdeck::runtime::{Engine, ExecutionStatus};
use flowdeck::spec::language::Agent;
use flowdeck::spec::{Component, LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use futures_util::future::try_join_all;
use serde_json::{Map, json};

const SPEC: &str = include_str!("../sample_specs/agents/guide_async.yaml");

type AnyError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let loaded = load(SPEC, &LoadOptions::default());
    for problem in &loaded.diagnostics {
        writeln!(std::io::stderr(), "{}", problem.message)?;
    }
    let component = loaded.component.ok_or("the spec has no component")?;
    let engine = Engine::builder()
        .profile(Profile::offline())
        .tools(tools())
        .build();

    let agent = Agent::of(&component).ok_or("the spec is no agent")?;
    let text = engine
        .model(agent.llm_config())?
        .generate("Who made the first map of the moon?")
        .await?;
    writeln!(std::io::stdout(), "the model alone: {text}")?;

    let topics = ["solar sails", "tide pools", "night trams"];
    let replies = try_join_all(topics.map(|topic| talk(&engine, &component, topic))).await?;
    for (topic, reply) in topics.iter().zip(replies) {
        writeln!(std::io::stdout(), "{topic}: {reply}")?;
    }
    engine.shutdown().await;
    Ok(())
}

/// An async tool shares the loop with everything else; a blocking one gets a thread.
fn tools() -> ToolRegistry {
    let mut registry = ToolRegistry::new();
    registry.register_async("remote_call", |arguments| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(json!(format!(
            "the service knows about {}",
            arguments["topic"]
        )))
    });
    registry.register_blocking("heavy_work", |arguments| {
        let sum = arguments["text"]
            .as_str()
            .unwrap_or_default()
            .bytes()
            .map(u64::from)
            .sum::<u64>();
        Ok(json!(format!("{sum:x}")))
    });
    registry
}

/// One conversation, up to the agent's first reply.
async fn talk(engine: &Engine, agent: &Arc<Component>, topic: &str) -> Result<String, AnyError> {
    let mut conversation = engine.start_conversation(agent, &Map::new())?;
    conversation.append_user_message(format!("Make the remote call about {topic}."));
    match conversation.execute().await? {
        ExecutionStatus::UserMessageRequest { message } => Ok(message),
        ExecutionStatus::Finished { outputs } => Ok(format!("{outputs:?}")),
        ExecutionStatus::ToolRequest { calls }
        | ExecutionStatus::ToolExecutionConfirmation { calls } => {
            Ok(format!("{} calls wait for a person", calls.len()))
        }
    }
}

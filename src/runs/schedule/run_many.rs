//! The library's interface for many runs: a plan in, results in the order of inputs out.

use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::profile::Profile;
use crate::runs::{
    BatchPlan, KeptDetail, RunRecord, Runs, RunsCommand, RunsSettings, Summary, Update,
    WorldProvider,
};
use crate::runtime::{Engine, World};
use crate::trace::Failure;

/// The maximum number of updates that wait while the end of the batch is awaited.
const MAX_WAITING: usize = 64;

/// The results of a batch.
#[derive(Clone, Debug)]
pub struct BatchResults {
    /// The runs in the order of inputs, each with its id. A failed run contains the reason.
    pub runs: Vec<Arc<RunRecord>>,
    /// Counts, times, tokens.
    pub summary: Summary,
}

/// A batch to execute; await it. Dropping the future cancels its unfinished runs.
#[derive(Debug)]
#[must_use = "nothing runs until it is awaited"]
pub struct RunMany {
    engine: Engine,
    plan: BatchPlan,
}

impl Engine {
    /// Runs a plan with this engine's models and tools (the plan's profile binds nothing here).
    /// One failure leaves the other runs alone; a run that needs a person ends with what it needs.
    ///
    /// ```
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use flowdeck::profile::Profile;
    /// use flowdeck::runs::{PlanRequest, plan};
    /// use flowdeck::runtime::Engine;
    /// use flowdeck::spec::{LoadOptions, load};
    ///
    /// let document = r#"
    /// component_type: Agent
    /// agentspec_version: 26.1.2
    /// name: guide
    /// system_prompt: Answer in one sentence.
    /// llm_config: {component_type: OllamaConfig, name: m, url: "http://localhost:11434", model_id: m}
    /// "#;
    /// let agent = load(document, &LoadOptions::default()).component.expect("an agent");
    /// let mut request = PlanRequest::new(agent, Arc::new(Profile::offline()));
    /// request.repeats = 3;
    /// request.messages = vec!["Who made the first map of the moon?".to_owned()];
    /// let results = Engine::builder().build().run_many(plan(request)?.plan).at_once(2).await;
    /// assert_eq!(results.runs.len(), 3);
    /// assert_eq!(results.summary.max_at_once, 2);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
    /// ```
    pub fn run_many(&self, plan: BatchPlan) -> RunMany {
        RunMany {
            engine: self.clone(),
            plan: BatchPlan {
                is_attended: false,
                is_steered: false,
                limits: self.limits(),
                ..plan
            },
        }
    }
}

impl RunMany {
    /// Sets the maximum number of runs at once, at least 1.
    pub fn at_once(mut self, at_once: usize) -> Self {
        self.plan.at_once = at_once;
        self
    }
}

impl IntoFuture for RunMany {
    type Output = BatchResults;
    type IntoFuture = BoxFuture<'static, BatchResults>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self.engine, self.plan))
    }
}

async fn run(engine: Engine, plan: BatchPlan) -> BatchResults {
    let (journal_tx, mut journal) = mpsc::channel(MAX_WAITING);
    let settings = RunsSettings {
        worlds: Arc::new(OfEngine(engine.clone())),
        journal: Some(journal_tx),
        history: None,
        kept_detail: KeptDetail::All,
        elsewhere: None,
    };
    let (handle, owner) = Runs::start(engine.clock(), engine.id_source(), settings);
    let mut summary = None;
    let is_empty = plan.runs.is_empty();
    let launch = RunsCommand::Launch {
        batch: handle.new_batch_id(),
        plan: Box::new(plan),
    };
    // The hub takes commands until it is shut down, below.
    if handle.send(launch).await.is_ok() && !is_empty {
        while let Some(update) = journal.recv().await {
            if let Update::BatchEnded(batch) = update {
                summary.clone_from(&batch.summary);
                break;
            }
        }
    }
    drop(journal);
    BatchResults {
        runs: owner.shutdown().await.records(),
        summary: summary.unwrap_or_default(),
    }
}

/// A provider that uses the engine's environment for every profile.
#[derive(Debug)]
struct OfEngine(Engine);

impl WorldProvider for OfEngine {
    fn world(&self, _: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        Ok(Arc::clone(self.0.environment()) as Arc<dyn World>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::IdSource;
    use crate::runs::{PlanRequest, plan};
    use crate::runtime::Limits;
    use crate::spec::{LoadOptions, load};
    use crate::trace::FailureKind;

    #[tokio::test]
    async fn many_runs_keep_to_the_limits_and_ids_of_their_engine() {
        let document = "component_type: Agent\nagentspec_version: 26.1.2\nname: a\nsystem_prompt: Hi.\n\
             llm_config: {component_type: OllamaConfig, name: m, url: \"http://localhost:1\", model_id: m}\n";
        let agent = load(document, &LoadOptions::default()).component.unwrap();
        let mut request = PlanRequest::new(agent, Arc::new(Profile::offline()));
        request.messages = vec!["Go.".to_owned()];
        let engine = Engine::builder()
            .ids(IdSource::counted())
            .limits(Limits {
                max_output_tokens: Some(0),
                ..Limits::default()
            })
            .build();
        let results = engine.run_many(plan(request).unwrap().plan).await;
        let failure = results.runs[0].error.as_ref().unwrap();
        assert_eq!(failure.kind, FailureKind::Limit, "{failure}");
        let next = engine.id_source().run();
        assert!(next.as_str() > results.runs[0].run.as_str(), "{next}");
    }
}

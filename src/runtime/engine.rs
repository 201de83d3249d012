//! The library's front door: an engine that asks models directly and holds conversations with
//! agents and flows.

mod conversation;

pub use conversation::{
    Conversation, ConversationError, ConversationStep, ExecutionStatus, PendingCall,
};

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::base::clock::{SharedClock, SystemClock};
use crate::base::ids::IdSource;
use crate::conversation::{Message, Role, Values};
use crate::llm::{GenerationObserver, GenerationRequest, Models};
use crate::profile::Profile;
use crate::runtime::context::{failure_of_model, no_answer};
use crate::runtime::{Environment, Limits, Past, World, check_inputs, check_runnable};
use crate::spec::Component;
use crate::spec::language::LlmConfig;
use crate::tools::ToolRegistry;
use crate::trace::{Failure, FailureKind};

/// Executes components of loaded documents under one profile. Cheap to clone; clones share models, tools and worker
/// processes.
///
/// ```
/// use flowdeck::runtime::{Engine, ExecutionStatus};
/// use flowdeck::spec::{LoadOptions, load};
///
/// let document = r#"
/// component_type: Agent
/// agentspec_version: 26.1.2
/// name: guide
/// system_prompt: Answer in one sentence.
/// llm_config: {component_type: OllamaConfig, name: llama, url: "http://localhost:11434", model_id: llama3.2}
/// "#;
/// let agent = load(document, &LoadOptions::default()).component.expect("the document has a component");
/// let engine = Engine::builder().build(); // without a profile: the offline model
///
/// let mut conversation = engine.start_conversation(&agent, &serde_json::Map::new())?;
/// conversation.append_user_message("Who made the first map of the moon?");
/// // Inside an async function: `conversation.execute().await?`.
/// match conversation.execute_blocking()? {
///     ExecutionStatus::UserMessageRequest { message } => assert!(!message.is_empty()),
///     status => panic!("an agent without outputs replies, this came to {status:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    environment: Arc<Environment>,
    clock: SharedClock,
    ids: IdSource,
    limits: Limits,
    blocking: Arc<BlockingRuntime>,
}

/// The settings from which an engine is built.
#[derive(Debug)]
pub struct EngineBuilder {
    profile: Profile,
    registry: ToolRegistry,
    models: Models,
    token_folder: Option<PathBuf>,
    ids: IdSource,
    limits: Limits,
}

impl Engine {
    /// Starts building an engine; the defaults are the offline model and no tools.
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            profile: Profile::offline(),
            registry: ToolRegistry::new(),
            models: Models::default(),
            token_folder: None,
            ids: IdSource::Random,
            limits: Limits::default(),
        }
    }

    /// Returns the model of a configuration, for direct calls.
    ///
    /// # Errors
    /// The component is not an `LlmConfig`.
    pub fn model(&self, llm_config: &Arc<Component>) -> Result<EngineModel, Failure> {
        if !llm_config.is::<LlmConfig>() {
            return Err(Failure::new(
                FailureKind::Spec,
                format!(
                    "`{}` is a `{}`, not an LlmConfig",
                    llm_config.name(),
                    llm_config.type_name()
                ),
            ));
        }
        Ok(EngineModel {
            environment: Arc::clone(&self.environment),
            llm_config: Arc::clone(llm_config),
        })
    }

    /// Starts a conversation with an agent or a flow. Nothing is executed yet.
    ///
    /// # Errors
    /// The component can't be executed, or the inputs do not fit.
    pub fn start_conversation(
        &self,
        component: &Arc<Component>,
        inputs: &Values,
    ) -> Result<Conversation, Failure> {
        check_runnable(component)?;
        let inputs = check_inputs(component, inputs)?;
        Ok(Conversation::start(
            self,
            component,
            inputs,
            Past::default(),
        ))
    }

    /// Returns the limits of every run.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the clock for the times of the engine's runs.
    pub(crate) fn clock(&self) -> SharedClock {
        Arc::clone(&self.clock)
    }

    /// Returns the source of ids for the engine's runs.
    pub(crate) fn id_source(&self) -> IdSource {
        self.ids.clone()
    }

    /// Returns the environment with the engine's models and tools.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// Ends worker processes and tools that are still running.
    pub async fn shutdown(&self) {
        self.environment.shutdown().await;
    }
}

impl EngineBuilder {
    /// Sets the profile, which binds models and tools.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the tools written in Rust, which take precedence over those of the profile.
    #[must_use]
    pub fn tools(mut self, registry: ToolRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Sets the models, including HTTP settings and the speed of the offline model.
    #[must_use]
    pub fn models(mut self, models: Models) -> Self {
        self.models = models;
        self
    }

    /// Sets the folder in which access tokens from sign-ins are stored; by default they are kept
    /// only in memory. The folder and its files are private.
    #[must_use]
    pub fn token_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.token_folder = Some(folder.into());
        self
    }

    /// Sets the source of ids for runs.
    #[must_use]
    pub fn ids(mut self, ids: IdSource) -> Self {
        self.ids = ids;
        self
    }

    /// Sets the limits of every run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Builds the engine. No connection is opened.
    pub fn build(self) -> Engine {
        Engine {
            environment: Arc::new(Environment::with_models(
                Arc::new(self.profile),
                self.registry,
                self.models,
                self.token_folder,
            )),
            clock: SystemClock::shared(),
            ids: self.ids,
            limits: self.limits,
            blocking: Arc::default(),
        }
    }
}

/// A model for direct calls.
#[derive(Clone, Debug)]
pub struct EngineModel {
    environment: Arc<Environment>,
    llm_config: Arc<Component>,
}

impl EngineModel {
    /// Asks the model one question and returns its answer; asks once more if there is no answer.
    ///
    /// # Errors
    /// The model can't be reached, fails or returns no answer, or its configuration is invalid.
    pub async fn generate(&self, prompt: impl Into<String>) -> Result<String, Failure> {
        let model = self.environment.model(&self.llm_config).await?;
        let request = GenerationRequest {
            messages: [Message::text("prompt", Role::User, prompt)]
                .map(Arc::new)
                .into(),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        let name = self.llm_config.name();
        let cancel = CancellationToken::new();
        let ask = || async {
            let answer = model.generate(&request, &Unobserved, &cancel).await;
            answer.map_err(|error| failure_of_model(&error).in_component(name))
        };
        let mut generation = ask().await?;
        if generation.lack().is_some() {
            generation = ask().await?;
        }
        match no_answer(&generation) {
            None => Ok(generation.content),
            Some(failure) => Err(failure.in_component(name)),
        }
    }
}

/// An observer that ignores everything.
struct Unobserved;

impl GenerationObserver for Unobserved {}

/// The tokio runtime for callers without one. Made on first use and kept, because connections and
/// worker processes belong to it.
#[derive(Debug, Default)]
struct BlockingRuntime(OnceLock<tokio::runtime::Runtime>);

impl BlockingRuntime {
    fn get(&self) -> std::io::Result<&tokio::runtime::Runtime> {
        if let Some(runtime) = self.0.get() {
            return Ok(runtime);
        }
        let made = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        Ok(self.0.get_or_init(|| made))
    }
}

impl Drop for BlockingRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Dropping it would wait for a blocking tool forever, and panics inside another runtime.
            runtime.shutdown_background();
        }
    }
}

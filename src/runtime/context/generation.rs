//! Calls of models.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::wait::CurrentWait;
use super::{RunContext, lock};
use crate::base::ids::RequestId;
use crate::conversation::{Awaited, ToolCall};
use crate::llm::{
    CutBy, Generation, GenerationDelta, GenerationObserver, GenerationRequest, ModelDescription,
    ModelError, ModelErrorKind, RetryNotice,
};
use crate::runtime::Halt;
use crate::runtime::past::{PastGeneration, differs};
use crate::spec::Component;
use crate::spec::language::LlmConfig;
use crate::trace::{
    ComponentName, Event, Failure, FailureKind, LlmGenerationResponse, Prompt, SpanKind,
    TracedToolCall,
};

impl RunContext {
    /// Calls a model in a span. The answer's tool calls get ids that are unique in the run. A model
    /// that returns neither text nor calls is called once more.
    ///
    /// The request's seed is derived from the run's seed and this position.
    ///
    /// # Errors
    /// The model's failure; a `model` failure if there was twice no answer; a `limit` failure if
    /// the models have written all allowed tokens; [`Halt::Cancelled`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the request is abandoned.
    pub async fn generate(
        &self,
        llm_config: &Arc<Component>,
        request: GenerationRequest,
    ) -> Result<Generation, Halt> {
        let first = self.generate_once(llm_config, request.clone()).await?;
        if first.lack().is_none() {
            return Ok(first);
        }
        let again = self.at("again", 0);
        let second = again.generate_once(llm_config, request).await?;
        match no_answer(&second) {
            None => Ok(second),
            Some(failure) => Err(failure.in_component(llm_config.name()).into()),
        }
    }

    async fn generate_once(
        &self,
        llm_config: &Arc<Component>,
        request: GenerationRequest,
    ) -> Result<Generation, Halt> {
        self.stoppable(Box::pin(self.generate_unstopped(llm_config, request)))
            .await
    }

    async fn generate_unstopped(
        &self,
        llm_config: &Arc<Component>,
        mut request: GenerationRequest,
    ) -> Result<Generation, Halt> {
        self.begin_effect().await?;
        request.seed = self.shared.seed.map(|seed| self.key.seed(seed));
        self.in_span(SpanKind::LlmGenerationSpan, llm_config, |span| async move {
            span.generate_in_span(llm_config, &request).await
        })
        .await
    }

    async fn generate_in_span(
        &self,
        llm_config: &Arc<Component>,
        request: &GenerationRequest,
    ) -> Result<Generation, Halt> {
        let observer = Observer {
            context: self,
            llm_config: ComponentName::of(llm_config),
            request_id: self.new_request_id("llm"),
            wait: CurrentWait::default(),
            streamed_bytes: AtomicU64::new(0),
            max_bytes: self.shared.tokens_left().map(|tokens| {
                tokens
                    .saturating_mul(MOST_BYTES_PER_TOKEN)
                    .saturating_add(SLACK_BYTES)
            }),
            overrun: CancellationToken::new(),
            prompt: OnceLock::new(),
        };
        let recalled = match self.shared.past.generation(self.key.as_str()) {
            Some(past) => observer.recall(llm_config, request, past).await?,
            None if self.was_stopped() => return Err(Halt::Cancelled),
            None => None,
        };
        let generation = if let Some(generation) = recalled {
            generation
        } else {
            // Told here, so that it is recorded which of several calls at the same time met the bound.
            self.shared.check_output_tokens()?;
            observer.ask(llm_config, request).await?
        };
        self.shared
            .count_output_tokens(generation.usage.output_tokens);
        self.trace(observer.response(&generation)).await?;
        for notice in remark(&generation)
            .into_iter()
            .chain(self.shared.passed_tokens())
        {
            observer.notice(notice).await;
        }
        Ok(generation)
    }
}

/// Emits the pieces of an answer as events.
struct Observer<'c> {
    context: &'c RunContext,
    llm_config: ComponentName,
    request_id: RequestId,
    wait: CurrentWait,
    /// The number of bytes of the answer so far.
    streamed_bytes: AtomicU64,
    /// The number of bytes that certainly exceed the run's remaining tokens.
    max_bytes: Option<u64>,
    /// Cancelled when the answer exceeds `max_bytes`.
    overrun: CancellationToken,
    /// The prompt, after it was emitted or compared.
    prompt: OnceLock<Arc<Prompt>>,
}

/// The maximum average number of bytes per token, for any tokenizer.
const MOST_BYTES_PER_TOKEN: u64 = 32;
/// Additional bytes for short answers, which may consist of long words.
const SLACK_BYTES: u64 = 1_024;

impl Observer<'_> {
    /// Calls the model.
    async fn ask(
        &self,
        llm_config: &Arc<Component>,
        request: &GenerationRequest,
    ) -> Result<Generation, Halt> {
        let shared = &self.context.shared;
        let cancel = &self.context.part.cancel;
        let model = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Halt::Cancelled),
            model = shared.world.model(llm_config) => model?,
        };
        let event = self.request(llm_config, model.describe(), request);
        self.context.trace(event).await?;
        let answer = loop {
            // The model last, so that a run which was stopped meanwhile makes no request.
            let answer = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Halt::Cancelled),
                () = self.overrun.cancelled() => Some(Err(ModelError::new(
                    ModelErrorKind::Cancelled,
                    "the model wrote more tokens than it may",
                ))),
                () = shared.control.cut() => None,
                answer = model.generate(request, self, cancel) => Some(answer),
            };
            match answer {
                Some(answer) => break answer,
                None => self.cut_short().await?,
            }
        };
        // A wait that was given up has ended.
        self.waits(None).await;
        if self.overrun.is_cancelled() {
            return Err(self.ran_over());
        }
        let mut generation = match answer {
            Ok(generation) => generation,
            Err(error) if error.kind == ModelErrorKind::Cancelled && cancel.is_cancelled() => {
                return Err(Halt::Cancelled);
            }
            Err(error) => return Err(failure_of(&error).into()),
        };
        for call in &mut generation.tool_calls {
            call.id = self.context.unique_call_id(&call.id);
        }
        Ok(generation)
    }

    /// Discards the partial answer of a call that a pause has cut, and waits until the model may be
    /// called again.
    async fn cut_short(&self) -> Result<(), Halt> {
        self.waits(None).await;
        self.streamed_bytes.store(0, Ordering::Relaxed);
        self.retry(RetryNotice {
            attempt: 0,
            reason: "cut by a pause".to_owned(),
            wait: Duration::ZERO,
        })
        .await;
        self.context.checkpoint().await
    }

    /// Makes the end of a run whose model keeps writing beyond the token limit.
    fn ran_over(&self) -> Halt {
        let bound = self.context.shared.limits.max_output_tokens;
        let message = format!(
            "the model was stopped inside an answer: the models of the run wrote more than the {} tokens that are allowed",
            bound.unwrap_or_default()
        );
        Halt::failed(FailureKind::Limit, message)
    }

    /// Returns the recorded answer if the request is the same; `None` if the model must be called.
    async fn recall(
        &self,
        llm_config: &Arc<Component>,
        request: &GenerationRequest,
        past: &PastGeneration,
    ) -> Result<Option<Generation>, Halt> {
        if let Some(before) = &past.request {
            let event = self.request(llm_config, description_in(before), request);
            if *before != event {
                if self.context.shared.past.is_edited() {
                    return Ok(None);
                }
                return Err(differs(self.context.key.as_str(), before, &event));
            }
            self.context.trace(event).await?;
        }
        Ok(Some(past.outcome.clone()?))
    }

    fn request(
        &self,
        llm_config: &Arc<Component>,
        description: ModelDescription,
        request: &GenerationRequest,
    ) -> Event {
        let prompt = self.prompt.get_or_init(|| {
            Arc::new(lock(&self.context.conversation).prompt(&self.request_id, request))
        });
        Event::LlmGenerationRequest {
            llm_config: self.llm_config.clone(),
            request_id: self.request_id.clone(),
            llm_generation_config: Arc::new(Value::Object(parameters(llm_config, request))),
            prompt: Arc::clone(prompt),
            model_id: description.model_id,
            endpoint: description.endpoint,
            key: Some(self.context.key.to_string()),
        }
    }

    fn response(&self, generation: &Generation) -> Event {
        Event::LlmGenerationResponse(Box::new(LlmGenerationResponse {
            llm_config: self.llm_config.clone(),
            request_id: self.request_id.clone(),
            key: Some(self.context.key.to_string()),
            completion_id: generation.completion_id.clone(),
            content: generation.content.clone(),
            tool_calls: generation.tool_calls.iter().map(traced_call).collect(),
            reasoning: generation.reasoning.clone(),
            extra: generation.extra.clone().map(Box::new),
            input_tokens: Some(generation.usage.input_tokens),
            output_tokens: Some(generation.usage.output_tokens),
            total_tokens: counted(generation.usage.total_tokens),
            cached_tokens: counted(generation.usage.cached_tokens),
            reasoning_tokens: counted(generation.usage.reasoning_tokens),
            finish_reason: generation.finish_reason.clone(),
            is_last_call_unsure: generation.is_last_call_unsure,
            time_to_first_token_ms: generation
                .time_to_first_token
                .map(|time| time.as_secs_f64() * 1e3),
            attempts: generation.attempts,
        }))
    }
}

impl GenerationObserver for Observer<'_> {
    fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
        let bytes = match &delta {
            GenerationDelta::Text(text) | GenerationDelta::Reasoning(text) => text.len(),
            GenerationDelta::ToolCall { arguments, .. } => arguments.len(),
        } as u64;
        let streamed = self.streamed_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.max_bytes.is_some_and(|most| streamed > most) {
            self.overrun.cancel();
        }
        let mut reasoning = String::new();
        let (content, tool_calls) = match delta {
            GenerationDelta::Text(text) => (text, Vec::new()),
            GenerationDelta::Reasoning(text) => {
                reasoning = text;
                (String::new(), Vec::new())
            }
            GenerationDelta::ToolCall {
                id,
                name,
                arguments,
                ..
            } => (
                String::new(),
                vec![TracedToolCall {
                    call_id: id,
                    tool_name: name,
                    arguments,
                    extra: None,
                }],
            ),
        };
        Box::pin(async move {
            // When nobody reads events any more, the response finds out and ends the run.
            let _ = self
                .context
                .trace(Event::LlmGenerationChunkReceived {
                    llm_config: self.llm_config.clone(),
                    request_id: self.request_id.clone(),
                    completion_id: None,
                    content,
                    tool_calls,
                    reasoning,
                })
                .await;
        })
    }

    fn retry(&self, notice: RetryNotice) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _ = self
                .context
                .trace(Event::LlmGenerationRetry {
                    llm_config: self.llm_config.clone(),
                    request_id: self.request_id.clone(),
                    attempt: notice.attempt,
                    reason: notice.reason,
                    wait_seconds: notice.wait.as_secs_f64(),
                })
                .await;
        })
    }

    fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(self.wait.change(self.context, on))
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let _ = self
                .context
                .trace(Event::LlmGenerationNotice {
                    llm_config: self.llm_config.clone(),
                    request_id: self.request_id.clone(),
                    notice,
                })
                .await;
        })
    }
}

/// Returns a count; `None` if the provider counted nothing.
fn counted(tokens: u64) -> Option<u64> {
    (tokens > 0).then_some(tokens)
}

/// Returns the generation parameters of the spec, overridden by those of the request, without
/// nulls.
fn parameters(llm_config: &Arc<Component>, request: &GenerationRequest) -> Map<String, Value> {
    let mut parameters = LlmConfig::of(llm_config)
        .and_then(|config| config.default_generation_parameters().cloned())
        .and_then(|parameters| match parameters {
            Value::Object(parameters) => Some(parameters),
            _ => None,
        })
        .unwrap_or_default();
    parameters.extend(request.parameters.clone());
    parameters.retain(|_, value| !value.is_null());
    parameters
}

pub(super) fn traced_call(call: &ToolCall) -> TracedToolCall {
    TracedToolCall {
        call_id: call.id.clone(),
        tool_name: call.name.clone(),
        arguments: call.arguments.clone(),
        extra: call.extra.clone(),
    }
}

/// Returns the model of a request.
fn description_in(request: &Event) -> ModelDescription {
    match request {
        Event::LlmGenerationRequest {
            model_id, endpoint, ..
        } => ModelDescription {
            model_id: model_id.clone(),
            endpoint: endpoint.clone(),
        },
        _ => ModelDescription::default(),
    }
}

/// Returns a notice for the user about an answer.
fn remark(generation: &Generation) -> Option<String> {
    if let Some(lack) = generation.lack() {
        return Some(format!("gave no answer: {lack}"));
    }
    let cut = generation.cut()?;
    let what = cut.for_person();
    Some(match cut.hint() {
        Some(hint) => format!("its answer {what}; {hint}"),
        None => format!("its answer {what}"),
    })
}

/// Returns the failure of a model that returned no answer, even when called again.
pub(in crate::runtime) fn no_answer(generation: &Generation) -> Option<Failure> {
    let lack = generation.lack()?;
    let message = format!("the model gave no answer, twice: {lack}");
    let hint = match generation.cut() {
        Some(CutBy::Tokens) => "raise `max_tokens`: the model used them up before it answered",
        _ => {
            "look at the request in Inspect or with `flowdeck run --format jsonl`; another model or a shorter prompt may help"
        }
    };
    Some(Failure::new(FailureKind::Model, message).with_hint(hint))
}

/// Converts a model's error to a failure of the run.
pub(in crate::runtime) fn failure_of(error: &ModelError) -> Failure {
    let kind = match error.kind {
        ModelErrorKind::Network => FailureKind::Network,
        ModelErrorKind::Authentication
        | ModelErrorKind::RateLimit
        | ModelErrorKind::Refused
        | ModelErrorKind::Server
        | ModelErrorKind::BadAnswer => FailureKind::Model,
        ModelErrorKind::Configuration => FailureKind::Profile,
        ModelErrorKind::Cancelled => FailureKind::Cancelled,
    };
    let failure = Failure::from_error(kind, error);
    match &error.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

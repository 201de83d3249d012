//! Changes to a model's requests after error messages about unsupported features.

use super::HttpModel;
use crate::conversation::Role;
use crate::llm::dialect::{Dialect, Feature, Features, MaxTokensField, Refusal, Speaker};
use crate::llm::model::{GenerationObserver, GenerationRequest, ToolChoice};
use crate::llm::wire::ANSWER_COUNTS;

/// What the error messages for one request have taught.
pub(super) struct Lessons<'r> {
    model: &'r HttpModel,
    request: &'r GenerationRequest,
    held: Features,
    /// Error messages whose relevant words may be quoted from the request.
    tried: Vec<Refusal>,
}

impl<'r> Lessons<'r> {
    pub(super) fn new(model: &'r HttpModel, request: &'r GenerationRequest) -> Self {
        Self {
            model,
            request,
            held: model.held(request),
            tried: Vec::new(),
        }
    }

    /// Returns the dialect for the next attempt.
    pub(super) fn dialect(&self) -> Dialect {
        let known = self.model.shared.dialects.of(self.model.speaker());
        self.tried.iter().fold(known, |dialect, refusal| {
            let better = dialect.learn(refusal, self.held);
            better.map_or(dialect, |(better, _)| better)
        })
    }

    /// Evaluates the error message for a request in a certain dialect. Returns whether to send the
    /// request again, in another dialect.
    ///
    /// Words that also occur in the request may be quoted from it. In that case the request is sent
    /// again without the feature, and the change is kept for the model only if this attempt
    /// succeeds; if the server objects to the user's text, it will fail again.
    pub(super) async fn teach(
        &mut self,
        refusal: Refusal,
        dialect: Dialect,
        observer: &dyn GenerationObserver,
    ) -> bool {
        let own = refusal.clone().without(&sent_texts(self.request));
        if dialect.learn(&own, self.held).is_some() {
            self.learn(&own, observer).await;
            return true;
        }
        let is_new = dialect.learn(&refusal, self.held).is_some();
        if is_new {
            self.tried.push(refusal);
        }
        is_new
    }

    /// Makes the tentative changes permanent for the model, because the request succeeded.
    pub(super) async fn keep(&self, observer: &dyn GenerationObserver) {
        for refusal in &self.tried {
            self.learn(refusal, observer).await;
        }
    }

    async fn learn(&self, refusal: &Refusal, observer: &dyn GenerationObserver) {
        let model = self.model;
        let dialects = &model.shared.dialects;
        if let Some(lesson) = dialects.learn(model.speaker(), refusal, self.held) {
            observer.notice(model.of_model(lesson)).await;
        }
    }
}

impl HttpModel {
    fn speaker(&self) -> Speaker<'_> {
        let max_tokens = if self.target.is_openai {
            MaxTokensField::OpenAi
        } else {
            MaxTokensField::Usual
        };
        Speaker {
            endpoint: &self.endpoint,
            model_id: &self.target.model_id,
            first: Dialect::with_max_tokens(max_tokens),
        }
    }

    /// Returns the features that a request uses.
    fn held(&self, request: &GenerationRequest) -> Features {
        let parameters = self.parameters(request);
        let bounds = ["max_tokens", "max_completion_tokens"];
        [
            (Feature::Stream, request.is_streamed),
            (Feature::StreamOptions, request.is_streamed),
            (
                Feature::ToolChoice,
                matches!(request.tool_choice, ToolChoice::Tool(_)),
            ),
            (Feature::ResponseFormat, request.response_format.is_some()),
            (
                Feature::Reasoning,
                request
                    .messages
                    .iter()
                    .any(|message| message.role == Role::Agent),
            ),
            (
                Feature::MaxTokens,
                bounds.iter().any(|name| parameters.contains_key(*name)),
            ),
        ]
        .into_iter()
        .filter_map(|(feature, is_held)| is_held.then_some(feature))
        .collect()
    }

    /// Reports once that only one answer is requested, if the parameters ask for more.
    pub(super) async fn report_answer_count(
        &self,
        request: &GenerationRequest,
        observer: &dyn GenerationObserver,
    ) {
        let parameters = self.parameters(request);
        let is_more = |name: &&&str| {
            let count = parameters.get(**name);
            count.is_some_and(|count| count.as_f64() != Some(1.0))
        };
        let Some(name) = ANSWER_COUNTS.iter().find(is_more) else {
            return;
        };
        let dialects = &self.shared.dialects;
        if dialects.leave_out(self.speaker(), Feature::Answers) {
            let notice = format!("is asked for one answer: `{name}` is left out");
            observer.notice(self.of_model(&notice)).await;
        }
    }
}

/// Returns the texts of a request that a server may quote, in lower case.
fn sent_texts(request: &GenerationRequest) -> String {
    let mut texts: Vec<String> = Vec::new();
    for message in &request.messages {
        texts.push(message.content.clone());
        texts.extend(
            message
                .tool_result
                .iter()
                .map(|result| result.content.clone()),
        );
        texts.extend(message.tool_calls.iter().map(|call| call.arguments.clone()));
    }
    for tool in request.tools.iter() {
        texts.push(format!("{} {}", tool.description, tool.parameters));
    }
    texts.join("\n").to_lowercase()
}

//! Outlines of events: names, times and counts without content.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Failure, MASKED, Planned, Prompt, PromptMessage, PromptPart, Reply, RequestKind, RunEvent,
    RunEventBody, RunPlan, RunTerms, SpecText, TracedToolCall,
};
use crate::base::keeping::Keeping;
use crate::conversation::{
    AuthorizationStep, Message, ToolCall, ToolDeclaration, ToolResult, Values,
};

/// A value with content.
pub(super) trait Content {
    /// Removes the content but keeps the structure.
    fn hide(&mut self);
}

impl RunEvent {
    /// Returns the event without its content.
    #[must_use]
    pub fn outline(&self) -> Self {
        let mut outline = self.clone();
        match &mut outline.body {
            RunEventBody::Planned(planned) => planned.hide(),
            RunEventBody::Operated { outcome, .. } => match outcome.as_mut() {
                Ok(value) => value.hide(),
                Err(failure) => failure.hide(),
            },
            RunEventBody::Traced(event) => event.hide_content(),
            RunEventBody::Ended { outputs, error, .. } => {
                outputs.hide();
                error.hide();
            }
            RunEventBody::StateChanged { .. }
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. } => {}
        }
        outline
    }
}

impl Content for Planned {
    fn hide(&mut self) {
        let settings = self.terms.settings.keys();
        let settings = settings.map(|path| (path.clone(), MASKED.to_owned()));
        self.terms = Arc::new(RunTerms {
            settings: settings.collect(),
            spec: Arc::new(SpecText::default()),
            keeping: Keeping::Outline,
            ..RunTerms::clone(&self.terms)
        });
        let mut inputs = self.run.inputs.clone();
        inputs.hide();
        self.run = Arc::new(RunPlan {
            inputs,
            row: self.run.row,
            variant: self.run.variant,
            seed: self.run.seed,
            client_message: self.run.client_message.clone(),
            ..RunPlan::default()
        });
    }
}

impl Content for String {
    fn hide(&mut self) {
        if !self.is_empty() {
            MASKED.clone_into(self);
        }
    }
}

impl Content for Value {
    fn hide(&mut self) {
        if !self.is_null() {
            *self = Self::from(MASKED);
        }
    }
}

/// Keeps the names of the values.
impl Content for Values {
    fn hide(&mut self) {
        self.values_mut().for_each(Content::hide);
    }
}

impl<T: Content> Content for Option<T> {
    fn hide(&mut self) {
        self.iter_mut().for_each(Content::hide);
    }
}

impl<T: Content> Content for Vec<T> {
    fn hide(&mut self) {
        self.iter_mut().for_each(Content::hide);
    }
}

impl<T: Content> Content for Box<T> {
    fn hide(&mut self) {
        self.as_mut().hide();
    }
}

impl<T: Content + Clone> Content for Arc<T> {
    fn hide(&mut self) {
        Self::make_mut(self).hide();
    }
}

impl Content for Failure {
    fn hide(&mut self) {
        self.message.hide();
        self.hint = None;
    }
}

impl Content for Message {
    fn hide(&mut self) {
        self.content.hide();
        self.images.clear();
        self.tool_calls.hide();
        self.tool_result.hide();
        self.extra = None;
    }
}

/// Hides the name of the call as well, because a model may have written anything there.
impl Content for ToolCall {
    fn hide(&mut self) {
        self.name.hide();
        self.arguments.hide();
        self.extra = None;
    }
}

impl Content for ToolResult {
    fn hide(&mut self) {
        self.content.hide();
    }
}

impl Content for TracedToolCall {
    fn hide(&mut self) {
        self.tool_name.hide();
        self.arguments.hide();
        self.extra = None;
    }
}

impl Content for Prompt {
    fn hide(&mut self) {
        self.messages.hide();
        if let Some(tools) = &mut self.tools {
            Arc::make_mut(tools).iter_mut().for_each(Content::hide);
        }
    }
}

impl Content for PromptPart {
    fn hide(&mut self) {
        match self {
            Self::Earlier { .. } => {}
            Self::New(message) => message.hide(),
        }
    }
}

impl Content for PromptMessage {
    fn hide(&mut self) {
        self.content.hide();
        self.pictures.clear();
        self.tool_calls.hide();
    }
}

impl Content for ToolDeclaration {
    fn hide(&mut self) {
        self.name.hide();
        self.description.hide();
        self.parameters.hide();
    }
}

impl Content for RequestKind {
    fn hide(&mut self) {
        match self {
            Self::UserMessage { message, .. } => message.hide(),
            Self::ToolResult {
                arguments, outputs, ..
            }
            | Self::CallInDoubt {
                arguments, outputs, ..
            } => {
                arguments.hide();
                outputs.clear();
            }
            Self::ToolConfirmation {
                arguments, inputs, ..
            } => {
                arguments.hide();
                inputs.clear();
            }
            Self::Authorization { step, .. } => match step {
                AuthorizationStep::Register(address) | AuthorizationStep::SignIn(address) => {
                    address.hide();
                }
            },
            Self::Elicitation {
                message,
                values,
                inputs,
                ..
            } => {
                message.hide();
                values.hide();
                inputs.clear();
            }
        }
    }
}

impl Content for Reply {
    fn hide(&mut self) {
        match self {
            Self::Message { text, images } => {
                text.hide();
                images.clear();
            }
            Self::ToolResult(value) => value.hide(),
            Self::Confirm { arguments } => arguments.hide(),
            Self::Reject { reason } => reason.hide(),
        }
    }
}

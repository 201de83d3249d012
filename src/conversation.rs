//! The types that models, tools, runs and traces share: messages, tool calls, token usage.
//!
//! A [`Message`] is what a person reads and what a model is sent. Shapes follow Agent Spec's
//! runtimes: a message holds tool calls or a tool result, never both.

use std::borrow::Cow;
use std::iter::Sum;
use std::ops::AddAssign;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The declaration of a tool for a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolDeclaration {
    /// The name of the tool.
    pub name: String,
    /// A description of the tool.
    pub description: String,
    /// The JSON Schema of the arguments, an object.
    pub parameters: Value,
}

/// A question to a person about authorization at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationStep {
    /// Whether the program may register at the authorization server with this address.
    Register(String),
    /// Whether the person signs in at this address in a browser.
    SignIn(String),
}

impl AuthorizationStep {
    /// Returns whether the answer comes from the browser.
    pub const fn is_sign_in(&self) -> bool {
        matches!(self, Self::SignIn(_))
    }
}

/// The resource for which a step of a run waits. The wait is reported by name; if another run holds
/// the resource, the time does not count for this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A free worker for a function: a Python process or a thread.
    Worker,
    /// A free stream to a model's server.
    Stream,
    /// A session with a server that another step is opening.
    Session,
    /// A person who was asked to sign in by another run.
    SignIn,
    /// The next request allowed by the batch's rate limit.
    RateLimit,
    /// A person who increases the batch's token budget.
    Budget,
    /// Capacity at an endpoint that rejected requests because there were too many.
    Endpoint,
    /// One of the run's own slots for concurrent tool calls.
    ToolSlot,
    /// The next attempt after a failed one. The time counts for this run.
    Retry {
        /// The remaining time.
        wait: Duration,
        /// The HTTP status of the failed attempt; `None` if there was no answer.
        status: Option<u16>,
    },
}

impl Awaited {
    /// The waits during which a run keeps its slot, because no person is involved.
    pub const KEEPS_SLOT: [Self; 6] = [
        Self::Worker,
        Self::Stream,
        Self::Session,
        Self::RateLimit,
        Self::Budget,
        Self::Endpoint,
    ];

    /// Returns the name for panes and traces: `worker`, `retry: 429`.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Worker => "worker",
            Self::Stream => "stream",
            Self::Session => "session",
            Self::SignIn => "sign-in",
            Self::RateLimit => "rate limit",
            Self::Budget => "budget",
            Self::Endpoint => "busy endpoint",
            Self::ToolSlot => "tool slot",
            Self::Retry { status: None, .. } => "retry: no answer",
            Self::Retry {
                status: Some(status),
                ..
            } => return Cow::Owned(format!("retry: {status}")),
        })
    }

    /// Returns the duration of the wait, if known.
    pub const fn lasts(self) -> Option<Duration> {
        match self {
            Self::Retry { wait, .. } => Some(wait),
            Self::Worker
            | Self::Stream
            | Self::Session
            | Self::SignIn
            | Self::RateLimit
            | Self::Budget
            | Self::Endpoint
            | Self::ToolSlot => None,
        }
    }
}

/// Values by name, in declaration order: inputs, outputs, arguments.
pub type Values = serde_json::Map<String, Value>;

/// The author of a message. Written `user`, `agent`, `system`; providers and traces call the agent
/// `assistant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person, or an agent that acts for one.
    User,
    /// The agent or flow.
    Agent,
    /// Instructions to the model.
    System,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The id, unique in the conversation.
    pub id: String,
    /// The author.
    pub role: Role,
    /// The text; empty for a message that only calls tools.
    pub content: String,
    /// Images that accompany the text; the role is then [`Role::User`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// The name of the component that wrote the message, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The name of the component to which the message is addressed, if that is not the first
    /// component of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The tool calls that the model requests, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The result of one tool call; the role is then [`Role::User`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_result: Option<ToolResult>,
    /// Fields of the provider that are sent back with the message, such as a model's reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
    /// Whether the runtime wrote the message to steer the model, as a reminder for example. Panes
    /// collapse such messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_internal: bool,
}

impl Message {
    /// Makes a message of plain text.
    pub fn text(id: impl Into<String>, role: Role, content: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            role,
            content: content.into(),
            images: Vec::new(),
            sender: None,
            recipient: None,
            tool_calls: Vec::new(),
            tool_result: None,
            extra: None,
            is_internal: false,
        }
    }

    /// Makes a message with the result of a tool call.
    pub fn tool_result(id: impl Into<String>, result: ToolResult) -> Self {
        Self {
            tool_result: Some(result),
            ..Self::text(id, Role::User, String::new())
        }
    }

    /// Returns the message for people: the text, and a line for each image.
    pub fn shown(&self) -> Cow<'_, str> {
        if self.images.is_empty() {
            return Cow::Borrowed(&self.content);
        }
        let pictures = self.images.iter().map(Image::in_words);
        let text = (!self.content.is_empty()).then(|| self.content.clone());
        Cow::Owned(
            text.into_iter()
                .chain(pictures)
                .collect::<Vec<_>>()
                .join("\n\n"),
        )
    }

    /// Sets the component to which the message is addressed.
    #[must_use]
    pub fn to_recipient(mut self, recipient: impl Into<String>) -> Self {
        self.recipient = Some(recipient.into());
        self
    }

    /// Sets the component that wrote the message.
    #[must_use]
    pub fn from_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = Some(sender.into());
        self
    }
}

/// An image in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The name of the file, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The media type: `image/png`, `image/jpeg`, ….
    pub media_type: String,
    /// The bytes in base64.
    pub base64: String,
}

impl Image {
    /// Returns the image as a data URL: `data:image/png;base64,…`.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.media_type, self.base64)
    }

    /// Describes the image for places where only text is possible: `[picture: cat.png, image/png,
    /// 12 KB]`.
    pub fn in_words(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("{name}, "));
        let padding = self.base64.bytes().rev().take_while(|byte| *byte == b'=');
        let bytes = (self.base64.len() / 4 * 3).saturating_sub(padding.count());
        let size = match bytes {
            0..1024 => format!("{bytes} bytes"),
            1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
            _ => format!("{} MB", bytes.div_ceil(1_048_576)),
        };
        let name = name.unwrap_or_default();
        format!("[picture: {name}{}, {size}]", self.media_type)
    }
}

/// A tool call that a model requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id for the call (`call_…`), or a generated one.
    pub id: String,
    /// The name of the tool, as the model wrote it.
    pub name: String,
    /// The arguments as the model wrote them, usually the JSON text of an object.
    pub arguments: String,
    /// Fields of the provider that are sent back unchanged, such as Gemini's thought signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

/// The result of one tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The id of the call ([`ToolCall::id`]).
    pub call_id: String,
    /// The text for the model.
    pub content: String,
    /// Whether the call failed.
    #[serde(default)]
    pub is_error: bool,
}

/// Token counts of model calls. Counts are zero if a provider sends none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The tokens of the prompts.
    pub input_tokens: u64,
    /// The tokens of the answers.
    pub output_tokens: u64,
    /// The total of input and output tokens, as counted by the provider.
    pub total_tokens: u64,
    /// The prompt tokens that the provider had cached.
    #[serde(default)]
    pub cached_tokens: u64,
    /// The answer tokens that were reasoning.
    #[serde(default)]
    pub reasoning_tokens: u64,
    /// The number of model calls.
    pub llm_calls: u64,
}

impl Usage {
    /// Returns the difference from an earlier count.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(before.input_tokens),
            output_tokens: self.output_tokens.saturating_sub(before.output_tokens),
            total_tokens: self.total_tokens.saturating_sub(before.total_tokens),
            cached_tokens: self.cached_tokens.saturating_sub(before.cached_tokens),
            reasoning_tokens: self
                .reasoning_tokens
                .saturating_sub(before.reasoning_tokens),
            llm_calls: self.llm_calls.saturating_sub(before.llm_calls),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.reasoning_tokens = self.reasoning_tokens.saturating_add(other.reasoning_tokens);
        self.llm_calls = self.llm_calls.saturating_add(other.llm_calls);
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut total, part| {
            total += part;
            total
        })
    }
}

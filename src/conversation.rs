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

/// A tool in the form in which a model is offered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolDeclaration {
    /// The tool's name.
    pub name: String,
    /// A description of the tool.
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub parameters: Value,
}

/// A question to a person before a server lets the program act for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationStep {
    /// May the program make itself known to the authorization server at this address?
    Register(String),
    /// Does the person sign in at this address, which they open in a browser?
    SignIn(String),
}

impl AuthorizationStep {
    /// Whether the answer comes by the browser.
    pub const fn is_sign_in(&self) -> bool {
        matches!(self, Self::SignIn(_))
    }
}

/// The thing that a step of a run may have to wait for. Such a wait is named; where another run holds what is awaited,
/// it is no time of this run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A free worker for a function: a Python process, or a thread.
    Worker,
    /// A free stream to a model's server.
    Stream,
    /// A session with a server, which another step sets up.
    Session,
    /// A person whom another run asked to sign in.
    SignIn,
    /// The next request under the rate of the batch.
    RateLimit,
    /// A person who raises the batch's budget of tokens.
    Budget,
    /// Room at an endpoint that refused requests for being too many.
    Endpoint,
    /// One of the run's own slots for tools that work at the same time.
    ToolSlot,
    /// The next attempt, after one that failed. It is the run's own time.
    Retry {
        /// How long it is from now.
        wait: Duration,
        /// The status that the server refused with; none where there was no answer.
        status: Option<u16>,
    },
}

impl Awaited {
    /// The waits for what other runs hold, in which a run keeps its slot: no person is waited for.
    pub const KEEPS_SLOT: [Self; 6] = [
        Self::Worker,
        Self::Stream,
        Self::Session,
        Self::RateLimit,
        Self::Budget,
        Self::Endpoint,
    ];

    /// The words for panes and traces: `worker`, `retry: 429`.
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

    /// Returns how long the wait is, where that is known.
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

/// The speaker of a message. Written `user`, `agent`, `system`; providers and traces call the agent `assistant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person, or an agent in a person's place.
    User,
    /// The agent or flow that runs.
    Agent,
    /// Instructions to the model.
    System,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Unique in its conversation.
    pub id: String,
    /// The speaker.
    pub role: Role,
    /// The text; empty for a message that only calls tools.
    pub content: String,
    /// Pictures that are shown with the text; the role is then [`Role::User`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Name of the component that wrote it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Name of the component that it is for, where that is not the one which the conversation began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// The tools that the model wants called, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The result of one tool call; the role is then [`Role::User`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_result: Option<ToolResult>,
    /// Fields of the provider's that go back with the message where it wants them (a model's reasoning).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
    /// Written by the runtime to steer the model (a reminder), not by a person: panes fold it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_internal: bool,
}

impl Message {
    /// A message of plain text.
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

    /// Makes the message with the result of a tool call, for the model.
    pub fn tool_result(id: impl Into<String>, result: ToolResult) -> Self {
        Self {
            tool_result: Some(result),
            ..Self::text(id, Role::User, String::new())
        }
    }

    /// Returns what a person reads of the message: the text, and a line for each picture.
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

    /// Names the component that the message is for.
    #[must_use]
    pub fn to_recipient(mut self, recipient: impl Into<String>) -> Self {
        self.recipient = Some(recipient.into());
        self
    }

    /// Names the component that wrote the message.
    #[must_use]
    pub fn from_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = Some(sender.into());
        self
    }
}

/// A picture in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The name of its file, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The type of the picture: `image/png`, `image/jpeg`, ….
    pub media_type: String,
    /// Its bytes in base64.
    pub base64: String,
}

impl Image {
    /// The picture as an address that holds it: `data:image/png;base64,…`.
    pub fn data_url(&self) -> String {
        format!("data:{};base64,{}", self.media_type, self.base64)
    }

    /// Returns the words that replace the picture where only text is possible: `[picture: cat.png,
    /// image/png, 12 KB]`.
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

/// A model's wish to have a tool called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id of the call (`call_…`), or one of ours where it gave none.
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// The arguments as the model wrote them: JSON text of an object, if it did well.
    pub arguments: String,
    /// Fields of the provider's that are sent back unchanged (Gemini's thought signatures).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

/// The result of one tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// [`ToolCall::id`] of the call.
    pub call_id: String,
    /// The text that the model gets.
    pub content: String,
    /// Whether the text is that of a failure.
    #[serde(default)]
    pub is_error: bool,
}

/// Tokens that model calls took. Counts are zero where a provider said nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompts.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// Input and output tokens together, as the provider counts.
    pub total_tokens: u64,
    /// Tokens of the prompts that the provider had at hand from before.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Tokens of the answers that were reasoning.
    #[serde(default)]
    pub reasoning_tokens: u64,
    /// How many model calls these are.
    pub llm_calls: u64,
}

impl Usage {
    /// Returns the tokens that came on top of an earlier count.
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

//! A remote agent as described by its card, and the operations of the protocol.

use reqwest::Method as HttpMethod;
use serde_json::{Value, json};
use url::Url;

use super::card::{Binding, card, chosen, wanted};
use super::http::{Caller, Opened, Request};
use super::stream::Events;
use super::target::Target;
use super::trouble::Trouble;
use crate::a2a::{
    AgentCard, CancelTaskRequest, GetTaskRequest, Method, RpcRequest, RpcResponse,
    SendMessageRequest, StreamEvent, SubscribeToTaskRequest, Task, Version,
};
use crate::tools::executor::ToolObserver;

/// A remote agent whose interface is known.
#[derive(Clone)]
pub(super) struct Peer {
    caller: Caller,
    /// The URL for requests.
    url: Url,
    binding: Binding,
    version: Version,
    tenant: Option<String>,
    /// Whether the agent streams events while it works.
    pub(super) streams: bool,
    /// Whether the agent can cancel a task. Agents that do not declare their version can't: WayFlow
    /// 26.3.1 fails on such a request.
    pub(super) can_cancel: bool,
    /// The media types that the agent produces and flowdeck accepts.
    pub(super) output_modes: Vec<String>,
    /// The authentication that the agent requires, for people.
    wanted: Option<String>,
}

/// An operation of A2A, with its parameters.
enum Operation<'o> {
    Send(&'o SendMessageRequest),
    Stream(&'o SendMessageRequest),
    Get(&'o str),
    Subscribe(&'o str),
    Cancel(&'o str),
}

impl Peer {
    /// Reads the agent's card and selects an interface. Without a card, which the reference runtime
    /// does not read, the address is used as an endpoint of version 0.3.
    ///
    /// # Errors
    /// The agent can't be reached, or its card is invalid or has no usable interface.
    pub(super) async fn meet(caller: Caller, observer: &dyn ToolObserver) -> Result<Self, Trouble> {
        if let Some(card) = card(&caller, observer).await? {
            return Self::of(caller, card);
        }
        let shown = caller.target.shown();
        let notice =
            format!("{shown} has no agent card: flowdeck speaks version 0.3 of A2A with it");
        observer.notice(notice).await;
        Ok(Self {
            url: caller.target.url.clone(),
            caller,
            binding: Binding::JsonRpc,
            version: Version::V0_3,
            tenant: None,
            streams: false,
            can_cancel: false,
            output_modes: vec!["text/plain".to_owned()],
            wanted: None,
        })
    }

    fn of(caller: Caller, card: AgentCard) -> Result<Self, Trouble> {
        let mut extensions = card.capabilities.extensions.iter();
        if let Some(extension) = extensions.find(|extension| extension.required) {
            return Err(Trouble::NoInterface {
                why: format!("it wants the extension `{}`", extension.uri),
                hint: "flowdeck has no extensions of A2A",
            });
        }
        let wanted = wanted(&card);
        let (url, binding, version, interface) = chosen(&caller.target, card.interfaces)?;
        Ok(Self {
            caller,
            url,
            binding,
            version,
            can_cancel: !interface.protocol_version.is_empty(),
            tenant: interface.tenant,
            streams: card.capabilities.streaming,
            output_modes: card.default_output_modes,
            wanted,
        })
    }

    /// Returns the agent as the spec describes it.
    pub(super) fn target(&self) -> &Target {
        &self.caller.target
    }

    /// Sends a message and returns the immediate response.
    pub(super) async fn send(
        &self,
        request: &SendMessageRequest,
        observer: &dyn ToolObserver,
    ) -> Result<StreamEvent, Trouble> {
        let came = self.ask(&Operation::Send(request), observer).await?;
        read(came, "the answer to a message")
    }

    /// Sends a message and returns the response with a stream of further events.
    pub(super) async fn stream(
        &self,
        request: &SendMessageRequest,
        observer: &dyn ToolObserver,
    ) -> Result<Events, Trouble> {
        self.open(&Operation::Stream(request), observer).await
    }

    /// Subscribes to the further events of a task.
    pub(super) async fn subscribe(
        &self,
        task: &str,
        observer: &dyn ToolObserver,
    ) -> Result<Events, Trouble> {
        self.open(&Operation::Subscribe(task), observer).await
    }

    /// Returns the current state of a task.
    pub(super) async fn task(
        &self,
        task: &str,
        observer: &dyn ToolObserver,
    ) -> Result<Task, Trouble> {
        let came = self.ask(&Operation::Get(task), observer).await?;
        match read(came, "a task")? {
            StreamEvent::Task(found) if found.id == task => Ok(found),
            StreamEvent::Task(other) => {
                let why = format!("asked for the task `{task}`, it gave `{}`", other.id);
                Err(Trouble::Strange(why))
            }
            _ => Err(Trouble::Strange("it is not a task".to_owned())),
        }
    }

    /// Asks the agent to cancel a task.
    pub(super) async fn cancel(
        &self,
        task: &str,
        observer: &dyn ToolObserver,
    ) -> Result<(), Trouble> {
        self.ask(&Operation::Cancel(task), observer).await?;
        Ok(())
    }

    async fn ask(
        &self,
        operation: &Operation<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<Value, Trouble> {
        let came = self.caller.ask(&self.request(operation), observer).await;
        self.outcome(came.map_err(|trouble| self.explained(trouble))?)
    }

    async fn open(
        &self,
        operation: &Operation<'_>,
        observer: &dyn ToolObserver,
    ) -> Result<Events, Trouble> {
        let opened = self.caller.open(&self.request(operation), observer).await;
        match opened.map_err(|trouble| self.explained(trouble))? {
            Opened::Stream(response) => {
                let is_rpc = self.binding == Binding::JsonRpc;
                Ok(Events::of(response, is_rpc, self.target().request_timeout))
            }
            Opened::Body(body) => {
                let came = self.outcome(body)?;
                Ok(Events::only(read(came, "the answer to a message")?))
            }
        }
    }

    /// Returns the result in a response.
    fn outcome(&self, body: Value) -> Result<Value, Trouble> {
        match self.binding {
            Binding::HttpJson => Ok(body),
            Binding::JsonRpc => match RpcResponse::read(body) {
                Some(answer) => answer.outcome.map_err(Trouble::Refused),
                None => Err(Trouble::Strange(
                    "it is not an answer of JSON-RPC".to_owned(),
                )),
            },
        }
    }

    fn request(&self, operation: &Operation<'_>) -> Request {
        match self.binding {
            Binding::JsonRpc => self.rpc(operation),
            Binding::HttpJson => self.rest(operation),
        }
    }

    fn rpc(&self, operation: &Operation<'_>) -> Request {
        let version = self.version;
        let tenant = || self.tenant.clone();
        let (method, params) = match *operation {
            Operation::Send(request) => (Method::SendMessage, self.message(request)),
            Operation::Stream(request) => (Method::SendStreamingMessage, self.message(request)),
            Operation::Get(task) => (
                Method::GetTask,
                GetTaskRequest {
                    tenant: tenant(),
                    id: task.to_owned(),
                    // WayFlow 26.3.1 counts from the beginning.
                    history_length: None,
                }
                .to_json(version),
            ),
            Operation::Subscribe(task) => (
                Method::SubscribeToTask,
                SubscribeToTaskRequest {
                    tenant: tenant(),
                    id: task.to_owned(),
                }
                .to_json(version),
            ),
            Operation::Cancel(task) => (
                Method::CancelTask,
                CancelTaskRequest {
                    tenant: tenant(),
                    id: task.to_owned(),
                    metadata: serde_json::Map::new(),
                }
                .to_json(version),
            ),
        };
        let params = match params {
            Value::Object(params) => params,
            _ => serde_json::Map::new(),
        };
        let request = RpcRequest {
            id: json!(1),
            // Both versions have these.
            method: method.name(version).unwrap_or_default().to_owned(),
            params,
        };
        Request {
            method: HttpMethod::POST,
            url: self.url.clone(),
            body: Some(request.to_json()),
            version: Some(version),
        }
    }

    fn message(&self, request: &SendMessageRequest) -> Value {
        let mut request = request.clone();
        request.tenant.clone_from(&self.tenant);
        request.to_json(self.version)
    }

    fn rest(&self, operation: &Operation<'_>) -> Request {
        let (method, path, body) = match *operation {
            Operation::Send(request) => (
                HttpMethod::POST,
                vec!["message:send".to_owned()],
                Some(self.message(request)),
            ),
            Operation::Stream(request) => (
                HttpMethod::POST,
                vec!["message:stream".to_owned()],
                Some(self.message(request)),
            ),
            Operation::Get(task) => (
                HttpMethod::GET,
                vec!["tasks".to_owned(), task.to_owned()],
                None,
            ),
            Operation::Subscribe(task) => {
                let path = vec!["tasks".to_owned(), format!("{task}:subscribe")];
                (HttpMethod::GET, path, None)
            }
            Operation::Cancel(task) => {
                let path = vec!["tasks".to_owned(), format!("{task}:cancel")];
                (HttpMethod::POST, path, Some(json!({})))
            }
        };
        let mut url = self.url.clone();
        // An address with `http` can be a base.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(self.tenant.iter())
                .extend(path);
        }
        Request {
            method,
            url,
            body,
            version: Some(self.version),
        }
    }

    /// Adds the authentication that the card requires to an error about missing authentication.
    fn explained(&self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Status {
                status: status @ (401 | 403),
                said,
                retry_after,
                ..
            } => Trouble::Status {
                status,
                said,
                retry_after,
                wanted: self.wanted.clone(),
            },
            other => other,
        }
    }
}

/// Parses a task, a message or an update.
fn read(came: Value, what: &str) -> Result<StreamEvent, Trouble> {
    serde_json::from_value(came)
        .map_err(|error| Trouble::Strange(format!("{what} can't be read: {error}")))
}

//! A look at the messages of a connection, in their order.
//!
//! rmcp handles each notification in a task of its own, so that progress could be told out of order, or after the result.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorCode, ErrorData, GetMeta, JsonRpcError, JsonRpcMessage,
    ProgressNotificationParam, ProgressToken, RequestId, ServerNotification,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;

use super::listing::Listing;
use super::questions::{Askable, QuestionSink};
use super::wire;

/// How much progress of one call may wait to be shown; what comes when it is full is left out.
const MAX_PROGRESS: usize = 64;

/// How many requests are remembered that wait for an answer. Those that are given up unheard fall out at last.
const MAX_WAITING: usize = 1_024;

/// Where the progress of a call goes: put into the request's extensions, which stay on this side.
#[derive(Clone, Debug)]
pub(super) struct ProgressSink(mpsc::Sender<ProgressNotificationParam>);

impl ProgressSink {
    pub(super) fn new() -> (Self, mpsc::Receiver<ProgressNotificationParam>) {
        let (tx, rx) = mpsc::channel(MAX_PROGRESS);
        (Self(tx), rx)
    }
}

/// A transport whose progress goes to the calls that it belongs to, and whose news of the tools to the listing. Errors
/// that name no request, and answers that name none which waits, are errors of the one that waits.
pub(super) struct Tapped<T> {
    transport: T,
    listing: Arc<Listing>,
    sinks: HashMap<ProgressToken, ProgressSink>,
    askable: Askable,
    /// The requests that wait for an answer.
    waiting: Vec<RequestId>,
    /// The requests whose answers nobody waits for: those that were given up, and the streams of news.
    unawaited: VecDeque<RequestId>,
    /// A question for the protocol that was followed by a handshake: its answer comes too late.
    given_up: Option<RequestId>,
}

impl<T> Tapped<T> {
    pub(super) fn new(transport: T, listing: Arc<Listing>, askable: Askable) -> Self {
        Self {
            transport,
            listing,
            askable,
            sinks: HashMap::new(),
            waiting: Vec::new(),
            unawaited: VecDeque::new(),
            given_up: None,
        }
    }

    fn sent(&mut self, message: &TxJsonRpcMessage<RoleClient>) {
        let request = match message {
            JsonRpcMessage::Request(request) => request,
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    self.answered(id);
                    self.unawait(id);
                }
                return;
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => return,
        };
        let extensions = match &request.request {
            ClientRequest::CallToolRequest(call) => Some(&call.extensions),
            ClientRequest::CustomRequest(custom) => Some(&custom.extensions),
            // Its answer is the end of a stream.
            ClientRequest::SubscriptionsListenRequest(_) => return self.unawait(&request.id),
            ClientRequest::InitializeRequest(_) => {
                self.given_up = self.waiting.pop();
                None
            }
            _ => None,
        };
        if self.waiting.len() >= MAX_WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push(request.id.clone());
        let Some(extensions) = extensions else {
            return;
        };
        if let Some(asked) = extensions.get::<QuestionSink>() {
            self.askable.add(request.id.clone(), asked.clone());
        }
        if let Some(sink) = extensions.get::<ProgressSink>()
            && let Some(token) = request.request.get_meta().get_progress_token()
        {
            // Calls that are over are forgotten.
            self.sinks.retain(|_, sink| !sink.0.is_closed());
            self.sinks.insert(token, sink.clone());
        }
    }

    /// Whether a message answers what was given up.
    fn is_late(&self, message: &RxJsonRpcMessage<RoleClient>) -> bool {
        let answers = match message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        answers.is_some() && answers == self.given_up.as_ref()
    }

    /// Remembers that nobody waits for the answer to a request.
    fn unawait(&mut self, id: &RequestId) {
        if self.unawaited.len() >= MAX_WAITING {
            self.unawaited.pop_front();
        }
        self.unawaited.push_back(id.clone());
    }

    /// No longer waits for an answer to a request.
    fn answered(&mut self, id: &RequestId) {
        // Some servers give the number back as text.
        let id = id.to_string();
        self.waiting.retain(|waiting| waiting.to_string() != id);
    }

    /// The error of the only request that waits, where an answer names one that does not, and did not before.
    fn misnamed(&mut self, id: &RequestId) -> Option<JsonRpcError> {
        let is = |known: &RequestId| known.to_string() == id.to_string();
        if self.waiting.iter().any(is) || self.unawaited.iter().any(is) {
            self.answered(id);
            return None;
        }
        let [only] = self.waiting.as_slice() else {
            tracing::warn!(%id, "an answer of an MCP server names no request that waits");
            return None;
        };
        let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, wire::misnamed(id), None);
        let error = JsonRpcError::new(Some(only.clone()), error);
        self.waiting.clear();
        Some(error)
    }

    fn received(&mut self, message: &mut RxJsonRpcMessage<RoleClient>) {
        match message {
            JsonRpcMessage::Response(response) => {
                if let Some(error) = self.misnamed(&response.id) {
                    *message = JsonRpcMessage::Error(error);
                    return;
                }
            }
            JsonRpcMessage::Error(error) => self.name(error),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => {}
        }
        let JsonRpcMessage::Notification(notification) = message else {
            return;
        };
        match &notification.notification {
            ServerNotification::ProgressNotification(progress) => {
                if let Some(sink) = self.sinks.get(&progress.params.progress_token) {
                    // Full, or the call is over.
                    let _left_out = sink.0.try_send(progress.params.clone());
                }
            }
            ServerNotification::ToolListChangedNotification(_) => self.listing.forget(),
            _ => {}
        }
    }

    /// Gives an error without a request that of the only one that waits, or else tells it in the log.
    fn name(&mut self, error: &mut JsonRpcError) {
        let names_none = match &error.id {
            None => true,
            // A word in place of an id, as some servers send it. All of ours are numbers.
            Some(RequestId::String(id)) => id.parse::<i64>().is_err(),
            Some(RequestId::Number(_)) => false,
        };
        match (names_none, self.waiting.as_slice()) {
            (true, [only]) => error.id = Some(only.clone()),
            (true, _) => {
                let code = error.error.code.0;
                tracing::warn!(code, "an error of an MCP server names no request");
            }
            (false, _) => {}
        }
        if let Some(id) = error.id.clone() {
            self.answered(&id);
        }
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Tapped<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        self.sent(&message);
        self.transport.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let mut message = self.transport.receive().await?;
            if !self.is_late(&message) {
                self.received(&mut message);
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.transport.close().await
    }
}

//! A look at the messages of a connection, in their order.
//!
//! rmcp handles each notification in a task of its own, so that progress could be passed on out of order, or after the
//! result.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorCode, ErrorData, GetMeta, JsonRpcMessage,
    ProgressNotificationParam, ProgressToken, RequestId, ServerNotification,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::listing::Listing;
use super::open_requests::{Named, OpenRequests};
use super::questions::{Askable, QuestionSink};
use super::wire;

/// How much progress of one call may wait to be shown; what comes when it is full is left out.
const MAX_PROGRESS: usize = 64;

/// Where the progress of a call goes: put into the request's extensions, which stay on this side.
#[derive(Clone, Debug)]
pub(super) struct ProgressSink(mpsc::Sender<ProgressNotificationParam>);

impl ProgressSink {
    pub(super) fn new() -> (Self, mpsc::Receiver<ProgressNotificationParam>) {
        let (tx, rx) = mpsc::channel(MAX_PROGRESS);
        (Self(tx), rx)
    }
}

/// A transport whose progress goes to the calls that it belongs to, and whose news of the tools to the listing. Answers that
/// name no request which waits become errors of [`OpenRequests`].
pub(super) struct Tapped<T> {
    transport: T,
    listing: Arc<Listing>,
    sinks: HashMap<ProgressToken, (RequestId, ProgressSink)>,
    askable: Askable,
    requests: OpenRequests,
    /// Errors of requests that were answered without a name, to be given on.
    ended: VecDeque<RxJsonRpcMessage<RoleClient>>,
    /// A question for the protocol that was followed by a handshake: its answer comes too late.
    given_up: Option<RequestId>,
}

impl<T: Transport<RoleClient>> Tapped<T> {
    pub(super) fn new(transport: T, listing: Arc<Listing>, askable: Askable) -> Self {
        Self {
            transport,
            listing,
            askable,
            sinks: HashMap::new(),
            requests: OpenRequests::default(),
            ended: VecDeque::new(),
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
                    self.requests.unawait(id);
                    self.end_strays();
                }
                return;
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => return,
        };
        let extensions = match &request.request {
            ClientRequest::CallToolRequest(call) => Some(&call.extensions),
            ClientRequest::CustomRequest(custom) => Some(&custom.extensions),
            // Its answer is the end of a stream.
            ClientRequest::SubscriptionsListenRequest(_) => {
                return self.requests.unawait(&request.id);
            }
            ClientRequest::InitializeRequest(_) => {
                self.given_up = self.requests.take_newest();
                None
            }
            _ => None,
        };
        self.requests.sent(request.id.clone());
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
            self.sinks.retain(|_, (_, sink)| !sink.0.is_closed());
            self.sinks.insert(token, (request.id.clone(), sink.clone()));
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

    /// Looks at a message that came. None is left where it is an answer to no request that waits.
    fn received(
        &mut self,
        mut message: RxJsonRpcMessage<RoleClient>,
    ) -> Option<RxJsonRpcMessage<RoleClient>> {
        let named = match &mut message {
            JsonRpcMessage::Response(response) => self.requests.answered(&mut response.id),
            JsonRpcMessage::Error(error) => {
                let id = error.id.as_mut();
                id.map_or(Named::Strange, |id| self.requests.answered(id))
            }
            JsonRpcMessage::Notification(notification) => {
                self.handle(&notification.notification);
                Named::Known
            }
            JsonRpcMessage::Request(_) => Named::Known,
        };
        match (named, &message) {
            (Named::Strange, JsonRpcMessage::Response(response)) => {
                let words = wire::misnamed(&response.id);
                let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, words, None);
                self.requests.stray(error, Instant::now());
            }
            (Named::Strange, JsonRpcMessage::Error(error)) => {
                self.requests.stray(error.error.clone(), Instant::now());
            }
            (Named::Again, _) => tracing::warn!("an MCP server answered a request a second time"),
            _ => {}
        }
        self.end_strays();
        (named == Named::Known).then_some(message)
    }

    fn handle(&mut self, news: &ServerNotification) {
        match news {
            ServerNotification::ProgressNotification(progress) => {
                if let Some((id, sink)) = self.sinks.get(&progress.params.progress_token) {
                    self.requests.is_alive(id);
                    // Full, or the call is over.
                    let _left_out = sink.0.try_send(progress.params.clone());
                }
            }
            ServerNotification::ToolListChangedNotification(_) => self.listing.forget(),
            _ => {}
        }
    }

    fn end_strays(&mut self) {
        let ended = self.requests.ended(Instant::now()).into_iter();
        self.ended.extend(ended.map(JsonRpcMessage::Error));
    }

    /// Receives what the transport brings next; none where that takes longer than answers without a name may wait.
    async fn next(&mut self) -> Option<Option<RxJsonRpcMessage<RoleClient>>> {
        let Some(end) = self.requests.next_end() else {
            return Some(self.transport.receive().await);
        };
        tokio::time::timeout_at(end, self.transport.receive())
            .await
            .ok()
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
            if let Some(ended) = self.ended.pop_front() {
                return Some(ended);
            }
            match self.next().await {
                Some(message) => {
                    let message = message?;
                    if !self.is_late(&message)
                        && let Some(message) = self.received(message)
                    {
                        return Some(message);
                    }
                }
                None => self.end_strays(),
            }
        }
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.transport.close().await
    }
}

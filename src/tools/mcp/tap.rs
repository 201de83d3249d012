//! Inspects the messages of a connection in order.
//!
//! rmcp handles each notification in a separate task, so that progress could be reported out of
//! order or after the result.

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

/// The maximum number of progress messages of a call that wait to be reported; further ones are
/// dropped.
const MAX_PROGRESS: usize = 64;

/// The channel for the progress of a call. It is stored in the request's extensions, which are not
/// sent.
#[derive(Clone, Debug)]
pub(super) struct ProgressSink(mpsc::Sender<ProgressNotificationParam>);

impl ProgressSink {
    pub(super) fn new() -> (Self, mpsc::Receiver<ProgressNotificationParam>) {
        let (tx, rx) = mpsc::channel(MAX_PROGRESS);
        (Self(tx), rx)
    }
}

/// A transport that forwards progress to the calls and changes of the tools to the listing.
/// Responses without an open request become errors of [`OpenRequests`].
pub(super) struct Tapped<T> {
    transport: T,
    listing: Arc<Listing>,
    sinks: HashMap<ProgressToken, (RequestId, ProgressSink)>,
    askable: Askable,
    requests: OpenRequests,
    /// Errors for requests whose responses did not name them, ready to be passed on.
    ended: VecDeque<RxJsonRpcMessage<RoleClient>>,
    /// A request about the protocol version that was given up in favour of a handshake; its
    /// response is ignored.
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
            // Ended calls are forgotten.
            self.sinks.retain(|_, (_, sink)| !sink.0.is_closed());
            self.sinks.insert(token, (request.id.clone(), sink.clone()));
        }
    }

    /// Returns whether a message is the response to the request that was given up.
    fn is_late(&self, message: &RxJsonRpcMessage<RoleClient>) -> bool {
        let answers = match message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        answers.is_some() && answers == self.given_up.as_ref()
    }

    /// Inspects a received message. Removes it if it is a response without an open request.
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
                    // Full, or the call has ended.
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

    /// Receives the next message of the transport; `None` if that takes longer than unassigned
    /// responses may wait.
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

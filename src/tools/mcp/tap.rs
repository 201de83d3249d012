//! A look at the messages of a connection, in their order.
//!
//! rmcp handles each notification in a task of its own, so that progress could be told out of order, or after the result.

use std::collections::HashMap;
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{
    ClientRequest, GetMeta, JsonRpcMessage, ProgressNotificationParam, ProgressToken,
    ServerNotification,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc;

use super::listing::Listing;

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

/// A transport whose progress goes to the calls that it belongs to, and whose news of the tools to the listing.
pub(super) struct Tapped<T> {
    transport: T,
    listing: Arc<Listing>,
    sinks: HashMap<ProgressToken, ProgressSink>,
}

impl<T> Tapped<T> {
    pub(super) fn new(transport: T, listing: Arc<Listing>) -> Self {
        Self {
            transport,
            listing,
            sinks: HashMap::new(),
        }
    }

    fn sent(&mut self, message: &TxJsonRpcMessage<RoleClient>) {
        if let JsonRpcMessage::Request(request) = message
            && let ClientRequest::CallToolRequest(call) = &request.request
            && let Some(sink) = call.extensions.get::<ProgressSink>()
            && let Some(token) = request.request.get_meta().get_progress_token()
        {
            // Calls that are over are forgotten.
            self.sinks.retain(|_, sink| !sink.0.is_closed());
            self.sinks.insert(token, sink.clone());
        }
    }

    fn received(&mut self, message: &RxJsonRpcMessage<RoleClient>) {
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
        let message = self.transport.receive().await?;
        self.received(&message);
        Some(message)
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.transport.close().await
    }
}

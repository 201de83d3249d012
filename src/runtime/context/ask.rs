//! Requests to a person.

use super::RunContext;
use super::activity::WaitsFor;
use crate::base::ids::RequestId;
use crate::runtime::Halt;
use crate::runtime::past::differs;
use crate::trace::{Answer, Event, FailureKind, Reply, RequestKind};

impl RunContext {
    /// Asks a person and waits for the answer, or takes the prepared answer.
    ///
    /// # Errors
    /// [`Halt::Unanswered`] if no person is available; [`Halt::Cancelled`].
    ///
    /// # Cancel safety
    /// The request is closed when the future is dropped.
    pub async fn ask(&self, kind: RequestKind) -> Result<Reply, Halt> {
        self.ask_until(kind, std::future::pending()).await
    }

    /// Asks a person, and also accepts an answer from elsewhere.
    ///
    /// # Errors
    /// As [`RunContext::ask`].
    pub(super) async fn ask_until(
        &self,
        kind: RequestKind,
        elsewhere: impl Future<Output = Reply>,
    ) -> Result<Reply, Halt> {
        self.stoppable(Box::pin(self.ask_unstopped(kind, elsewhere)))
            .await
    }

    async fn ask_unstopped(
        &self,
        kind: RequestKind,
        elsewhere: impl Future<Output = Reply>,
    ) -> Result<Reply, Halt> {
        self.begin_effect().await?;
        let request_id = self.new_request_id("ask");
        let known = match self.shared.past.reply(self.key.as_str()) {
            Some(past) if past.request != kind && !self.shared.past.is_edited() => {
                return Err(differs(self.key.as_str(), &past.request, &kind));
            }
            Some(past) if past.request == kind => Some((past.reply.clone(), past.prepared)),
            None if self.was_stopped() => {
                if self.shared.past.was_asked(self.key.as_str()) {
                    self.emit_request(&request_id, &kind).await?;
                }
                return Err(Halt::Cancelled);
            }
            Some(_) | None => {
                let cancel = &self.part.cancel;
                let given = self
                    .shared
                    .prepared_answer(&self.key, &kind, cancel)
                    .await?;
                given.map(|(reply, number)| (reply, Some(number)))
            }
        };
        match known {
            Some((reply, prepared)) => {
                self.emit_request(&request_id, &kind).await?;
                self.emit_reply(&request_id, &reply, prepared).await?;
                if reply.answers(&kind) {
                    return Ok(reply);
                }
                Err(Halt::failed(
                    FailureKind::Input,
                    "the prepared answer is of another kind than the request asks for",
                ))
            }
            None if self.shared.is_attended => {
                self.wait_for_reply(&request_id, &kind, elsewhere).await
            }
            None => {
                self.emit_request(&request_id, &kind).await?;
                Err(Halt::Unanswered(Box::new(kind)))
            }
        }
    }

    /// Emits a question together with its known answer.
    pub(super) async fn emit_answer(
        &self,
        kind: &RequestKind,
        reply: Reply,
    ) -> Result<Reply, Halt> {
        let request_id = self.new_request_id("ask");
        self.emit_request(&request_id, kind).await?;
        self.emit_reply(&request_id, &reply, None).await?;
        Ok(reply)
    }

    async fn wait_for_reply(
        &self,
        id: &RequestId,
        kind: &RequestKind,
        elsewhere: impl Future<Output = Reply>,
    ) -> Result<Reply, Halt> {
        let whom = if kind.may_end() {
            WaitsFor::PersonOrEnd
        } else {
            WaitsFor::Person
        };
        // Opened before it is reported, so that the reader of the report can answer.
        let (request, answer) = self.shared.control.open(id.clone(), kind.clone());
        self.emit_request(id, kind).await?;
        self.shared.begin_wait(whom).await;
        let answer = tokio::select! {
            biased;
            () = self.part.cancel.cancelled() => None,
            // The other end is dropped unused only together with the request.
            answer = answer => answer.ok(),
            reply = elsewhere => Some(Answer::from(reply)),
        };
        drop(request);
        let Some(Answer {
            reply,
            client_message,
        }) = answer
        else {
            self.shared.give_up_wait(whom).await;
            // What only waits for more to be said has answered, and stays so.
            return Err(if kind.may_end() {
                Halt::Unanswered(Box::new(kind.clone()))
            } else {
                Halt::Cancelled
            });
        };
        self.trace(Event::HumanInTheLoopResponse {
            request_id: id.clone(),
            key: Some(self.key.to_string()),
            prepared: None,
            client_message,
            content: Box::new(reply.clone()),
        })
        .await?;
        self.shared.end_wait(whom).await?;
        Ok(reply)
    }

    async fn emit_request(&self, id: &RequestId, kind: &RequestKind) -> Result<(), Halt> {
        self.trace(Event::HumanInTheLoopRequest {
            request_id: id.clone(),
            content: Box::new(kind.clone()),
            key: Some(self.key.to_string()),
        })
        .await
    }

    async fn emit_reply(
        &self,
        id: &RequestId,
        reply: &Reply,
        prepared: Option<u64>,
    ) -> Result<(), Halt> {
        self.trace(Event::HumanInTheLoopResponse {
            request_id: id.clone(),
            key: Some(self.key.to_string()),
            prepared,
            client_message: None,
            content: Box::new(reply.clone()),
        })
        .await
    }
}

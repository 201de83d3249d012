//! Requests beside those to models: for tokens, sessions and lists.

use std::time::Duration;

use reqwest::Request;
use tokio::time::timeout;

use super::error::{Asked, Failed};
use super::http::HttpClients;
use crate::net::body::{self, BodyError};
use crate::net::client::{TlsFiles, Way};

/// A request that is made once.
pub(super) struct SideRequest<'r> {
    pub(super) request: Request,
    /// The server that it goes to, and the way there.
    pub(super) asked: Asked<'r>,
    pub(super) way: Way,
    pub(super) tls: &'r TlsFiles,
    /// How long the whole answer may take.
    pub(super) limit: Duration,
    /// How many bytes it may have.
    pub(super) max_bytes: usize,
}

impl SideRequest<'_> {
    /// The body of the answer.
    ///
    /// # Errors
    /// There was none in time, it is too large, or the server refused.
    pub(super) async fn answer(self, clients: &HttpClients) -> Result<String, Failed> {
        let (endpoint, limit) = (self.asked.endpoint, self.limit);
        let place = clients.place(self.way, self.request.url(), self.tls, None);
        let place = place.await.map_err(Failed::finally)?;
        let asking = async {
            let sent = place.client.execute(self.request).await;
            let mut answer = sent.map_err(|error| self.asked.unreachable(error))?;
            let status = answer.status();
            if !status.is_success() {
                // One that never ends must not hide the status.
                let body = body::beginning(&mut answer, self.max_bytes, limit / 2).await;
                let body = String::from_utf8_lossy(&body);
                return Err(self.asked.refused(status.as_u16(), &body, None));
            }
            let body = body::whole(&mut answer, self.max_bytes).await;
            body.map_err(|error| match error {
                BodyError::BrokenOff(error) => self.asked.unreachable(error),
                BodyError::TooLarge => Failed::bad_answer(format!(
                    "`{endpoint}` sent an answer of more than {} KB",
                    self.max_bytes / 1024
                )),
            })
        };
        let body = timeout(limit, Box::pin(asking))
            .await
            .unwrap_or_else(|_elapsed| {
                let message = format!("`{endpoint}` did not answer within {} s", limit.as_secs());
                Err(Failed::transport(message))
            })?;
        String::from_utf8(body).map_err(|error| self.asked.not_utf8(error.as_bytes()))
    }
}

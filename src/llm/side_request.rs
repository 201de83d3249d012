//! Requests other than model calls: for tokens, sessions and lists of models.

use std::time::Duration;

use reqwest::Request;
use tokio::time::timeout;

use super::error::{Asked, Failed};
use super::http::HttpClients;
use crate::net::body::{self, BodyError};
use crate::net::client::{TlsFiles, Way};

/// A request that is sent once, without retries.
pub(super) struct SideRequest<'r> {
    pub(super) request: Request,
    /// The server, for error messages.
    pub(super) asked: Asked<'r>,
    pub(super) way: Way,
    pub(super) tls: &'r TlsFiles,
    /// The time limit of the whole answer.
    pub(super) limit: Duration,
    /// The maximum size of the answer, in bytes.
    pub(super) max_bytes: usize,
}

impl SideRequest<'_> {
    /// Returns the body of the answer.
    ///
    /// # Errors
    /// There was no answer in time, it is too large, or the server returned an error.
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

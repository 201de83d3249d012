//! Servers of the network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::common::client_side_sse::ExponentialBackoff;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;

use super::http_client::HttpClient;
use super::target::Remote;
use crate::base::bounded::truncated;
use crate::base::redact::Redactor;
use crate::net::body;
use crate::net::client::client;
use crate::tools::http::CLIENTS;

/// How often a stream that broke off is taken up again, with pauses that double.
const MAX_RESUMPTIONS: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How much of what a server says about a refusal is shown, in bytes.
const MAX_REASON_BYTES: usize = 300;
/// How much of it is read.
const MAX_DIAGNOSIS: usize = 64 * 1024;
/// How long it is waited for.
const DIAGNOSIS_LIMIT: Duration = Duration::from_secs(10);

/// The client for a server.
///
/// # Errors
/// Why there is none, in words for people.
pub(super) async fn client_of(remote: &Remote) -> Result<Client, String> {
    let client = client(&remote.url, &remote.tls, CLIENTS).await;
    client.map_err(|error| error.to_string())
}

/// The connection to a server that speaks streamable HTTP; nothing is sent before the first message.
pub(super) fn streamable_http(
    client: Client,
    remote: &Remote,
) -> StreamableHttpClientTransport<HttpClient> {
    let headers = remote
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    let mut config = StreamableHttpClientTransportConfig::with_uri(remote.url.as_str())
        .custom_headers(headers.collect::<HashMap<_, _>>());
    // Else the call of a server that died waits for its read timeout.
    let mut resumption = ExponentialBackoff::default();
    resumption.max_times = Some(MAX_RESUMPTIONS);
    resumption.base_duration = FIRST_PAUSE;
    config.retry_config = Arc::new(resumption);
    let client = HttpClient::new(client, remote.redactor());
    StreamableHttpClientTransport::with_client(client, config)
}

/// A refusal in words: the status and the beginning of what the server says, without what it was sent in secret.
pub(super) async fn refused(mut answer: Response, redactor: &Redactor) -> String {
    let status = answer.status();
    in_words(status, &beginning(&mut answer).await, redactor)
}

/// The beginning of an answer, as far as it comes.
pub(super) async fn beginning(answer: &mut Response) -> Vec<u8> {
    body::beginning(answer, MAX_DIAGNOSIS, DIAGNOSIS_LIMIT).await
}

/// The words of a refusal whose beginning was read.
pub(super) fn in_words(status: StatusCode, said: &[u8], redactor: &Redactor) -> String {
    let said = redactor.clean(&String::from_utf8_lossy(said));
    match truncated(said.trim(), MAX_REASON_BYTES).as_str() {
        "" => format!("it answered {status}"),
        said => format!("it answered {status}: {said}"),
    }
}

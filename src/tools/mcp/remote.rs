//! MCP servers in the network.

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

/// How often a broken stream is resumed, with doubling pauses.
const MAX_RESUMPTIONS: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The maximum number of bytes of a server's text in an error message.
const MAX_REASON_BYTES: usize = 300;
/// The maximum number of bytes that are read of an error response.
const MAX_DIAGNOSIS: usize = 64 * 1024;
/// The time limit for reading an error response.
const DIAGNOSIS_LIMIT: Duration = Duration::from_secs(10);

/// Makes the client for a server.
///
/// # Errors
/// The reason why there is no client, for people.
pub(super) async fn client_of(remote: &Remote) -> Result<Client, String> {
    let client = client(&remote.url, &remote.tls, CLIENTS).await;
    client.map_err(|error| error.to_string())
}

/// Makes the connection to a server with streamable HTTP; nothing is sent before the first message.
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

/// Describes an error response: the status and the beginning of the server's text, with secrets
/// masked.
pub(super) async fn refused(mut answer: Response, redactor: &Redactor) -> String {
    let status = answer.status();
    in_words(status, &beginning(&mut answer).await, redactor)
}

/// Reads the beginning of an answer, as far as it is available.
pub(super) async fn beginning(answer: &mut Response) -> Vec<u8> {
    body::beginning(answer, MAX_DIAGNOSIS, DIAGNOSIS_LIMIT).await
}

/// Describes an error response whose beginning was already read.
pub(super) fn in_words(status: StatusCode, said: &[u8], redactor: &Redactor) -> String {
    let said = redactor.clean(&String::from_utf8_lossy(said));
    match truncated(said.trim(), MAX_REASON_BYTES).as_str() {
        "" => format!("it answered {status}"),
        said => format!("it answered {status}: {said}"),
    }
}

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
use crate::base::causes::innermost;
use crate::tools::http::client;

/// How often a stream that broke off is taken up again, with pauses that double.
const MAX_RESUMPTIONS: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How much of what a server says about a refusal is told, in bytes.
const MAX_REASON_BYTES: usize = 300;

/// The client for a server.
///
/// # Errors
/// Why there is none, in words for people.
pub(super) fn client_of(remote: &Remote) -> Result<Client, String> {
    // A compressed stream is buffered by some servers and proxies until it ends.
    let builder = client::builder(&remote.url, &remote.tls)?.no_gzip();
    builder.build().map_err(|error| innermost(&error))
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
    StreamableHttpClientTransport::with_client(HttpClient::new(client), config)
}

/// A refusal in words: the status and the beginning of what the server says.
pub(super) async fn refused(mut answer: Response) -> String {
    let mut said = Vec::new();
    while said.len() < MAX_REASON_BYTES
        && let Ok(Some(bytes)) = answer.chunk().await
    {
        said.extend_from_slice(&bytes);
    }
    in_words(answer.status(), &said)
}

/// The same of an answer that was read.
pub(super) fn in_words(status: StatusCode, said: &[u8]) -> String {
    let said = String::from_utf8_lossy(&said[..said.len().min(MAX_REASON_BYTES)]);
    match said.trim() {
        "" => format!("it answered {status}"),
        said => format!("it answered {status}: {said}"),
    }
}

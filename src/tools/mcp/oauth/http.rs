//! Requests to authorization servers.

use std::time::Duration;

use reqwest::{Client, Response};
use rmcp::transport::{
    OAuthHttpClient, OAuthHttpClientError, OAuthHttpClientFuture, OAuthHttpRequest,
};
use url::{Host, Url};

use crate::base::address::{shown_address, shown_text};
use crate::net::body;
use crate::net::causes::innermost;
use crate::net::client::{self, ClientOptions, TlsFiles};
use crate::tools::http::CLIENTS;

/// The maximum size of an authorization server's answer, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The time limit for a complete answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Parses an address to which a secret may be sent: it must be encrypted or on this machine.
///
/// # Errors
/// The reason why the address is not safe, for people.
pub(super) fn safe(address: &str) -> Result<Url, String> {
    let url: Url = address
        .parse()
        .map_err(|error| format!("`{}` is not an address: {error}", shown_text(address)))?;
    if url.scheme() == "https" || (url.scheme() == "http" && is_of_this_machine(&url)) {
        Ok(url)
    } else {
        Err(format!("`{}` is not encrypted", shown_address(&url)))
    }
}

/// Returns whether an address is on the loopback interface.
pub(super) fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Makes a client for an authorization server.
///
/// # Errors
/// The reason why there is no client, for people.
pub(super) async fn http_client(url: &Url) -> Result<Client, String> {
    let options = ClientOptions {
        answer_timeout: Some(ANSWER_LIMIT),
        takes_gzip: true,
        ..CLIENTS
    };
    let client = client::client(url, &TlsFiles::default(), options).await;
    client.map_err(|error| error.to_string())
}

/// Reads the body of an answer.
///
/// # Errors
/// The connection broke, or the body is too large.
pub(super) async fn body(answer: &mut Response) -> Result<Vec<u8>, String> {
    let body = body::whole(answer, MAX_ANSWER_BYTES).await;
    body.map_err(|error| innermost(&error))
}

/// The SDK's access to authorization servers: only to safe addresses, with the proxies and
/// certificates of all other requests, without redirects, and with a size limit for answers.
#[derive(Debug)]
pub(super) struct OAuthHttp;

impl OAuthHttpClient for OAuthHttp {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request.request)?;
            let url = safe(request.url().as_str())?;
            let mut answer = http_client(&url)
                .await?
                .execute(request)
                .await
                .map_err(|error| OAuthHttpClientError::from(innermost(&error)))?;
            let body = body(&mut answer).await?;
            Ok(axum::http::Response::<reqwest::Body>::from(answer).map(|_read| body))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_to_encrypted_addresses_or_stay_on_this_machine() {
        for (address, is_safe) in [
            ("https://auth.example/token", true),
            ("http://localhost:8080/token", true),
            ("http://127.0.0.1/token", true),
            ("http://[::1]/token", true),
            ("http://auth.example/token", false),
            ("ftp://localhost/token", false),
            ("token", false),
        ] {
            assert_eq!(safe(address).is_ok(), is_safe, "{address}");
        }
    }
}

//! Request signatures for Oracle's cloud.
//!
//! Source: draft-cavage-http-signatures-08, with the headers that OCI requires.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Request;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, HeaderName, HeaderValue};

use super::signing_key::{KeyError, SigningKey};
use crate::base::clock::Timestamp;

const BODY_DIGEST: HeaderName = HeaderName::from_static("x-content-sha256");
const AUTHORIZATION: HeaderName = reqwest::header::AUTHORIZATION;

/// Adds the date, the digest of `body` and the signature to a request.
///
/// # Errors
/// [`KeyError`] if the key can't sign.
pub(super) fn sign(
    request: &mut Request,
    body: Option<&[u8]>,
    key: &SigningKey,
    key_id: &str,
    now: Timestamp,
) -> Result<(), KeyError> {
    let date = now.to_utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let host = host(request.url());
    let mut signed = vec![
        ("date", date.clone()),
        ("(request-target)", target(request)),
        ("host", host.clone()),
    ];
    set(request, DATE, &date);
    set(request, HOST, &host);
    if let Some(body) = body {
        let length = body.len().to_string();
        let hash = STANDARD.encode(digest(&SHA256, body));
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or("application/json")
            .to_owned();
        set(request, CONTENT_LENGTH, &length);
        set(request, CONTENT_TYPE, &content_type);
        set(request, BODY_DIGEST, &hash);
        signed.extend([
            ("content-length", length),
            ("content-type", content_type),
            ("x-content-sha256", hash),
        ]);
    }
    let lines: Vec<String> = signed
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let signature = STANDARD.encode(key.sign(lines.join("\n").as_bytes())?);
    let authorization = format!(
        "Signature version=\"1\",keyId=\"{key_id}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{signature}\"",
        names.join(" "),
    );
    set(request, AUTHORIZATION, &authorization);
    Ok(())
}

/// Returns the request target in the signature: `post /20231130/actions/chat?x=1`.
fn target(request: &Request) -> String {
    let method = request.method().as_str().to_lowercase();
    let url = request.url();
    match url.query() {
        Some(query) => format!("{method} {}?{query}", url.path()),
        None => format!("{method} {}", url.path()),
    }
}

/// Returns the host as in the header: with the port, unless it is the default one.
fn host(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or("");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Sets a header, replacing existing ones. Dates, digests, ids and encoded bytes are always valid
/// header values; an invalid key id is left out, and the server then rejects the request.
fn set(request: &mut Request, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(name == AUTHORIZATION);
        request.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests;

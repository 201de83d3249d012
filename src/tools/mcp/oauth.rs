//! Access tokens for servers that want one: OAuth 2 with a registered client's own credentials.
//!
//! Nobody is asked and nothing is stored: a token lives as long as its session. What needs a person (an authorization
//! code, a registration) is refused.
//!
//! Source: RFC 6749 (4.4), RFC 8414 (3), RFC 8707 (2).

use std::fmt;
use std::sync::Arc;

use reqwest::Client;
use reqwest::header::{ACCEPT, HeaderValue};
use serde_json::Value;
use url::{Host, Url};

use super::remote::refused;
use super::target::given;
use crate::base::causes::innermost;
use crate::base::secret::Secret;
use crate::profile::{TlsFiles, shown_address};
use crate::spec::Component;
use crate::spec::language::{OAuthClientConfig, OAuthConfig};
use crate::tools::executor::{ToolError, ToolErrorKind};
use crate::tools::http::client;

/// The most that an authorization server may say, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// What a token is asked for with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    authority: Authority,
    client_id: Secret,
    client_secret: Secret,
    /// Whether the secret goes into the body and not into a header.
    is_posted: bool,
    /// With spaces between.
    scopes: Option<String>,
    /// What the token is for.
    resource: String,
}

/// Where a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authority {
    Endpoint(Url),
    /// The server says where.
    Issuer(Url),
}

impl Grant {
    /// What an `auth` gives for the server at `url`.
    ///
    /// # Errors
    /// It needs a person, or can't be used.
    pub(super) fn of(auth: &Arc<Component>, url: &Url) -> Result<Self, ToolError> {
        let wrong = |why: &dyn fmt::Display| {
            ToolError::new(
                ToolErrorKind::Configuration,
                format!("the authorization `{}` can't be used: {why}", auth.name()),
            )
        };
        let config = OAuthConfig::of(auth)
            .ok_or_else(|| wrong(&format!("it is a `{}`", auth.type_name())))?;
        let client = OAuthClientConfig::of(config.client())
            .ok_or_else(|| wrong(&"its client has errors"))?;
        let id = given(client.component(), client.client_id())?.and_then(Value::as_str);
        let secret = given(client.component(), client.client_secret())?.and_then(Value::as_str);
        let (Some(id), Some(secret), "pre_registered") = (id, secret, client.registration()) else {
            let why = "only a `pre_registered` client with `client_id` and `client_secret` can be, because all others \
                       need a person's consent in a browser";
            return Err(wrong(&why).with_hint(
                "or give an access token as an `Authorization` header in `sensitive_headers`",
            ));
        };
        let method = client
            .token_endpoint_auth_method()
            .unwrap_or("client_secret_basic");
        if !matches!(method, "client_secret_basic" | "client_secret_post") {
            return Err(wrong(&format!("`{method}` is not done here")));
        }
        let endpoint = config
            .endpoints()
            .and_then(|endpoints| endpoints.get("token_endpoint")?.as_str());
        let authority = match (endpoint, config.issuer()) {
            (Some(endpoint), _) => Authority::Endpoint(safe(endpoint).map_err(|why| wrong(&why))?),
            (None, Some(issuer)) => Authority::Issuer(safe(issuer).map_err(|why| wrong(&why))?),
            (None, None) => return Err(wrong(&"it has neither `endpoints` nor an `issuer`")),
        };
        let scopes = config.scopes().and_then(|scopes| match scopes.as_value()? {
            Value::String(scopes) => Some(scopes.clone()),
            Value::Array(scopes) => {
                let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
                Some(scopes.join(" "))
            }
            _ => None,
        });
        Ok(Self {
            authority,
            client_id: Secret::new(id),
            client_secret: Secret::new(secret),
            is_posted: method == "client_secret_post",
            scopes,
            resource: config
                .resource()
                .map_or_else(|| shown_address(url), str::to_owned),
        })
    }

    /// Asks for a token; gives the header that shows it.
    ///
    /// # Errors
    /// Why there is none, in words for people; never the secret.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, String> {
        let endpoint = match &self.authority {
            Authority::Endpoint(endpoint) => endpoint.clone(),
            Authority::Issuer(issuer) => discovered(issuer).await?,
        };
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("resource", &self.resource),
        ];
        form.extend(self.scopes.as_deref().map(|scopes| ("scope", scopes)));
        let (id, secret) = (self.client_id.expose(), self.client_secret.expose());
        let request = http_client(&endpoint)?
            .post(endpoint.clone())
            .header(ACCEPT, "application/json");
        let request = if self.is_posted {
            form.extend([("client_id", id), ("client_secret", secret)]);
            request
        } else {
            request.basic_auth(encoded(id), Some(encoded(secret)))
        };
        let answer = answered(request.form(&form)).await.map_err(|why| {
            format!(
                "there is no token from `{}`: {why}",
                shown_address(&endpoint)
            )
        })?;
        let token = answer.get("access_token").and_then(Value::as_str);
        let header = token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
        let mut header = header
            .ok_or_else(|| format!("`{}` answered without a token", shown_address(&endpoint)))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// An address that a secret may be sent to: encrypted, or of this machine.
fn safe(address: &str) -> Result<Url, String> {
    let url: Url = address
        .parse()
        .map_err(|error| format!("`{address}` is not an address: {error}"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        Ok(url)
    } else {
        Err(format!("`{}` is not encrypted", shown_address(&url)))
    }
}

/// The token endpoint of an authorization server, as it says itself.
async fn discovered(issuer: &Url) -> Result<Url, String> {
    let path = issuer.path().trim_end_matches('/');
    let mut last = String::new();
    for place in [
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ] {
        let mut address = issuer.clone();
        address.set_path(&place);
        let asked = http_client(issuer)?
            .get(address)
            .header(ACCEPT, "application/json");
        let said = match answered(asked).await {
            Ok(said) => said,
            Err(why) => {
                last = why;
                continue;
            }
        };
        // Else another server could speak for this one.
        let speaks_for = said
            .get("issuer")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if speaks_for.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
            return Err(format!(
                "`{}` speaks for another issuer",
                shown_address(issuer)
            ));
        }
        let endpoint = said.get("token_endpoint").and_then(Value::as_str);
        return safe(endpoint.ok_or("the authorization server names no token endpoint")?);
    }
    Err(format!(
        "`{}` does not say where tokens are: {last}",
        shown_address(issuer)
    ))
}

fn http_client(url: &Url) -> Result<Client, String> {
    let builder = client::builder(url, &TlsFiles::default())?;
    builder.build().map_err(|error| innermost(&error))
}

/// The JSON that a server answers with.
async fn answered(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let mut answer = request.send().await.map_err(|error| innermost(&error))?;
    if !answer.status().is_success() {
        return Err(refused(answer).await);
    }
    let mut body = Vec::new();
    while let Some(bytes) = answer.chunk().await.map_err(|error| innermost(&error))? {
        body.extend_from_slice(&bytes);
        if body.len() > MAX_ANSWER_BYTES {
            return Err("it answered too much".to_owned());
        }
    }
    serde_json::from_slice(&body).map_err(|_no_json| "its answer is no JSON".to_owned())
}

/// As RFC 6749 (2.3.1) wants names and secrets in the header.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
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

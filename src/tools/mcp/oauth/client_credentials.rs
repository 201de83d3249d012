//! Tokens for a registered client by its own credentials, without a person.
//!
//! Source: RFC 6749 (4.4), RFC 8414 (3), RFC 8707 (2).

use reqwest::header::ACCEPT;
use serde_json::Value;
use url::Url;

use super::http::{body, http_client, safe};
use super::sign_in::{Secrets, scopes_of};
use crate::base::address::shown_address;
use crate::base::redact::Redactor;
use crate::base::secret::Secret;
use crate::net::causes::innermost;
use crate::spec::language::{OAuthClientConfig, OAuthConfig};
use crate::tools::mcp::remote::in_words;

/// The error codes of a server that knows the client but does not allow this grant.
const WRONG_GRANT: [&str; 2] = ["unauthorized_client", "unsupported_grant_type"];

/// The credentials for requesting a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientCredentials {
    authority: Authority,
    client_id: Secret,
    client_secret: Secret,
    /// Whether the secret is sent in the body instead of a header.
    is_posted: bool,
    /// The scopes, separated by blanks.
    scopes: Option<String>,
    /// The resource for which the token is valid.
    resource: String,
}

/// The source of the token endpoint's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authority {
    Endpoint(Url),
    /// The metadata of this issuer.
    Issuer(Url),
}

/// The reason why there is no token.
pub(super) enum NoToken {
    /// The client is not registered for this grant.
    WrongGrant,
    /// The server rejects the client permanently. The text is for people and never contains the
    /// secret.
    Refused(String),
    /// Another reason. The text is for people and never contains the secret.
    Other(String),
}

impl From<String> for NoToken {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

impl ClientCredentials {
    /// Returns the credentials in a configuration for the server at `url`; `None` if the client is
    /// not registered or has no secret, or if no authorization server is named.
    ///
    /// # Errors
    /// An address is not safe; the text is for people.
    pub(super) fn of(
        config: &OAuthConfig,
        client: &OAuthClientConfig,
        secrets: &Secrets<'_>,
        url: &Url,
    ) -> Result<Option<Self>, String> {
        let (Some(id), Some(secret), "pre_registered") =
            (secrets.id, secrets.secret, client.registration())
        else {
            return Ok(None);
        };
        let endpoint = config
            .endpoints()
            .and_then(|endpoints| endpoints.get("token_endpoint")?.as_str());
        let authority = match (endpoint, config.issuer()) {
            (Some(endpoint), _) => Authority::Endpoint(safe(endpoint)?),
            (None, Some(issuer)) => Authority::Issuer(safe(issuer)?),
            (None, None) => return Ok(None),
        };
        let scopes = scopes_of(config);
        Ok(Some(Self {
            authority,
            client_id: Secret::new(id),
            client_secret: Secret::new(secret),
            is_posted: client.token_endpoint_auth_method() == Some("client_secret_post"),
            scopes: (!scopes.is_empty()).then(|| scopes.join(" ")),
            resource: config
                .resource()
                .map_or_else(|| shown_address(url), str::to_owned),
        }))
    }

    /// Requests a token.
    pub(super) async fn token(&self) -> Result<Secret, NoToken> {
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
        let request = http_client(&endpoint)
            .await?
            .post(endpoint.clone())
            .header(ACCEPT, "application/json");
        let request = if self.is_posted {
            form.extend([("client_id", id), ("client_secret", secret)]);
            request
        } else {
            request.basic_auth(encoded(id), Some(encoded(secret)))
        };
        let mut redactor = Redactor::default();
        redactor.add_secret(&self.client_secret);
        // As the header has both.
        redactor.add(&format!("{}:{}", encoded(id), encoded(secret)));
        let answer = match answered(request.form(&form), &redactor).await {
            Ok(answer) => answer,
            Err(Refusal::Named { code, .. }) if WRONG_GRANT.contains(&code.as_str()) => {
                return Err(NoToken::WrongGrant);
            }
            Err(refusal) => {
                let is_final = matches!(refusal, Refusal::Named { .. });
                let (place, why) = (shown_address(&endpoint), refusal.into_words());
                let why = format!("there is no token from `{place}`: {why}");
                return Err(if is_final {
                    NoToken::Refused(why)
                } else {
                    NoToken::Other(why)
                });
            }
        };
        let token = answer.get("access_token").and_then(Value::as_str);
        let token = token
            .ok_or_else(|| format!("`{}` answered without a token", shown_address(&endpoint)))?;
        Ok(Secret::new(token))
    }
}

/// Returns the token endpoint from the metadata of an authorization server.
async fn discovered(issuer: &Url) -> Result<Url, String> {
    let path = issuer.path().trim_end_matches('/');
    let mut last = String::new();
    for place in [
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ] {
        let mut address = issuer.clone();
        address.set_path(&place);
        let asked = http_client(issuer)
            .await?
            .get(address)
            .header(ACCEPT, "application/json");
        let said = match answered(asked, &Redactor::default()).await {
            Ok(said) => said,
            Err(refusal) => {
                last = refusal.into_words();
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

/// The reason why a request to the server failed.
enum Refusal {
    /// An OAuth error.
    Named {
        code: String,
        why: String,
    },
    Other(String),
}

impl Refusal {
    fn into_words(self) -> String {
        match self {
            Self::Named { why, .. } | Self::Other(why) => why,
        }
    }
}

/// Returns the JSON of a server's answer; in error messages, secrets are masked.
async fn answered(request: reqwest::RequestBuilder, redactor: &Redactor) -> Result<Value, Refusal> {
    let sent = request.send().await;
    let mut answer = sent.map_err(|error| Refusal::Other(innermost(&error)))?;
    let body = body(&mut answer).await.map_err(Refusal::Other)?;
    let said: Result<Value, _> = serde_json::from_slice(&body);
    if answer.status().is_success() {
        return said.map_err(|_no_json| Refusal::Other("its answer is not JSON".to_owned()));
    }
    let why = in_words(answer.status(), &body, redactor);
    let code = said
        .ok()
        .and_then(|said| said.get("error")?.as_str().map(str::to_owned));
    Err(match code {
        Some(code) => Refusal::Named { code, why },
        None => Refusal::Other(why),
    })
}

/// Encodes a name or secret for the header, as required by RFC 6749 (2.3.1).
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

//! Access tokens for Google Cloud, for a service account or a signed-in user.
//!
//! Source: RFC 7523 (a signed assertion instead of a password) and RFC 6749 section 6, as
//! implemented by Google's token endpoint.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::authorizer::add_google_secrets;
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::model::{ModelError, ModelErrorKind};
use super::renewed::Renewed;
use super::side_request::SideRequest;
use super::signing_key::{KeyError, SigningKey};
use crate::base::address::shown_address;
use crate::base::clock::{SharedClock, Timestamp};
use crate::base::redact::Redactor;
use crate::base::secret::Secret;
use crate::net::client::{TlsFiles, Way};
use crate::profile::GoogleCredentials;

/// The scope of the tokens.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The lifetime of an assertion, which is the maximum that Google allows.
const LIFETIME: Duration = Duration::from_hours(1);
/// The time limit of the token endpoint.
const LIMIT: Duration = Duration::from_secs(30);
/// The maximum size of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The tokens of one account; one token at a time, renewed before it expires.
#[derive(Debug)]
pub(super) struct GoogleTokens {
    credentials: GoogleCredentials,
    clock: SharedClock,
    bearer: Renewed<Secret>,
}

impl GoogleTokens {
    pub(super) fn new(credentials: GoogleCredentials, clock: SharedClock) -> Self {
        Self {
            credentials,
            bearer: Renewed::new(clock.clone()),
            clock,
        }
    }

    /// Returns a valid token.
    ///
    /// # Errors
    /// The token endpoint rejects the request, or the private key can't be used.
    pub(super) async fn bearer(&self, clients: &HttpClients) -> Result<Secret, Failed> {
        let bearer = self.bearer.get(self.fetch(clients)).await?;
        Ok(Secret::clone(&bearer))
    }

    async fn fetch(&self, clients: &HttpClients) -> Result<(Secret, Timestamp), Failed> {
        let url = self.credentials.token_url();
        let now = self.clock.now();
        let form = self.form(now)?;
        let endpoint = shown_address(url);
        let mut sent = Redactor::default();
        add_google_secrets(&mut sent, &self.credentials);
        for (name, value) in &form {
            if *name != "grant_type" {
                sent.add(value);
            }
        }
        let form = Serializer::new(String::new()).extend_pairs(&form).finish();
        let mut request = Request::new(Method::POST, url.clone());
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(form.into());
        let asking = SideRequest {
            request,
            asked: Asked::beside(&endpoint, &sent),
            way: Way::ThroughProxies,
            tls: &TlsFiles::default(),
            limit: LIMIT,
            max_bytes: MAX_ANSWER_BYTES,
        };
        let body = asking.answer(clients).await.map_err(|mut failed| {
            let status = failed.error.status;
            if status.is_some_and(|status| status < 500 && status != 429) {
                failed.error.kind = ModelErrorKind::Authentication;
                failed.error.hint =
                    Some("check `credentials` of the model, and the machine's clock".to_owned());
            }
            failed
        })?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let bearer = body.get("access_token").and_then(Value::as_str);
        let bearer = bearer.ok_or_else(|| {
            Failed::bad_answer(format!(
                "`{endpoint}` sent an answer without `access_token`"
            ))
        })?;
        let seconds = body.get("expires_in").and_then(Value::as_u64);
        let lifetime = seconds.map_or(LIFETIME, Duration::from_secs);
        Ok((Secret::new(bearer), now.plus(lifetime)))
    }

    /// Returns the form fields for the token endpoint.
    fn form(&self, now: Timestamp) -> Result<Vec<(&'static str, String)>, Failed> {
        match &self.credentials {
            GoogleCredentials::ServiceAccount {
                email,
                private_key,
                key_id,
                token_url,
            } => {
                let key = SigningKey::from_pem(private_key, None).map_err(refused_key)?;
                let mut header = json!({"alg": "RS256", "typ": "JWT"});
                if let Some(key_id) = key_id {
                    header["kid"] = json!(key_id);
                }
                let issued = now.as_ns() / 1_000_000_000;
                let claims = json!({
                    "iss": email,
                    "scope": SCOPE,
                    "aud": token_url.as_str(),
                    "iat": issued,
                    "exp": issued + LIFETIME.as_secs(),
                });
                Ok(vec![
                    (
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned(),
                    ),
                    (
                        "assertion",
                        jwt(&key, &header, &claims).map_err(refused_key)?,
                    ),
                ])
            }
            GoogleCredentials::AuthorizedUser {
                client_id,
                client_secret,
                refresh_token,
                token_url: _,
            } => Ok(vec![
                ("grant_type", "refresh_token".to_owned()),
                ("client_id", client_id.clone()),
                ("client_secret", client_secret.expose().to_owned()),
                ("refresh_token", refresh_token.expose().to_owned()),
            ]),
        }
    }
}

fn refused_key(error: KeyError) -> Failed {
    let hint = error.hint();
    let error = ModelError::new(ModelErrorKind::Configuration, error.to_string());
    Failed::finally(error.with_hint(hint))
}

/// Makes a signed JSON Web Token.
fn jwt(key: &SigningKey, header: &Value, claims: &Value) -> Result<String, KeyError> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Ok(format!("{signed}.{signature}"))
}

#[cfg(test)]
mod tests;

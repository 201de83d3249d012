//! Access tokens of Google's cloud, for a service account or a signed-in user.
//!
//! Source: RFC 7523 (a signed assertion in place of a password) and RFC 6749 section 6, as
//! Google's token endpoint takes them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::authorizer::add_google_secrets;
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::model::{ModelError, ModelErrorKind};
use super::renewed::Renewed;
use super::signing_key::{KeyError, SigningKey};
use crate::base::address::shown_address;
use crate::base::clock::{SharedClock, Timestamp};
use crate::base::redact::Redactor;
use crate::base::secret::Secret;
use crate::profile::{GoogleCredentials, TlsFiles};

/// What a token may be used for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// How long an assertion holds; the most that is allowed.
const LIFETIME: Duration = Duration::from_hours(1);
/// How long the token endpoint has to answer.
const LIMIT: Duration = Duration::from_secs(30);
/// The most that is read of an answer, in bytes; a longer one is cut, and then no token.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// The tokens of one account: one at a time, renewed before it ends.
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

    /// A token that holds for a while.
    ///
    /// # Errors
    /// The token endpoint's refusal, or that of the private key.
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
        let asked = Asked {
            endpoint: &endpoint,
            model_id: "",
            has_key: false,
            sent: &sent,
        };
        let place = clients.place(url, &TlsFiles::default()).await;
        let place = place.map_err(|error| {
            let error = ModelError::new(ModelErrorKind::Configuration, error.to_string());
            Failed::finally(error)
        })?;
        let asking = async {
            let mut response = place.client.post(url.clone()).form(&form).send().await?;
            let mut body = Vec::new();
            while let Some(bytes) = response.chunk().await? {
                body.extend_from_slice(&bytes);
                if body.len() > MAX_ANSWER_BYTES {
                    break;
                }
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            Ok::<_, reqwest::Error>((response.status().as_u16(), body))
        };
        let (status, body) = match timeout(LIMIT, asking).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => return Err(asked.unreachable(error)),
            Err(_elapsed) => {
                let message = format!("`{endpoint}` did not answer within {} s", LIMIT.as_secs());
                return Err(Failed::transport(message));
            }
        };
        if !(200..300).contains(&status) {
            let mut failed = asked.refused(status, &body, None);
            if status < 500 && status != 429 {
                failed.error.kind = ModelErrorKind::Authentication;
                failed.error.hint =
                    Some("check `credentials` of the model, and the machine's clock".to_owned());
            }
            return Err(failed);
        }
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

    /// What the token endpoint is sent.
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

/// A JSON web token, signed.
fn jwt(key: &SigningKey, header: &Value, claims: &Value) -> Result<String, KeyError> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Ok(format!("{signed}.{signature}"))
}

#[cfg(test)]
mod tests;

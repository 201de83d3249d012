//! Shows an endpoint who asks: puts onto a request what its credentials make of it.

use std::sync::OnceLock;

use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::error::Failed;
use super::google_token::GoogleTokens;
use super::http::HttpClients;
use super::model::{ModelError, ModelErrorKind};
use super::oci_instance::InstancePrincipal;
use super::oci_signature;
use super::signing_key::{KeyError, SigningKey};
use super::wire::Wire;
use crate::base::clock::SharedClock;
use crate::base::redact::Redactor;
use crate::base::secret::Secret;
use crate::profile::{Credentials, GoogleCredentials, ModelEndpoint, OciKey};

/// Credentials at work: with tokens that are fetched and keys that are read when they are first
/// needed.
#[derive(Debug)]
pub(super) enum Authorizer {
    /// Nothing is shown.
    None,
    /// A key in a header.
    Key(Secret),
    /// A token of Google's.
    Google(GoogleTokens),
    /// A signature as Oracle wants it.
    Oci {
        key: OciKey,
        signing_key: OnceLock<Result<SigningKey, KeyError>>,
        clock: SharedClock,
    },
    /// A signature as Oracle wants it, by the machine that the program runs on.
    OciInstance(InstancePrincipal),
}

impl Authorizer {
    pub(super) fn new(credentials: &Credentials, clock: &SharedClock) -> Self {
        let clock = SharedClock::clone(clock);
        match credentials {
            Credentials::None => Self::None,
            Credentials::Key(key) => Self::Key(key.clone()),
            Credentials::Google(google) => Self::Google(GoogleTokens::new(google.clone(), clock)),
            Credentials::OciInstance(instance) => {
                Self::OciInstance(InstancePrincipal::new(instance.clone(), clock))
            }
            Credentials::Oci(key) => Self::Oci {
                key: key.clone(),
                signing_key: OnceLock::new(),
                clock,
            },
        }
    }

    /// Completes a request. `endpoint` is for the message of a failure.
    ///
    /// # Errors
    /// [`Failed`] when a token can't be had or a key can't be used.
    pub(super) async fn authorize(
        &self,
        request: &mut Request,
        wire: &dyn Wire,
        clients: &HttpClients,
        endpoint: &str,
    ) -> Result<(), Failed> {
        match self {
            Self::None => Ok(()),
            Self::Key(key) => {
                let (name, value) = wire.key_header(key.expose().trim());
                put(request, HeaderName::from_static(name), &value, endpoint)
            }
            Self::Google(tokens) => {
                // Boxed, as below: few requests need it, and each would have to hold room for it.
                let bearer = Box::pin(tokens.bearer(clients)).await?;
                let value = format!("Bearer {}", bearer.expose());
                put(request, AUTHORIZATION, &value, endpoint)
            }
            Self::OciInstance(principal) => {
                let body = body_of(request);
                Box::pin(principal.sign(request, body.as_deref(), clients)).await
            }
            Self::Oci {
                key,
                signing_key,
                clock,
            } => {
                let signing_key = signing_key.get_or_init(|| {
                    SigningKey::from_pem(&key.private_key, key.passphrase.as_ref())
                });
                let body = body_of(request);
                let signed = signing_key
                    .as_ref()
                    .map_err(|error| *error)
                    .and_then(|signing_key| {
                        let key_id = key.key_id.expose();
                        oci_signature::sign(
                            request,
                            body.as_deref(),
                            signing_key,
                            key_id,
                            clock.now(),
                        )
                    });
                signed.map_err(|error| {
                    let message = format!("can't sign requests to `{endpoint}`: {error}");
                    let refused = ModelError::new(ModelErrorKind::Configuration, message);
                    Failed::finally(refused.with_hint(error.hint()))
                })
            }
        }
    }
}

/// The secrets that requests to an endpoint carry, and those that they are signed with.
pub(super) fn secrets_of(target: &ModelEndpoint) -> Redactor {
    let mut sent = Redactor::default();
    sent.add_address(&target.url);
    add_secrets(&mut sent, &target.credentials);
    sent
}

/// Adds the secrets of credentials.
pub(super) fn add_secrets(sent: &mut Redactor, credentials: &Credentials) {
    match credentials {
        Credentials::None | Credentials::OciInstance(_) => {}
        Credentials::Key(key) => sent.add_secret(key),
        Credentials::Google(google) => add_google_secrets(sent, google),
        Credentials::Oci(key) => {
            sent.add_secret(&key.key_id);
            sent.add_secret(&key.private_key);
            if let Some(passphrase) = &key.passphrase {
                sent.add_secret(passphrase);
            }
        }
    }
}

/// Adds the secrets of an account of Google's.
pub(super) fn add_google_secrets(sent: &mut Redactor, google: &GoogleCredentials) {
    match google {
        GoogleCredentials::ServiceAccount { private_key, .. } => sent.add_secret(private_key),
        GoogleCredentials::AuthorizedUser {
            client_secret,
            refresh_token,
            ..
        } => {
            sent.add_secret(client_secret);
            sent.add_secret(refresh_token);
        }
    }
}

/// Remembers the credentials of a request: its token is known only when it is complete.
pub(super) fn learn(request: &Request, sent: &Redactor) {
    for (name, value) in request.headers() {
        if (value.is_sensitive() || name == AUTHORIZATION)
            && let Ok(value) = value.to_str()
        {
            sent.learn_header(value);
        }
    }
}

fn body_of(request: &Request) -> Option<Vec<u8>> {
    let body = request.body().and_then(reqwest::Body::as_bytes);
    body.map(<[u8]>::to_vec)
}

fn put(request: &mut Request, name: HeaderName, value: &str, endpoint: &str) -> Result<(), Failed> {
    let mut value = HeaderValue::from_str(value).map_err(|_holds_the_key| {
        let message = format!("the key for `{endpoint}` has characters that a header can't hold");
        let error = ModelError::new(ModelErrorKind::Configuration, message);
        Failed::finally(error.with_hint("check `api_key` of this model"))
    })?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

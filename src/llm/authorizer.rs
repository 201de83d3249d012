//! Authentication of requests: adds what an endpoint's credentials require.

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

/// Credentials in use; tokens are fetched and keys are read on first use.
#[derive(Debug)]
pub(super) enum Authorizer {
    /// No authentication.
    None,
    /// An API key in a header.
    Key(Secret),
    /// An access token for Google Cloud.
    Google(GoogleTokens),
    /// A signature for Oracle's cloud.
    Oci {
        key: OciKey,
        signing_key: OnceLock<Result<SigningKey, KeyError>>,
        clock: SharedClock,
    },
    /// A signature for Oracle's cloud with the identity of this machine.
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

    /// Adds the authentication to a request. Error messages name `endpoint`.
    ///
    /// # Errors
    /// [`Failed`] if a token can't be obtained or a key can't be used.
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

/// Returns the secrets that requests to an endpoint contain or are signed with.
pub(super) fn secrets_of(target: &ModelEndpoint) -> Redactor {
    let mut sent = Redactor::default();
    sent.add_address(&target.url);
    add_secrets(&mut sent, &target.credentials);
    sent
}

/// Adds the secrets of credentials to a redactor.
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

/// Adds the secrets of a Google account to a redactor.
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

/// Adds the credentials in a complete request to a redactor, since its token was not known before.
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

//! Access tokens for servers that want one (OAuth 2): by the credentials of a registered client, or by a person who signs
//! in with a browser.
//!
//! ```text
//! registered client with a secret ── its own credentials ──► token, kept in memory
//!        │ the server gives it none
//!        ▼
//! kept token ── run out ──► refreshed ── refused ──► register? ──► sign in ──► token, kept in a file
//! ```
//!
//! What the protocol says about a person's sign-in (finding the authorization server, PKCE, state, issuer, refresh) is
//! done by the protocol's SDK; asking, listening for the browser, and keeping tokens is ours.
//!
//! Source: RFC 6749, RFC 8252, RFC 8414, RFC 8707, and the chapter *Authorization* of the protocol.

mod authorization_server;
mod client_credentials;
mod http;
mod redirect;
mod sign_in;
mod token_store;

use std::fmt;
use std::sync::Arc;

use reqwest::header::HeaderValue;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use url::Url;

use self::client_credentials::{ClientCredentials, NoToken};
use self::sign_in::SignIn;
pub(super) use self::token_store::TokenStore;
use super::error::SessionError;
use super::target::given;
use crate::spec::Component;
use crate::spec::language::{OAuthClientConfig, OAuthConfig};
use crate::tools::executor::{ToolError, ToolErrorKind, ToolObserver};

/// The supported methods of client authentication at the token endpoint.
const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// The settings for obtaining a token, from an `OAuthConfig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    /// The credentials of a registered client with a secret and a known authorization server.
    credentials: Option<ClientCredentials>,
    sign_in: SignIn,
}

/// The context of a request for a token.
pub(super) struct AuthContext<'a> {
    pub(super) observer: &'a dyn ToolObserver,
    pub(super) tokens: &'a TokenStore,
    pub(super) tasks: &'a TaskTracker,
}

impl Grant {
    /// Reads the `auth` settings for the server at `url`.
    ///
    /// # Errors
    /// The settings are invalid.
    pub(super) fn of(auth: &Arc<Component>, url: &Url) -> Result<Self, ToolError> {
        let wrong = |why: &dyn fmt::Display| {
            ToolError::new(
                ToolErrorKind::Configuration,
                format!("the authorization `{}` can't be used: {why}", auth.name()),
            )
        };
        http::safe(url.as_str()).map_err(|why| wrong(&why))?;
        let config = OAuthConfig::of(auth)
            .ok_or_else(|| wrong(&format!("it is a `{}`", auth.type_name())))?;
        let client = OAuthClientConfig::of(config.client())
            .ok_or_else(|| wrong(&"its client has errors"))?;
        if let Some(method) = client.token_endpoint_auth_method()
            && !METHODS.contains(&method)
        {
            return Err(wrong(&format!("flowdeck does not support `{method}`")));
        }
        let [id, secret, document] = [
            client.client_id(),
            client.client_secret(),
            client.client_id_metadata_url(),
        ]
        .map(|field| given(client.component(), field));
        let secrets = sign_in::Secrets {
            id: id?.and_then(Value::as_str),
            // One that says that it proves nothing keeps its secret to itself.
            secret: secret?
                .and_then(Value::as_str)
                .filter(|_| client.token_endpoint_auth_method() != Some("none")),
            document: document?.and_then(Value::as_str),
        };
        Ok(Self {
            credentials: ClientCredentials::of(&config, &client, &secrets, url)
                .map_err(|why| wrong(&why))?,
            sign_in: SignIn::of(&config, &client, &secrets, url).map_err(|why| wrong(&why))?,
        })
    }

    /// Returns the header with a token. `is_refused` says that the server rejected the last token.
    ///
    /// # Errors
    /// [`SessionError::Lost`] if a registered client gets no token; [`SessionError::NotSignedIn`]
    /// if a person does not sign in, or can't.
    pub(super) async fn authorization(
        &self,
        is_refused: bool,
        auth: &AuthContext<'_>,
    ) -> Result<HeaderValue, SessionError> {
        let own = match &self.credentials {
            Some(credentials) => match credentials.token().await {
                Ok(token) => Some(token),
                // It is registered for persons who sign in.
                Err(NoToken::WrongGrant) => None,
                Err(NoToken::Refused(why)) => {
                    return Err(SessionError::NotSignedIn {
                        why,
                        was_refused: true,
                    });
                }
                Err(NoToken::Other(why)) => {
                    return Err(SessionError::Lost {
                        why,
                        was_sent: false,
                    });
                }
            },
            None => None,
        };
        let token = match own {
            Some(token) => token,
            None => Box::pin(self.sign_in.token(is_refused, auth)).await?,
        };
        let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_unprintable| not_signed_in("the token that it gave can't be sent"))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

fn not_signed_in(why: impl Into<String>) -> SessionError {
    SessionError::NotSignedIn {
        why: why.into(),
        was_refused: false,
    }
}

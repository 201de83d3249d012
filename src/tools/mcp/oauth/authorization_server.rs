//! An authorization server, accessed through the protocol's SDK.

use std::sync::Arc;

use rmcp::transport::auth::AuthorizationMetadata;
use rmcp::transport::{
    AuthError, AuthorizationManager, CredentialStore, InMemoryCredentialStore, StoredCredentials,
};
use url::Url;

use super::http::OAuthHttp;
use super::not_signed_in;
use crate::base::address::shown_address;
use crate::base::secret::Secret;
use crate::net::causes::innermost;
use crate::tools::mcp::error::SessionError;

/// An authorization server, for tokens of one resource.
pub(super) struct AuthorizationServer {
    pub(super) manager: AuthorizationManager,
    /// The store with the manager's tokens.
    pub(super) store: InMemoryCredentialStore,
}

impl AuthorizationServer {
    /// Makes the client for tokens of the resource at a URL.
    pub(super) async fn at(resource: &Url) -> Result<Self, SessionError> {
        let http = Arc::new(OAuthHttp);
        let made = AuthorizationManager::new_with_oauth_http_client(resource.clone(), http).await;
        let mut manager = made.map_err(|error| failed(&error))?;
        let store = InMemoryCredentialStore::new();
        manager.set_credential_store(store.clone());
        Ok(Self { manager, store })
    }

    /// Returns the current token, and the credentials to store.
    pub(super) async fn token(&self) -> Result<(StoredCredentials, Secret), AuthError> {
        let token = self.manager.get_access_token().await?;
        let credentials = self.store.load().await?;
        let credentials = credentials.ok_or(AuthError::AuthorizationRequired)?;
        Ok((credentials, Secret::new(token)))
    }

    /// Fetches the metadata of the authorization server.
    pub(super) async fn published(&self) -> Result<AuthorizationMetadata, SessionError> {
        let resolution = self.manager.resolve_metadata().await;
        let resolution = resolution.map_err(|error| failed(&error))?;
        if !resolution.source.is_discovered() {
            return Err(not_signed_in(
                "no authorization server says where to sign in; give `issuer` or `endpoints`",
            ));
        }
        Ok(resolution.metadata)
    }
}

/// Converts the error of a sign-in. An unreachable server is reported as such, not as a failed
/// sign-in.
pub(super) fn failed(error: &AuthError) -> SessionError {
    match error {
        AuthError::DiscoveryRequestFailed { url, source } => SessionError::Lost {
            why: format!(
                "`{}` does not say where to sign in: {}",
                shown_address(url),
                innermost(source.as_ref())
            ),
            was_sent: false,
        },
        error => not_signed_in(innermost(error)),
    }
}

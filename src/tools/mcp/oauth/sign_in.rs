//! Tokens for a person who signs in with a browser: an authorization code with PKCE.

use std::time::Duration;

use rmcp::transport::auth::{
    AuthorizationCallback, AuthorizationMetadata, OAuthClientConfig as RegisteredClient,
};
use rmcp::transport::{AuthError, AuthorizationManager, CredentialStore};
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

use super::authorization_server::{AuthorizationServer, failed};
use super::http::{is_of_this_machine, safe};
use super::redirect::{self, Redirect};
use super::token_store::StoredSignIn;
use super::{AuthContext, not_signed_in};
use crate::base::address::shown_address;
use crate::base::secret::Secret;
use crate::conversation::AuthorizationStep;
use crate::spec::language::{OAuthClientConfig, OAuthConfig};
use crate::tools::executor::Consent;
use crate::tools::mcp::error::SessionError;

/// The time limit for the sign-in in the browser, after the person agreed.
const SIGN_IN_LIMIT: Duration = Duration::from_mins(10);
/// The metadata field in which an authorization server declares support for client metadata
/// documents.
const TAKES_DOCUMENTS: &str = "client_id_metadata_document_supported";
/// The name under which flowdeck registers with a server.
const OUR_NAME: &str = "flowdeck";

/// The sensitive fields of an `OAuthClientConfig`.
pub(super) struct Secrets<'c> {
    pub(super) id: Option<&'c str>,
    pub(super) secret: Option<&'c str>,
    pub(super) document: Option<&'c str>,
}

/// The settings for a person's sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignIn {
    /// The MCP server, without the secret parts of its address, because the address is sent to the
    /// authorization server.
    server: Url,
    authority: Authority,
    client: Client,
    /// The method of client authentication, if configured.
    method: Option<String>,
    redirect: Url,
    scopes: Vec<String>,
    /// Whether only `scopes` is requested.
    are_scopes_fixed: bool,
    /// The resource for which the token is valid, if configured.
    resource: Option<Url>,
    /// Whether the server must declare support for PKCE.
    needs_told_pkce: bool,
}

/// The source of the authorization server's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authority {
    Endpoints {
        authorization: Url,
        token: Url,
    },
    /// The metadata of this issuer.
    Issuer(Url),
    /// The MCP server, which names its authorization server.
    Server,
}

/// The registration of flowdeck at the authorization server.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Client {
    Registered {
        id: Secret,
        secret: Option<Secret>,
    },
    /// By a metadata document, whose URL is the client id.
    Document(Secret),
    /// None yet. The endpoint for registration may come from the server.
    Unknown {
        registers_at: Option<Url>,
    },
}

/// Returns the scopes of a configuration as a list.
pub(super) fn scopes_of(config: &OAuthConfig) -> Vec<String> {
    match config.scopes().and_then(|scopes| scopes.as_value()) {
        Some(Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(scopes)) => scopes
            .iter()
            .filter_map(|scope| scope.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

impl SignIn {
    /// Reads the configuration for the server at `url`.
    ///
    /// # Errors
    /// The configuration is invalid; the text is for people.
    pub(super) fn of(
        config: &OAuthConfig,
        client: &OAuthClientConfig,
        secrets: &Secrets<'_>,
        url: &Url,
    ) -> Result<Self, String> {
        let endpoint = |name: &str| {
            let endpoint = config.endpoints()?.get(name)?.as_str()?;
            Some(safe(endpoint))
        };
        let authority = match (
            endpoint("authorization_endpoint"),
            endpoint("token_endpoint"),
            config.issuer(),
        ) {
            (Some(authorization), Some(token), _) => Authority::Endpoints {
                authorization: authorization?,
                token: token?,
            },
            (_, _, Some(issuer)) => Authority::Issuer(safe(issuer)?),
            _ => Authority::Server,
        };
        let identity = match client.registration() {
            "client_id_metadata_document" => {
                let document = secrets.document.or(secrets.id);
                let document = document.ok_or("its client has no `client_id_metadata_url`")?;
                Client::Document(Secret::new(document))
            }
            "dynamic_registration" => Client::Unknown {
                registers_at: client.registration_endpoint().map(safe).transpose()?,
            },
            _ => Client::Registered {
                id: Secret::new(secrets.id.ok_or("its client has no `client_id`")?),
                secret: secrets.secret.map(Secret::new),
            },
        };
        let pkce = |field: &str| config.pkce().and_then(|pkce| pkce.get(field));
        if pkce("method").and_then(Value::as_str) == Some("plain") {
            return Err("`pkce.method: plain` protects nothing; use `S256`".to_owned());
        }
        Ok(Self {
            server: without_secrets(url),
            authority,
            client: identity,
            method: client.token_endpoint_auth_method().map(str::to_owned),
            redirect: redirect::checked(config.redirect_uri())?,
            scopes: scopes_of(config),
            are_scopes_fixed: config.scope_policy() == Some("fixed"),
            resource: config.resource().and_then(|resource| resource.parse().ok()),
            needs_told_pkce: pkce("required").and_then(Value::as_bool) == Some(true),
        })
    }

    /// Returns a token: the stored one, a refreshed one, or one from a new sign-in.
    ///
    /// # Errors
    /// [`SessionError::NotSignedIn`].
    pub(super) async fn token(
        &self,
        is_refused: bool,
        auth: &AuthContext<'_>,
    ) -> Result<Secret, SessionError> {
        let name = self.name();
        let kept = auth.tokens.read(&name).await;
        if let Some(token) = self.renewed(kept.as_ref(), is_refused, auth).await? {
            return Ok(token);
        }
        let _turn = auth.tokens.turn_to_sign_in(auth.observer).await;
        let now = auth.tokens.read(&name).await;
        // Somebody else may have signed in meanwhile.
        let received = |kept: &Option<StoredSignIn>| kept.as_ref()?.credentials.token_received_at;
        if received(&now) != received(&kept)
            && let Some(token) = self.renewed(now.as_ref(), false, auth).await?
        {
            return Ok(token);
        }
        let (kept, token) = self.sign_in(now.as_ref(), auth).await?;
        auth.tokens.write(&name, &kept).await;
        Ok(token)
    }

    /// Returns the stored token, refreshed if it has expired or was rejected; `None` if a new
    /// sign-in is needed.
    async fn renewed(
        &self,
        kept: Option<&StoredSignIn>,
        is_refused: bool,
        auth: &AuthContext<'_>,
    ) -> Result<Option<Secret>, SessionError> {
        let Some(kept) = kept else {
            return Ok(None);
        };
        let Ok(resource) = kept.resource.parse() else {
            return Ok(None);
        };
        let mut server = AuthorizationServer::at(&resource).await?;
        server.manager.set_metadata(kept.metadata.clone());
        let client = self.client.config(&kept.redirect_uri, Some(kept));
        let work = async {
            server.manager.configure_client(client)?;
            server.store.save(kept.credentials.clone()).await?;
            if is_refused {
                server.manager.refresh_token().await?;
            }
            server.token().await
        };
        match work.await {
            Ok((credentials, token)) => {
                let kept = StoredSignIn {
                    credentials,
                    ..kept.clone()
                };
                auth.tokens.write(&self.name(), &kept).await;
                Ok(Some(token))
            }
            Err(AuthError::AuthorizationRequired | AuthError::TokenRefreshRejected(_)) => Ok(None),
            // rmcp gives the code of RFC 6749 (5.2) only in its words.
            Err(AuthError::TokenRefreshFailed(why)) if why.contains("invalid_client") => {
                auth.tokens.forget(&self.name()).await;
                Ok(None)
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// Returns the key under which this sign-in is stored.
    fn name(&self) -> String {
        let id = match &self.client {
            Client::Registered { id, .. } | Client::Document(id) => id.expose(),
            Client::Unknown { .. } => "",
        };
        let (server, authority) = (&self.server, &self.authority);
        let (scopes, resource) = (self.scopes.join(" "), &self.resource);
        format!("{server} {authority:?} {id} {scopes} {resource:?}")
    }

    /// Lets a person sign in.
    async fn sign_in(
        &self,
        kept: Option<&StoredSignIn>,
        auth: &AuthContext<'_>,
    ) -> Result<(StoredSignIn, Secret), SessionError> {
        let (mut server, metadata) = self.discovered().await?;
        let listening = Redirect::listen(&self.redirect).await;
        let redirect = listening.map_err(not_signed_in)?;
        let scopes = self.scopes_for(&server.manager).await;
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let known = kept.filter(|kept| self.is_known_to(&metadata, kept));
        let client = match &self.client {
            Client::Unknown { .. } if known.is_none() => {
                self.may_register(&metadata, auth).await?;
                let uri = redirect.url.as_str();
                let registered = server.manager.register_client(OUR_NAME, uri, &scopes).await;
                registered.map_err(|error| failed(&error))?
            }
            client => client.config(redirect.url.as_str(), known),
        };
        let client_id = client.client_id.clone();
        // That of a registered client is in its configuration and can change there.
        let client_secret = match &self.client {
            Client::Unknown { .. } => client.client_secret.clone(),
            Client::Registered { .. } | Client::Document(_) => None,
        };
        let configured = server.manager.configure_client(client);
        configured.map_err(|error| failed(&error))?;
        let url = server.manager.get_authorization_url(&scopes).await;
        let url: Url = url
            .map_err(|error| failed(&error))?
            .parse()
            .map_err(|_misfit| not_signed_in("its authorization server has no address"))?;
        let redirect_uri = redirect.url.to_string();
        let callback = self.callback(redirect, &url, auth).await?;
        let exchanged = server
            .manager
            .exchange_code_for_token_with_issuer(
                &callback.code,
                &callback.csrf_token,
                callback.issuer.as_deref(),
            )
            .await;
        if let Err(error) = exchanged {
            // It may be that the server does not know us any more.
            auth.tokens.forget(&self.name()).await;
            return Err(failed(&error));
        }
        let (credentials, token) = server.token().await.map_err(|error| failed(&error))?;
        let resource = query(&url, "resource").unwrap_or_else(|| self.server.to_string());
        let kept = StoredSignIn {
            metadata,
            client_id,
            client_secret,
            redirect_uri,
            resource,
            credentials,
        };
        Ok((kept, token))
    }

    /// Fetches the metadata of the authorization server.
    async fn discovered(
        &self,
    ) -> Result<(AuthorizationServer, AuthorizationMetadata), SessionError> {
        let mut server =
            AuthorizationServer::at(self.resource.as_ref().unwrap_or(&self.server)).await?;
        let mut metadata = match &self.authority {
            Authority::Endpoints {
                authorization,
                token,
            } => {
                let mut metadata = AuthorizationMetadata::default();
                metadata.authorization_endpoint = authorization.to_string();
                metadata.token_endpoint = token.to_string();
                metadata
            }
            Authority::Issuer(issuer) => AuthorizationServer::at(issuer).await?.published().await?,
            Authority::Server if self.resource.is_none() => server.published().await?,
            Authority::Server => {
                AuthorizationServer::at(&self.server)
                    .await?
                    .published()
                    .await?
            }
        };
        if self.needs_told_pkce
            && !matches!(self.authority, Authority::Endpoints { .. })
            && metadata.code_challenge_methods_supported.is_none()
        {
            return Err(not_signed_in(
                "its authorization server does not say that it supports PKCE, which `pkce.required` demands",
            ));
        }
        if let Some(method) = &self.method {
            let methods = Value::Array(vec![Value::String(method.clone())]);
            let field = "token_endpoint_auth_methods_supported".to_owned();
            metadata.additional_fields.insert(field, methods);
        }
        if let Client::Unknown {
            registers_at: Some(endpoint),
        } = &self.client
        {
            metadata.registration_endpoint = Some(endpoint.to_string());
        }
        for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint] {
            self.checked_endpoint(endpoint)?;
        }
        let takes_documents = metadata.additional_fields.get(TAKES_DOCUMENTS);
        if matches!(self.client, Client::Document(_))
            && !matches!(self.authority, Authority::Endpoints { .. })
            && takes_documents.and_then(Value::as_bool) != Some(true)
        {
            return Err(not_signed_in(
                "its authorization server does not accept the address of a document as a client id",
            ));
        }
        server.manager.set_metadata(metadata.clone());
        Ok((server, metadata))
    }

    /// Returns an endpoint if it is allowed: a remote server must not name an endpoint on this
    /// machine.
    fn checked_endpoint(&self, endpoint: &str) -> Result<Url, SessionError> {
        let endpoint = safe(endpoint).map_err(not_signed_in)?;
        if matches!(self.authority, Authority::Server)
            && is_of_this_machine(&endpoint)
            && !is_of_this_machine(&self.server)
        {
            return Err(not_signed_in(
                "its authorization server names an address of this machine",
            ));
        }
        Ok(endpoint)
    }

    /// Returns the scopes to request: the configured ones, else those that the servers name, unless
    /// the scopes are fixed.
    async fn scopes_for(&self, manager: &AuthorizationManager) -> Vec<String> {
        if self.are_scopes_fixed || !self.scopes.is_empty() {
            return self.scopes.clone();
        }
        manager.select_initial_scopes(&[]).await
    }

    /// Returns whether flowdeck is registered with the authorization server from an earlier
    /// sign-in.
    fn is_known_to(&self, metadata: &AuthorizationMetadata, kept: &StoredSignIn) -> bool {
        let is_same_place = Url::parse(&kept.redirect_uri).is_ok_and(|mut earlier| {
            // A port of this machine may differ from time to time.
            let _set = earlier.set_port(self.redirect.port());
            earlier == self.redirect
        });
        is_same_place
            && kept.metadata.issuer == metadata.issuer
            && kept.metadata.token_endpoint == metadata.token_endpoint
    }

    /// Asks a person whether flowdeck may register.
    async fn may_register(
        &self,
        metadata: &AuthorizationMetadata,
        auth: &AuthContext<'_>,
    ) -> Result<(), SessionError> {
        let Some(endpoint) = &metadata.registration_endpoint else {
            return Err(not_signed_in(
                "its authorization server does not let programs register themselves",
            ));
        };
        let endpoint = self.checked_endpoint(endpoint)?;
        let step = AuthorizationStep::Register(shown_address(&endpoint));
        let never = Box::pin(std::future::pending());
        let server = shown_address(&self.server);
        consented(auth.observer.consent(&server, step, never).await)
    }

    /// Sends a person to the browser and waits for its return.
    async fn callback(
        &self,
        redirect: Redirect,
        url: &Url,
        auth: &AuthContext<'_>,
    ) -> Result<AuthorizationCallback, SessionError> {
        let state = query(url, "state").unwrap_or_default();
        let (brought_tx, mut brought) = watch::channel(None);
        let mut settled = brought_tx.subscribe();
        let person = async {
            let settled = Box::pin(async move {
                // An error means that nobody comes any more; then the person is waited for.
                if settled.wait_for(Option::is_some).await.is_err() {
                    std::future::pending::<()>().await;
                }
            });
            let server = shown_address(&self.server);
            let step = AuthorizationStep::SignIn(url.to_string());
            consented(auth.observer.consent(&server, step, settled).await)?;
            let came = tokio::time::timeout(SIGN_IN_LIMIT, brought.wait_for(Option::is_some)).await;
            match came {
                Ok(Ok(brought)) => Ok(brought.clone()),
                Ok(Err(_)) | Err(_) => Ok(None),
            }
        };
        let brought = tokio::select! {
            brought = person => brought?,
            () = redirect.serve(state, brought_tx) => None,
        };
        let why = match brought {
            Some(Ok(url)) => {
                let callback = AuthorizationCallback::from_redirect_url(&url);
                return callback.map_err(|error| failed(&error));
            }
            Some(Err(why)) => format!("its authorization server says: {why}"),
            None => "nobody signed in within ten minutes".to_owned(),
        };
        // It may be that the server does not know us any more, and said so in the browser only.
        auth.tokens.forget(&self.name()).await;
        Err(not_signed_in(why))
    }
}

impl Client {
    /// Converts the configuration for the protocol's SDK; the registration may come from an earlier
    /// sign-in.
    fn config(&self, redirect_uri: &str, known: Option<&StoredSignIn>) -> RegisteredClient {
        let (id, secret) = match self {
            Self::Registered { id, secret } => (id.expose(), secret.as_ref().map(Secret::expose)),
            Self::Document(address) => (address.expose(), None),
            Self::Unknown { .. } => known.map_or(("", None), |kept| {
                (kept.client_id.as_str(), kept.client_secret.as_deref())
            }),
        };
        let config = RegisteredClient::new(id, redirect_uri);
        match secret {
            Some(secret) => config.with_client_secret(secret),
            None => config,
        }
    }
}

fn consented(consent: Consent) -> Result<(), SessionError> {
    let why = match consent {
        Consent::Given => return Ok(()),
        Consent::Nobody => {
            return Err(not_signed_in(
                "a person must sign in, and there is no one to ask",
            ));
        }
        Consent::Refused(Some(reason)) => format!("a person refused: {reason}"),
        Consent::Refused(None) => "a person refused".to_owned(),
    };
    Err(SessionError::NotSignedIn {
        why,
        was_refused: true,
    })
}

fn without_secrets(url: &Url) -> Url {
    // What is shown of an address is one itself.
    shown_address(url)
        .parse()
        .unwrap_or_else(|_misfit| url.clone())
}

pub(super) fn query(url: &Url, wanted: &str) -> Option<String> {
    let (_, value) = url.query_pairs().find(|(name, _)| name == wanted)?;
    Some(value.into_owned())
}

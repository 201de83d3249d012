//! Opens connections, with or without TLS according to the mode.

use std::fmt;

use deadpool_postgres::{ConfigConnectImpl, Connect};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode as Negotiated;
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::encryption::SslMode;
use crate::net::causes::is_about_tls;

/// Opens connections in one TLS mode.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) mode: SslMode,
    pub(super) tls: MakeRustlsConnect,
}

impl Connector {
    async fn open(&self, config: Config) -> Result<(Client, JoinHandle<()>), Error> {
        match self.mode {
            SslMode::Disable => in_the_clear(config).await,
            SslMode::Allow => match in_the_clear(config.clone()).await {
                Err(error) if is_refused(&error) => {
                    self.over_tls(config, Negotiated::Require).await
                }
                opened => opened,
            },
            SslMode::Prefer => match self.over_tls(config.clone(), Negotiated::Prefer).await {
                Err(error) if is_refused(&error) || is_about_tls(&error) => {
                    in_the_clear(config).await
                }
                opened => opened,
            },
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                self.over_tls(config, Negotiated::Require).await
            }
        }
    }

    async fn over_tls(
        &self,
        mut config: Config,
        mode: Negotiated,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        config.ssl_mode(mode);
        let tls = self.tls.clone();
        ConfigConnectImpl { tls }.connect(&config).await
    }

    /// Asks the server to cancel the current statement of a connection.
    pub(super) async fn cancel(&self, token: &CancelToken) -> Result<(), Error> {
        token.cancel_query(self.tls.clone()).await
    }
}

async fn in_the_clear(mut config: Config) -> Result<(Client, JoinHandle<()>), Error> {
    config.ssl_mode(Negotiated::Disable);
    ConfigConnectImpl { tls: NoTls }.connect(&config).await
}

/// Returns whether the server rejects this kind of connection. A wrong password is not such a
/// rejection, so that it is not sent twice.
fn is_refused(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

impl Connect for Connector {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        Box::pin(self.open(config.clone()))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

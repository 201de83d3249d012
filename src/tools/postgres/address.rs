//! The address and the connection settings of a datastore's database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio_postgres::Config;

use super::encryption::SslMode;
use crate::base::address::shown_text;
use crate::base::secret::Secret;
use crate::conversation::Values;
use crate::net::causes::innermost;
use crate::net::client::Stamp;
use crate::spec::component::FieldValue;
use crate::spec::language::{PostgresDatabaseDatastore, TlsPostgresDatabaseConnectionConfig};
use crate::spec::sensitive::SensitiveValue;
use crate::tools::executor::{ToolError, ToolErrorKind};

/// The default database name, as in WayFlow.
const USUAL_DATABASE: &str = "postgres";
/// The default time limit for opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of a database, from a datastore. Equal settings share connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// The address, as in the datastore.
    url: String,
    /// The address without its secret parts.
    pub(super) shown: String,
    pub(super) user: Secret,
    pub(super) password: Secret,
    pub(super) files: CertificateFiles,
    pub(super) sslmode: SslMode,
    /// The schemas of the rows, by collection.
    pub(super) collections: Values,
    /// The current state of the certificate files, for detecting changes.
    stamp: Stamp,
}

/// The PEM files for a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CertificateFiles {
    /// The client certificate.
    pub(super) certificate: Option<PathBuf>,
    /// The private key of the client.
    pub(super) key: Option<PathBuf>,
    /// The trusted certificate authorities for the server.
    pub(super) authorities: Option<PathBuf>,
    /// The revoked certificates.
    pub(super) revoked: Option<PathBuf>,
}

impl CertificateFiles {
    /// Checks that the files are complete for the mode.
    fn check(&self, name: &str, sslmode: SslMode) -> Result<(), ToolError> {
        if self.certificate.is_some() != self.key.is_some() {
            let problem = "`sslcert` and `sslkey` must be given together";
            return Err(configuration(name, problem).with_hint("give both, or neither"));
        }
        let is_verified = self.authorities.is_some() || sslmode == SslMode::VerifyFull;
        if self.revoked.is_some() && !is_verified {
            let problem = "`sslcrl` has no effect where the server's certificate is not checked";
            return Err(configuration(name, problem).with_hint("give `sslrootcert`, too"));
        }
        Ok(())
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let all = [
            &self.certificate,
            &self.key,
            &self.authorities,
            &self.revoked,
        ];
        all.into_iter().flatten().map(PathBuf::as_path)
    }
}

impl Settings {
    /// Reads the settings of a datastore; relative paths start at `folder`.
    ///
    /// # Errors
    /// A `Configuration` error, if the connection settings are invalid or a sensitive value is
    /// missing.
    pub(super) async fn of(
        datastore: &PostgresDatabaseDatastore,
        folder: &Path,
    ) -> Result<Self, ToolError> {
        let name = datastore.component().name();
        let connection = TlsPostgresDatabaseConnectionConfig::of(datastore.connection_config())
            .ok_or_else(|| configuration(name, "its connection can't be read"))?;
        let secret = |field: &str, value| sensitive(name, field, value);
        let path = |path: Option<&str>| path.map(|path| folder.join(path));
        let sslmode = SslMode::named(connection.sslmode())
            .ok_or_else(|| configuration(name, "its `sslmode` is unknown"))?;
        let files = if sslmode == SslMode::Disable {
            CertificateFiles::default()
        } else {
            let key = secret("sslkey", connection.sslkey())?;
            CertificateFiles {
                certificate: path(connection.sslcert()),
                key: path(key.as_ref().map(Secret::expose)),
                authorities: path(connection.sslrootcert()),
                revoked: path(connection.sslcrl()),
            }
        };
        files.check(name, sslmode)?;
        let user = secret("user", connection.user())?;
        let password = secret("password", connection.password())?;
        Ok(Self {
            shown: shown(datastore),
            url: connection.url().to_owned(),
            user: user.ok_or_else(|| configuration(name, "`user` is empty"))?,
            password: password.unwrap_or_else(|| Secret::new("")),
            stamp: Stamp::of(files.paths()).await,
            files,
            sslmode,
            collections: datastore.datastore_schema().clone(),
        })
    }

    /// Returns whether `others` has the same settings but newer certificate files.
    pub(super) fn is_older_than(&self, others: &Self) -> bool {
        let stamp = others.stamp.clone();
        Self {
            stamp,
            ..self.clone()
        } == *others
    }

    /// Returns the client configuration, without encryption settings.
    ///
    /// # Errors
    /// A `Configuration` error, if the address is invalid or contains settings that belong in other
    /// fields.
    pub(super) fn config(&self) -> Result<Config, ToolError> {
        let refused = |problem: &str| configuration(&self.shown, problem);
        let written = self.url.trim();
        let (scheme, rest) = match written.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => ("postgresql", written),
        };
        if !matches!(scheme, "postgres" | "postgresql") {
            let problem = format!("an address of a database does not begin with `{scheme}://`");
            return Err(refused(&problem).with_hint("such as `postgresql://host:5432/database`"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        if place
            .split('/')
            .next()
            .is_some_and(|hosts| hosts.contains('@'))
        {
            return Err(refused("its address holds a user")
                .with_hint("give `user` and `password` in the fields of that name"));
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let field = pair.split('=').next().unwrap_or_default().to_lowercase();
            if field.starts_with("ssl") || matches!(field.as_str(), "user" | "password") {
                let problem = format!("its address sets `{field}`");
                return Err(refused(&problem).with_hint("the connection has fields for that"));
            }
        }
        let config = format!("postgresql://{rest}").parse::<Config>();
        let mut config = config.map_err(|error| {
            refused(&innermost(&error)).with_hint("such as `postgresql://host:5432/database`")
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("its address names no host"));
        }
        if config.get_dbname().is_none() {
            config.dbname(USUAL_DATABASE);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("flowdeck");
        }
        config
            .user(self.user.expose())
            .password(self.password.expose());
        Ok(config)
    }
}

/// Returns the address of a datastore's database without its secret parts.
pub(super) fn shown(datastore: &PostgresDatabaseDatastore) -> String {
    let connection = datastore.connection_config();
    let url = connection.field("url").and_then(FieldValue::as_value);
    shown_text(url.and_then(Value::as_str).unwrap_or("a database"))
}

fn sensitive(
    name: &str,
    field: &str,
    value: SensitiveValue<'_>,
) -> Result<Option<Secret>, ToolError> {
    match value {
        SensitiveValue::Absent => Ok(None),
        SensitiveValue::Given(secret) => Ok(secret.reveal_text().map(Secret::new)),
        SensitiveValue::Missing(reference) => {
            let problem = format!("nothing supplies its `{field}`, `{reference}`");
            Err(configuration(name, &problem)
                .with_hint("supply it in a file of `component_files` of the profile"))
        }
    }
}

pub(super) fn configuration(what: &str, problem: &str) -> ToolError {
    let message = format!("the database `{what}` can't be used: {problem}");
    ToolError::new(ToolErrorKind::Configuration, message)
}

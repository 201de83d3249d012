//! HTTP clients, and the certificates that they trust and show.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity};
use tokio::sync::OnceCell;
use url::Url;

use super::causes::innermost;
use crate::base::lock::lock;

/// PEM files of a connection with certificates of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsFiles {
    /// The client's private key.
    pub key: Option<PathBuf>,
    /// The client's certificate.
    pub certificate: Option<PathBuf>,
    /// The certificates that the server's own is checked against, in place of the machine's.
    pub authorities: Option<PathBuf>,
}

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// By the proxies of the environment, where there are any.
    ThroughProxies,
    /// Never by a proxy, for example because the server is this machine's own: another machine has another one under its
    /// address.
    Direct,
}

/// The options of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a whole answer may take; none has no bound.
    pub answer_timeout: Option<Duration>,
    /// Whether answers may be compressed. Some servers and proxies hold a compressed stream back until it ends.
    pub takes_gzip: bool,
    /// How servers are reached.
    pub way: Way,
}

/// Why there is no client: no certificates on this machine, or files that can't be used. Says which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct ClientError {
    reason: String,
}

/// Makes a client for an address: with the certificates of the files, else with the machine's, which are read on a thread
/// that may block.
///
/// For `http` it has none, so that a local server can be reached from a machine without any. It follows no redirects: one
/// turns a POST into a GET without a body, and may lead anywhere.
///
/// # Errors
/// [`ClientError`].
pub(crate) async fn client(
    url: &Url,
    tls: &TlsFiles,
    options: ClientOptions,
) -> Result<Client, ClientError> {
    let builder = options.builder();
    if url.scheme() != "https" {
        return made(builder.http1_only().tls_certs_only([]));
    }
    let tls = tls.clone();
    let making = tokio::task::spawn_blocking(move || with_files(builder, &tls).and_then(made));
    making.await.unwrap_or_else(|stopped| {
        let reason = stopped.to_string();
        Err(ClientError { reason })
    })
}

impl ClientOptions {
    fn builder(self) -> ClientBuilder {
        let mut builder = Client::builder()
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("flowdeck/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .gzip(self.takes_gzip);
        if let Some(limit) = self.answer_timeout {
            builder = builder.timeout(limit);
        }
        match self.way {
            Way::ThroughProxies => builder,
            Way::Direct => builder.no_proxy(),
        }
    }
}

fn with_files(mut builder: ClientBuilder, tls: &TlsFiles) -> Result<ClientBuilder, ClientError> {
    if let Some(path) = &tls.authorities {
        let bundle = Certificate::from_pem_bundle(&read("ca_file", path)?);
        builder = builder.tls_certs_only(bundle.map_err(|error| unusable(path, &error))?);
    }
    if let (Some(key), Some(certificate)) = (&tls.key, &tls.certificate) {
        let mut pem = read("cert_file", certificate)?;
        pem.push(b'\n');
        pem.extend(read("key_file", key)?);
        let identity = Identity::from_pem(&pem);
        builder = builder.identity(identity.map_err(|error| unusable(key, &error))?);
    }
    Ok(builder)
}

fn made(builder: ClientBuilder) -> Result<Client, ClientError> {
    builder.build().map_err(|error| ClientError {
        reason: innermost(&error),
    })
}

fn read(field: &str, path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|error| ClientError {
        reason: format!("`{field}` {}: {error}", path.display()),
    })
}

fn unusable(path: &Path, error: &reqwest::Error) -> ClientError {
    ClientError {
        reason: format!("{}: {}", path.display(), innermost(error)),
    }
}

/// A client that is made when it is first needed, and again when one of its files is another than it was.
///
/// A failure is never kept: a file that is put right, or replaced by a renewed one, counts at the next request.
#[derive(Debug, Default)]
pub(crate) struct ClientSlot(Mutex<Arc<Kept>>);

/// A client, or one to be made by the first caller.
#[derive(Debug, Default)]
struct Kept {
    stamp: Stamp,
    client: OnceCell<Client>,
}

impl ClientSlot {
    /// The client. All calls must be for one address, the same files and the same options.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) async fn get(
        &self,
        url: &Url,
        tls: &TlsFiles,
        options: ClientOptions,
    ) -> Result<Client, ClientError> {
        let files = [&tls.key, &tls.certificate, &tls.authorities];
        let stamp = Stamp::of(files.into_iter().flatten()).await;
        let kept = {
            let mut kept = lock(&self.0);
            if kept.stamp != stamp {
                let client = OnceCell::new();
                *kept = Arc::new(Kept { stamp, client });
            }
            Arc::clone(&kept)
        };
        // A builder is large, and each call would hold room for it.
        let making = || Box::pin(client(url, tls, options));
        let making = kept.client.get_or_try_init(making);
        making.await.cloned()
    }
}

/// The time and length of each file, which show that it was written since. Read before the file is, so that one that is
/// written meanwhile counts as new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<Option<(SystemTime, u64)>>);

impl Stamp {
    /// The stamp of these files as they are now.
    pub(crate) async fn of(paths: impl Iterator<Item = impl AsRef<Path>>) -> Self {
        let mut stamps = Vec::new();
        for path in paths {
            let stamp = match tokio::fs::metadata(path).await {
                Ok(metadata) => metadata.modified().ok().map(|time| (time, metadata.len())),
                // The reader of the file reports why it can't be read.
                Err(_missing) => None,
            };
            stamps.push(stamp);
        }
        Self(stamps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: ClientOptions = ClientOptions {
        connect_timeout: Duration::from_secs(1),
        answer_timeout: None,
        takes_gzip: false,
        way: Way::Direct,
    };

    #[tokio::test]
    async fn a_file_that_can_not_be_used_is_told_until_it_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let url: Url = "https://h".parse().unwrap();
        let tls = TlsFiles {
            authorities: Some(path.clone()),
            ..TlsFiles::default()
        };
        let slot = ClientSlot::default();
        let missing = slot.get(&url, &tls, OPTIONS).await.unwrap_err();
        let place = format!("`ca_file` {}: ", path.display());
        assert!(missing.to_string().starts_with(&place), "{missing}");
        std::fs::write(&path, "").unwrap();
        assert!(slot.get(&url, &tls, OPTIONS).await.is_ok());
        std::fs::write(
            &path,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(
            slot.get(&url, &tls, OPTIONS).await.is_err(),
            "it was read again"
        );
    }
}

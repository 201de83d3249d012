//! HTTP clients, with trusted and client certificates.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy};
use tokio::sync::OnceCell;
use url::Url;

use super::causes::innermost;
use crate::base::lock::lock;

/// The PEM files for a connection with its own certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsFiles {
    /// The private key of the client.
    pub key: Option<PathBuf>,
    /// The client certificate.
    pub certificate: Option<PathBuf>,
    /// The trusted certificate authorities for the server, which replace the machine's.
    pub authorities: Option<PathBuf>,
}

/// The route to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// Through the proxies from the environment, if there are any.
    ThroughProxies,
    /// Without a proxy, for example because the server is on this machine, whose address means
    /// another server elsewhere.
    Direct,
}

/// The options of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// The time limit for opening a connection.
    pub connect_timeout: Duration,
    /// The time limit of a complete answer; `None` for no limit.
    pub answer_timeout: Option<Duration>,
    /// Whether to accept compressed answers. Some servers and proxies hold back a compressed stream
    /// until its end.
    pub takes_gzip: bool,
    /// The route to servers.
    pub way: Way,
}

/// The reason why a client can't be made: this machine has no certificates, or a file or the proxy of
/// the environment is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct ClientError {
    reason: String,
}

/// Makes a client for an address, with the certificates of the files, else with the machine's,
/// which are read on a thread that may block.
///
/// A client for `http` has no certificates, so that a local server can be reached from a machine
/// without any. Redirects are not followed, because they turn a POST into a GET without a body and
/// may lead anywhere.
///
/// # Errors
/// [`ClientError`].
pub(crate) async fn client(
    url: &Url,
    tls: &TlsFiles,
    options: ClientOptions,
) -> Result<Client, ClientError> {
    if options.way == Way::ThroughProxies {
        check_proxy(url, of_environment)?;
    }
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

#[expect(
    clippy::disallowed_methods,
    reason = "the HTTP client reads these variables from the environment itself"
)]
fn of_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Checks the proxy that the environment names for an address. The HTTP client ignores one that it
/// can't parse, so requests would go directly to the server.
///
/// # Errors
/// The variable is not the address of a proxy. Its value may contain a password and is not shown.
fn check_proxy(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<(), ClientError> {
    let of_scheme = if url.scheme() == "https" {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let set = [of_scheme, ["ALL_PROXY", "all_proxy"]].map(|names| {
        let mut values = names
            .into_iter()
            .filter_map(|name| Some((name, variable(name)?)));
        values.next().filter(|(_, value)| !value.is_empty())
    });
    let Some((name, value)) = set.into_iter().flatten().next() else {
        return Ok(());
    };
    let scheme = value.split_once("://").map_or("http", |(scheme, _)| scheme);
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    // The client is stricter with the environment than `Proxy::all`, which escapes other characters.
    let is_uri = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte));
    if is_uri && schemes.contains(&scheme) && Proxy::all(&value).is_ok() {
        return Ok(());
    }
    let reason = format!(
        "`{name}` is not the address of a proxy; write it as `http://HOST:PORT`, or unset it"
    );
    Err(ClientError { reason })
}

fn with_files(mut builder: ClientBuilder, tls: &TlsFiles) -> Result<ClientBuilder, ClientError> {
    if let Some(path) = &tls.authorities {
        let bundle = Certificate::from_pem_bundle(&read("ca_file", path)?);
        let bundle = bundle.map_err(|error| unusable(path, &error))?;
        if bundle.is_empty() {
            let reason = format!(
                "`ca_file` {}: there is no certificate in it",
                path.display()
            );
            return Err(ClientError { reason });
        }
        builder = builder.tls_certs_only(bundle);
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

/// A client that is made on first use, and again after one of its files has changed.
///
/// A failure is never stored, so that a corrected or renewed file is used by the next request.
#[derive(Debug, Default)]
pub(crate) struct ClientSlot(Mutex<Arc<Kept>>);

/// A client, or an empty cell that the first caller fills.
#[derive(Debug, Default)]
struct Kept {
    stamp: Stamp,
    client: OnceCell<Client>,
}

impl ClientSlot {
    /// Returns the client. All calls must have the same address, files and options.
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

/// The time and length of each file, by which changes are detected. They are read before the file,
/// so that a file that is being written counts as changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<Option<(SystemTime, u64)>>);

impl Stamp {
    /// Returns the current stamp of these files.
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

    const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/tls/ca.pem");

    const OPTIONS: ClientOptions = ClientOptions {
        connect_timeout: Duration::from_secs(1),
        answer_timeout: None,
        takes_gzip: false,
        way: Way::Direct,
    };

    #[test]
    fn a_proxy_that_can_not_be_read_is_refused_without_its_value() {
        let checked = |url: &str, set: &[(&str, &str)]| {
            let variable = |wanted: &str| {
                let found = set.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| (*value).to_owned())
            };
            check_proxy(&url.parse().unwrap(), variable).map_err(|error| error.to_string())
        };
        for usable in [
            "",
            "localhost:3128",
            "127.0.0.1:9",
            "http://name:word@proxy:3128",
            "https://proxy",
            "http://proxy:3128/",
            "socks5://proxy:1080",
        ] {
            assert_eq!(checked("https://h", &[("HTTPS_PROXY", usable)]), Ok(()));
        }
        for unusable in [
            "::::",
            "ht tp://x y",
            "http://n\u{fc}rnberg:3128",
            "http://name:{w}@proxy",
            "ftp://proxy:9",
            "http://",
            "proxy:port",
        ] {
            let refused = checked("https://h", &[("https_proxy", unusable)]);
            let words = "`https_proxy` is not the address of a proxy; write it as `http://HOST:PORT`, or unset it";
            assert_eq!(refused, Err(words.to_owned()), "{unusable}");
            // Only the variable that counts for the address is read.
            assert_eq!(checked("http://h", &[("https_proxy", unusable)]), Ok(()));
            let other = [
                ("HTTPS_PROXY", "http://proxy:3128"),
                ("ALL_PROXY", unusable),
            ];
            assert_eq!(checked("https://h", &other), Ok(()));
        }
        let all = checked("http://h", &[("HTTP_PROXY", ""), ("all_proxy", "::")]);
        assert!(all.is_err_and(|error| error.starts_with("`all_proxy` ")));
    }

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
        let empty = slot.get(&url, &tls, OPTIONS).await.unwrap_err();
        assert!(
            empty.to_string().ends_with("there is no certificate in it"),
            "{empty}"
        );
        std::fs::copy(AUTHORITY, &path).unwrap();
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

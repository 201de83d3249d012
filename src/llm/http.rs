//! The HTTP clients that all models share, and a bound on what goes to one server at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, Identity};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::model::GenerationObserver;
use crate::base::causes::innermost;
use crate::conversation::Awaited;
use crate::profile::TlsFiles;

/// How many streams share one HTTP/2 connection: below the limit of a hundred that most servers have,
/// past which streams wait without being seen to.
const STREAMS_PER_CONNECTION: usize = 64;

/// How models are reached over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a server may take until its answer begins.
    pub answer_timeout: Duration,
    /// How long a server may be silent inside an answer.
    pub idle_timeout: Duration,
    /// How long a server may send no piece of an answer, whatever else it sends.
    pub content_timeout: Duration,
    /// How long one model call may take, with all its attempts.
    pub call_timeout: Duration,
    /// Whether the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`, …) are used.
    pub uses_proxies: bool,
    /// How many requests are under way at one server; further ones wait. With HTTP/1.1 this bounds
    /// its connections, too.
    pub streams_per_server: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_mins(5),
            idle_timeout: Duration::from_mins(2),
            content_timeout: Duration::from_mins(5),
            call_timeout: Duration::from_mins(10),
            uses_proxies: true,
            streams_per_server: 512,
        }
    }
}

/// A client could not be made: no certificates on this machine, or files that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can't set up HTTP: {reason}")]
pub(super) struct ClientError {
    reason: String,
}

/// Who shares connections: requests to one host and port with the same certificates on the same way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ServerKey {
    origin: String,
    tls: TlsFiles,
    way: Way,
}

/// How a server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// By the proxies of the environment, where they are used.
    ThroughProxies,
    /// Never by a proxy: the server is this machine's own, and another machine has another one under its address.
    Direct,
}

/// The clients of every server that was asked, each made when it is first needed.
///
/// Invariant: the lock is held only to find or add a server.
#[derive(Debug)]
pub(super) struct HttpClients {
    settings: HttpSettings,
    servers: Mutex<HashMap<ServerKey, Arc<Server>>>,
}

/// One server: a bound on all its streams, and clients with a connection each if it speaks HTTP/2.
#[derive(Debug)]
struct Server {
    places: Arc<Semaphore>,
    lanes: Vec<Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    client: OnceLock<Client>,
    streams: AtomicUsize,
}

/// The right to one stream at a server. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    /// The client to send with.
    pub(super) client: Client,
    server: Arc<Server>,
    lane: usize,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.server.leave(self.lane);
    }
}

impl HttpClients {
    pub(super) fn new(settings: HttpSettings) -> Self {
        Self {
            settings,
            servers: Mutex::default(),
        }
    }

    pub(super) fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// A place for one stream at a server; waits until there is one.
    ///
    /// # Errors
    /// [`ClientError`] when no client can be made on this machine.
    pub(super) async fn place(&self, url: &Url, tls: &TlsFiles) -> Result<Place, ClientError> {
        self.place_by(Way::ThroughProxies, url, tls).await
    }

    /// The same, on a way of one's own choice.
    ///
    /// # Errors
    /// As [`Self::place`].
    pub(super) async fn place_by(
        &self,
        way: Way,
        url: &Url,
        tls: &TlsFiles,
    ) -> Result<Place, ClientError> {
        let server = self.server(way, url, tls);
        // The semaphore is never closed.
        let permit = Arc::clone(&server.places).acquire_owned().await.ok();
        self.place_at(server, permit, way, url, tls)
    }

    /// The same, for a call that is watched: while it waits for a place, that is told.
    ///
    /// # Errors
    /// As [`Self::place`].
    pub(super) async fn place_watched(
        &self,
        url: &Url,
        tls: &TlsFiles,
        observer: &dyn GenerationObserver,
    ) -> Result<Place, ClientError> {
        let way = Way::ThroughProxies;
        let server = self.server(way, url, tls);
        let permit = if let Ok(permit) = Arc::clone(&server.places).try_acquire_owned() {
            Some(permit)
        } else {
            observer.waits(Some(Awaited::Stream)).await;
            let permit = Arc::clone(&server.places).acquire_owned().await.ok();
            observer.waits(None).await;
            permit
        };
        self.place_at(server, permit, way, url, tls)
    }

    fn place_at(
        &self,
        server: Arc<Server>,
        permit: Option<OwnedSemaphorePermit>,
        way: Way,
        url: &Url,
        tls: &TlsFiles,
    ) -> Result<Place, ClientError> {
        let lane = server.enter();
        match self.client(way, url, tls, server.lanes.get(lane)) {
            Ok(client) => Ok(Place {
                client,
                server,
                lane,
                _permit: permit,
            }),
            Err(error) => {
                server.leave(lane);
                Err(error)
            }
        }
    }

    /// The client of a lane. Only one that works is kept: a file that is put right counts at the next request.
    fn client(
        &self,
        way: Way,
        url: &Url,
        tls: &TlsFiles,
        lane: Option<&Lane>,
    ) -> Result<Client, ClientError> {
        if let Some(client) = lane.and_then(|lane| lane.client.get()) {
            return Ok(client.clone());
        }
        let made = self.build(way, url, tls)?;
        Ok(match lane {
            Some(lane) => lane.client.get_or_init(|| made).clone(),
            None => made,
        })
    }

    fn server(&self, way: Way, url: &Url, tls: &TlsFiles) -> Arc<Server> {
        let key = ServerKey {
            origin: url.origin().ascii_serialization(),
            tls: tls.clone(),
            way,
        };
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let server = servers.entry(key).or_insert_with(|| {
            let bound = self.settings.streams_per_server.max(1);
            let lanes = if url.scheme() == "https" {
                bound.div_ceil(STREAMS_PER_CONNECTION)
            } else {
                1
            };
            Arc::new(Server {
                places: Arc::new(Semaphore::new(bound)),
                lanes: std::iter::repeat_with(Lane::default).take(lanes).collect(),
            })
        });
        Arc::clone(server)
    }

    /// A client for an address: with the certificates of the files, else with the machine's. For
    /// `http` it has none, so that a local server can be reached from a machine without any.
    fn build(&self, way: Way, url: &Url, tls: &TlsFiles) -> Result<Client, ClientError> {
        let mut builder = Client::builder()
            .connect_timeout(self.settings.connect_timeout)
            .user_agent(concat!("flowdeck/", env!("CARGO_PKG_VERSION")))
            // A redirect turns the POST into a GET without a body: better to tell the status.
            .redirect(reqwest::redirect::Policy::none())
            // A compressed stream is buffered by some servers and proxies until it ends.
            .no_gzip();
        if url.scheme() == "https" {
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
        } else {
            builder = builder.http1_only().tls_certs_only([]);
        }
        if way == Way::Direct || !self.settings.uses_proxies {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| ClientError {
            reason: innermost(&error),
        })
    }
}

impl Server {
    /// Enters the first lane that has room, so that few connections are opened; the emptiest if none
    /// has. Gives its index.
    fn enter(&self) -> usize {
        let streams = |lane: &Lane| lane.streams.load(Ordering::Relaxed);
        let with_room = self
            .lanes
            .iter()
            .position(|lane| streams(lane) < STREAMS_PER_CONNECTION);
        let emptiest = || {
            let lanes = self.lanes.iter().enumerate();
            lanes
                .min_by_key(|(_, lane)| streams(lane))
                .map_or(0, |(index, _)| index)
        };
        let index = with_room.unwrap_or_else(emptiest);
        if let Some(lane) = self.lanes.get(index) {
            lane.streams.fetch_add(1, Ordering::Relaxed);
        }
        index
    }

    /// Gives a stream of a lane back.
    fn leave(&self, lane: usize) {
        if let Some(lane) = self.lanes.get(lane) {
            lane.streams.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn read(field: &str, path: &PathBuf) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|error| ClientError {
        reason: format!("`{field}` {}: {error}", path.display()),
    })
}

fn unusable(path: &Path, error: &reqwest::Error) -> ClientError {
    ClientError {
        reason: format!("{}: {}", path.display(), innermost(error)),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use tokio::time::timeout;

    use super::*;
    use crate::llm::scripted_server::Heard;

    fn lanes(places: &[Place]) -> Vec<usize> {
        places.iter().map(|place| place.lane).collect()
    }

    #[tokio::test]
    async fn streams_fill_one_connection_before_the_next_and_are_bounded() {
        let clients = HttpClients::new(HttpSettings {
            streams_per_server: 2 * STREAMS_PER_CONNECTION,
            ..HttpSettings::default()
        });
        let url: Url = "https://h:1/v1".parse().unwrap();
        let authorities = tempfile::NamedTempFile::new().unwrap();
        let tls = TlsFiles {
            authorities: Some(authorities.path().to_owned()),
            ..TlsFiles::default()
        };
        let mut places = Vec::new();
        for _ in 0..2 * STREAMS_PER_CONNECTION {
            places.push(clients.place(&url, &tls).await.unwrap());
        }
        let (first, second) = places.split_at(STREAMS_PER_CONNECTION);
        assert!(lanes(first).iter().all(|lane| *lane == 0));
        assert!(lanes(second).iter().all(|lane| *lane == 1));
        let more = timeout(Duration::from_millis(1), clients.place(&url, &tls)).await;
        assert!(more.is_err(), "the server is full");
        let heard = Heard::default();
        let more = clients.place_watched(&url, &tls, &heard);
        assert!(timeout(Duration::from_millis(1), more).await.is_err());
        assert_eq!(*heard.waits.lock().unwrap(), ["stream"]);
        places.remove(3);
        let place = clients.place(&url, &tls).await.unwrap();
        assert_eq!(place.lane, 0, "where the room is");
        let other: Url = "https://other".parse().unwrap();
        assert!(
            clients.place(&other, &tls).await.is_ok(),
            "another server is not full"
        );
    }

    #[tokio::test]
    async fn files_that_can_not_be_used_are_told() {
        let clients = HttpClients::new(HttpSettings::default());
        let url: Url = "https://h".parse().unwrap();
        let tls = TlsFiles {
            authorities: Some("no/such.pem".into()),
            ..TlsFiles::default()
        };
        let error = clients.place(&url, &tls).await.unwrap_err().to_string();
        assert!(error.contains("`ca_file` no/such.pem: "), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_is_put_right_counts_at_the_next_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let clients = HttpClients::new(HttpSettings::default());
        let url: Url = "https://h".parse().unwrap();
        let tls = TlsFiles {
            authorities: Some(path.clone()),
            ..TlsFiles::default()
        };
        assert!(clients.place(&url, &tls).await.is_err());
        let server = clients.server(Way::ThroughProxies, &url, &tls);
        let streams = server.lanes[0].streams.load(Ordering::Relaxed);
        assert_eq!(streams, 0, "a failure holds no stream");
        std::fs::write(&path, "").unwrap();
        assert!(clients.place(&url, &tls).await.is_ok());
    }
}

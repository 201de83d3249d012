//! The HTTP clients that all models share, with a limit on concurrent requests per server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::model::{GenerationObserver, ModelError, ModelErrorKind};
use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::net::client::{ClientOptions, ClientSlot, TlsFiles, Way};

/// The number of streams that share an HTTP/2 connection. This is below the usual server limit of a
/// hundred, above which streams would wait unnoticed.
const STREAMS_PER_CONNECTION: usize = 64;

/// The HTTP settings of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// The time limit for opening a connection.
    pub connect_timeout: Duration,
    /// The time limit until an answer begins.
    pub answer_timeout: Duration,
    /// The maximum time without any data inside an answer.
    pub idle_timeout: Duration,
    /// The maximum time without a piece of the answer, whatever else the server sends.
    pub content_timeout: Duration,
    /// The time limit of a model call, including all attempts.
    pub call_timeout: Duration,
    /// Whether to use the proxies from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
    pub uses_proxies: bool,
    /// The maximum number of concurrent requests to a server; further ones wait. With HTTP/1.1,
    /// this also limits the number of connections.
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
            streams_per_server: 1_024,
        }
    }
}

/// The key of shared connections: requests to the same host and port, with the same certificates
/// and proxy use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ServerKey {
    origin: String,
    tls: TlsFiles,
    way: Way,
}

/// The clients of all servers used so far, each made on first use.
///
/// Invariant: the lock is held only to find or add a server.
#[derive(Debug)]
pub(super) struct HttpClients {
    settings: HttpSettings,
    servers: Mutex<HashMap<ServerKey, Arc<Server>>>,
}

/// A server, with a limit for all its streams; each client has its own connection if the server
/// supports HTTP/2.
#[derive(Debug)]
struct Server {
    places: Arc<Semaphore>,
    /// The clients; never empty.
    lanes: Vec<Arc<Lane>>,
}

#[derive(Debug, Default)]
struct Lane {
    client: ClientSlot,
    streams: AtomicUsize,
}

/// A permit for one stream to a server, returned on drop.
#[derive(Debug)]
pub(super) struct Place {
    /// The client to send with.
    pub(super) client: Client,
    _stream: Stream,
    _permit: Option<OwnedSemaphorePermit>,
}

/// A counted stream of a lane, until dropped.
#[derive(Debug)]
struct Stream(Arc<Lane>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
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

    /// Waits for a permit for one stream to a server, and reports the wait to the observer.
    ///
    /// # Errors
    /// A configuration failure: no client can be made on this machine, or a file can't be used.
    pub(super) async fn place(
        &self,
        way: Way,
        url: &Url,
        tls: &TlsFiles,
        observer: Option<&dyn GenerationObserver>,
    ) -> Result<Place, ModelError> {
        let server = self.server(way, url, tls);
        let places = Arc::clone(&server.places);
        // The semaphore is never closed.
        let permit = match (Arc::clone(&places).try_acquire_owned(), observer) {
            (Ok(permit), _) => Some(permit),
            (Err(_full), None) => places.acquire_owned().await.ok(),
            (Err(_full), Some(observer)) => {
                observer.waits(Some(Awaited::Stream)).await;
                let permit = places.acquire_owned().await.ok();
                observer.waits(None).await;
                permit
            }
        };
        let stream = server.enter();
        let options = ClientOptions {
            connect_timeout: self.settings.connect_timeout,
            answer_timeout: None,
            takes_gzip: false,
            way: if self.settings.uses_proxies {
                way
            } else {
                Way::Direct
            },
        };
        let made = stream.0.client.get(url, tls, options).await;
        let client = made.map_err(|error| {
            let message = format!("can't set up HTTP: {error}");
            ModelError::new(ModelErrorKind::Configuration, message)
        })?;
        Ok(Place {
            client,
            _stream: stream,
            _permit: permit,
        })
    }

    fn server(&self, way: Way, url: &Url, tls: &TlsFiles) -> Arc<Server> {
        let key = ServerKey {
            origin: url.origin().ascii_serialization(),
            tls: tls.clone(),
            way,
        };
        let mut servers = lock(&self.servers);
        let server = servers.entry(key).or_insert_with(|| {
            let bound = self.settings.streams_per_server.max(1);
            let lanes = if url.scheme() == "https" {
                bound.div_ceil(STREAMS_PER_CONNECTION)
            } else {
                1
            };
            Arc::new(Server {
                places: Arc::new(Semaphore::new(bound)),
                lanes: std::iter::repeat_with(Arc::default).take(lanes).collect(),
            })
        });
        Arc::clone(server)
    }
}

impl Server {
    /// Begins a stream on the first client with room, so that few connections are opened; if none
    /// has room, on the one with the fewest streams.
    fn enter(&self) -> Stream {
        let streams = |lane: &Arc<Lane>| lane.streams.load(Ordering::Relaxed);
        let mut lanes = self.lanes.iter();
        let with_room = lanes.find(|lane| streams(lane) < STREAMS_PER_CONNECTION);
        let emptiest = || self.lanes.iter().min_by_key(|lane| streams(lane));
        let lane = with_room.or_else(emptiest).cloned().unwrap_or_default();
        lane.streams.fetch_add(1, Ordering::Relaxed);
        Stream(lane)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use tokio::time::timeout;

    use super::*;
    use crate::llm::scripted_server::Observed;

    fn streams(server: &Server) -> Vec<usize> {
        let lanes = server.lanes.iter();
        lanes
            .map(|lane| lane.streams.load(Ordering::Relaxed))
            .collect()
    }

    #[tokio::test]
    async fn streams_fill_one_connection_before_the_next_and_are_bounded() {
        let clients = HttpClients::new(HttpSettings {
            streams_per_server: 2 * STREAMS_PER_CONNECTION,
            ..HttpSettings::default()
        });
        let way = Way::ThroughProxies;
        let url: Url = "https://h:1/v1".parse().unwrap();
        let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/tls/ca.pem");
        let tls = TlsFiles {
            authorities: Some(authority.into()),
            ..TlsFiles::default()
        };
        let server = clients.server(way, &url, &tls);
        let mut places = Vec::new();
        for n in 1..=2 * STREAMS_PER_CONNECTION {
            places.push(clients.place(way, &url, &tls, None).await.unwrap());
            let first = n.min(STREAMS_PER_CONNECTION);
            assert_eq!(streams(&server), [first, n - first]);
        }
        let more = timeout(
            Duration::from_millis(1),
            clients.place(way, &url, &tls, None),
        )
        .await;
        assert!(more.is_err(), "the server is full");
        let heard = Observed::default();
        let more = clients.place(way, &url, &tls, Some(&heard));
        assert!(timeout(Duration::from_millis(1), more).await.is_err());
        assert_eq!(*heard.waits.lock().unwrap(), ["stream"]);
        places.remove(3);
        assert_eq!(
            streams(&server),
            [STREAMS_PER_CONNECTION - 1, STREAMS_PER_CONNECTION]
        );
        places.push(clients.place(way, &url, &tls, None).await.unwrap());
        assert_eq!(
            streams(&server),
            [STREAMS_PER_CONNECTION; 2],
            "where the room is"
        );
        let other: Url = "https://other".parse().unwrap();
        assert!(
            clients.place(way, &other, &tls, None).await.is_ok(),
            "another server is not full"
        );
    }

    #[tokio::test]
    async fn a_failure_holds_no_stream() {
        let clients = HttpClients::new(HttpSettings::default());
        let way = Way::ThroughProxies;
        let url: Url = "https://h".parse().unwrap();
        let tls = TlsFiles {
            authorities: Some("no/such.pem".into()),
            ..TlsFiles::default()
        };
        let error = clients.place(way, &url, &tls, None).await.unwrap_err();
        assert!(error.message.contains("`ca_file` no/such.pem: "), "{error}");
        let server = clients.server(way, &url, &tls);
        assert!(streams(&server).iter().all(|streams| *streams == 0));
    }
}

//! The server's clock: those of workers may be apart.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::base::clock::SharedClock;
use crate::base::ids::IdSource;
use crate::fleet::connection::{Link, in_words};

/// After how long the server's clock is looked at again.
const CLOCK_HOLDS: Duration = Duration::from_mins(1);

/// A moment by the server's clock and by ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerNow {
    /// Nanoseconds since 1970.
    pub(super) ns: u64,
    pub(super) at: Instant,
}

/// The server's clock.
#[derive(Debug)]
pub(super) struct ServerClock {
    clock: SharedClock,
    /// A key of our own.
    key: String,
    /// The server's time when we looked.
    seen: Mutex<Option<ServerNow>>,
}

impl ServerClock {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            key: format!("clock.{}", IdSource::Random.uuid()),
            seen: Mutex::default(),
        }
    }

    /// The server's time, looked at once a minute: by when it stored something that we have just sent.
    pub(super) async fn now(&self, link: &Link) -> Result<ServerNow, String> {
        let mut seen = self.seen.lock().await;
        let at = Instant::now();
        if let Some(seen) = seen.filter(|seen| at - seen.at < CLOCK_HOLDS) {
            let passed = u64::try_from((at - seen.at).as_nanos()).unwrap_or(u64::MAX);
            return Ok(ServerNow {
                ns: seen.ns + passed,
                at,
            });
        }
        let sent = Instant::now();
        let text = Bytes::from(self.clock.now().to_rfc3339());
        let put = link.rates.put(&self.key, text).await;
        put.map_err(|error| in_words(&error))?;
        let stored_at = sent + sent.elapsed() / 2;
        let entry = link.rates.entry(&self.key).await;
        let entry = entry.map_err(|error| in_words(&error))?;
        let entry = entry.ok_or_else(|| format!("`{}` is gone", self.key))?;
        let stored = u64::try_from(entry.created.unix_timestamp_nanos()).unwrap_or_default();
        let at = Instant::now();
        let passed = u64::try_from((at - stored_at).as_nanos()).unwrap_or_default();
        let now = ServerNow {
            ns: stored + passed,
            at,
        };
        *seen = Some(now);
        Ok(now)
    }
}

//! The server's clock, because the clocks of workers may differ.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::base::clock::SharedClock;
use crate::base::ids::IdSource;
use crate::fleet::connection::{Link, in_words};

/// The time after which the server's clock is read again.
const CLOCK_HOLDS: Duration = Duration::from_mins(1);

/// A time by the server's clock together with the same time by the local clock.
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
    /// The key that this process writes to read the server's time.
    key: String,
    /// The server's time when it was last read.
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

    /// Returns the server's time, read once a minute from the timestamp of a value that was just
    /// stored.
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

//! The streams, buckets and subjects on the server.
//!
//! | name | contents |
//! |---|---|
//! | stream `FLOWDECK_RUNS` | the queue: a message for each run to execute, deleted when it is acknowledged |
//! | stream `FLOWDECK_RECORDS` | the records: a subject for each run |
//! | bucket `FLOWDECK_OBJECTS` | specs, and events that are too large for a message |
//! | bucket `FLOWDECK_RATES` | rates of model requests, and the times up to which their slots are taken |

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::object_store::{self, ObjectStore};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context, consumer, kv};
use futures_util::StreamExt;

use super::connection::{FleetError, Link, in_words};
use crate::base::ids::{BatchId, IdSource, RunId};
use crate::base::plural::counted;

pub(super) const RUNS: &str = "FLOWDECK_RUNS";
pub(super) const RECORDS: &str = "FLOWDECK_RECORDS";
pub(super) const OBJECTS: &str = "FLOWDECK_OBJECTS";
pub(super) const RATES: &str = "FLOWDECK_RATES";

/// The time for which records and objects are stored. A run can't wait longer for a person.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);

/// The time within which a second message with the same id is dropped as a duplicate.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// The maximum number of messages that the workers of a pool hold together.
const MAX_IN_HAND: i64 = 100_000;

/// The maximum number of workers' requests that wait at the queue.
const MAX_WAITING: i64 = 8_192;

/// The subject on which workers are asked to introduce themselves.
pub(super) const WORKERS: &str = "flowdeck.workers";

/// Returns the subject on which a run waits for a worker of a pool.
pub(super) fn runs_of(pool: &str) -> String {
    format!("flowdeck.runs.{pool}")
}

/// Returns the subject of a run's record.
pub(super) fn record_of(batch: &BatchId, run: &RunId) -> String {
    format!("flowdeck.records.{batch}.{run}")
}

/// Returns the subject of the records of all runs of a batch.
pub(super) fn records_of(batch: &BatchId) -> String {
    format!("flowdeck.records.{batch}.*")
}

/// Returns the subject of the streamed pieces of a run's answers, which are not stored.
pub(super) fn pieces_of(batch: &BatchId, run: &RunId) -> String {
    format!("flowdeck.pieces.{batch}.{run}")
}

/// Returns the subject of the streamed pieces of all runs of a batch.
pub(super) fn all_pieces_of(batch: &BatchId) -> String {
    format!("flowdeck.pieces.{batch}.*")
}

/// Returns the subject on which workers report why they return runs of a batch.
pub(super) fn refusals_of(batch: &BatchId) -> String {
    format!("flowdeck.refusals.{batch}")
}

/// Returns the subject of orders to the worker of a run.
pub(super) fn orders_of(run: &RunId) -> String {
    format!("flowdeck.orders.{run}")
}

/// Whether a text can be a part of a subject and the name of a consumer.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// The streams, objects and rates on the server.
pub(super) struct Layout {
    pub(super) runs: Stream,
    pub(super) records: Stream,
    pub(super) objects: ObjectStore,
    pub(super) rates: kv::Store,
}

impl Layout {
    /// Finds the streams and buckets, and creates missing ones. Existing settings of an operator,
    /// such as replicas, size and age, are kept.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn made(context: &Context, servers: &str) -> Result<Self, FleetError> {
        let failed =
            |what: &str, error: &(dyn std::error::Error + 'static)| FleetError::JetStream {
                servers: servers.to_owned(),
                what: what.to_owned(),
                reason: in_words(error),
            };
        let stream = |config: Config| {
            let what = format!("the stream `{}`", config.name);
            async move {
                let made = context.get_or_create_stream(config).await;
                made.map_err(|error| failed(&what, &error))
            }
        };
        let runs = stream(Config {
            name: RUNS.to_owned(),
            subjects: vec![runs_of("*")],
            retention: RetentionPolicy::WorkQueue,
            ..kept()
        })
        .await?;
        let records = stream(Config {
            name: RECORDS.to_owned(),
            subjects: vec!["flowdeck.records.*.*".to_owned()],
            max_age: KEPT_FOR,
            allow_direct: true,
            ..kept()
        })
        .await?;
        let objects = match context.get_object_store(OBJECTS).await {
            Ok(objects) => objects,
            Err(_missing) => {
                let config = object_store::Config {
                    bucket: OBJECTS.to_owned(),
                    max_age: KEPT_FOR,
                    ..object_store::Config::default()
                };
                let made = context.create_object_store(config).await;
                made.map_err(|error| failed(&format!("the bucket `{OBJECTS}`"), &error))?
            }
        };
        let rates = match context.get_key_value(RATES).await {
            Ok(rates) => rates,
            Err(_missing) => {
                let config = kv::Config {
                    bucket: RATES.to_owned(),
                    history: 1,
                    max_age: KEPT_FOR,
                    ..kv::Config::default()
                };
                let made = context.create_key_value(config).await;
                made.map_err(|error| failed(&format!("the bucket `{RATES}`"), &error))?
            }
        };
        Ok(Self {
            runs,
            records,
            objects,
            rates,
        })
    }
}

/// Whether an error says that the stream doesn't exist.
fn is_missing(error: &GetStreamError) -> bool {
    match error.kind() {
        GetStreamErrorKind::JetStream(error) => {
            error.error_code() == jetstream::ErrorCode::STREAM_NOT_FOUND
        }
        GetStreamErrorKind::EmptyName
        | GetStreamErrorKind::Request
        | GetStreamErrorKind::InvalidStreamName => false,
    }
}

/// Returns the common settings of both streams: acknowledged messages are on disk, and a full
/// stream refuses new messages instead of deleting old ones.
fn kept() -> Config {
    Config {
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        duplicate_window: DUPLICATE_WINDOW,
        ..Config::default()
    }
}

/// Returns the consumer with which the workers of a pool take runs.
///
/// # Errors
/// [`FleetError::JetStream`].
pub(super) async fn pool_consumer(
    link: &Link,
    ack_wait: Duration,
) -> Result<consumer::Consumer<pull::Config>, FleetError> {
    let name = format!("pool_{}", link.pool);
    let config = pull::Config {
        durable_name: Some(name.clone()),
        filter_subject: runs_of(&link.pool),
        ack_policy: AckPolicy::Explicit,
        ack_wait,
        // The worker counts attempts itself: a message that has used its deliveries up would stay, and nobody would see it.
        max_deliver: -1,
        max_ack_pending: MAX_IN_HAND,
        max_waiting: MAX_WAITING,
        ..pull::Config::default()
    };
    let made = link.runs.create_consumer(config).await;
    made.map_err(|error| FleetError::JetStream {
        servers: link.servers.clone(),
        what: format!("the consumer `{name}` of `{RUNS}`"),
        reason: in_words(&error),
    })
}

impl Link {
    /// Whether the server reports that it has nothing of a batch; false if it doesn't answer.
    pub(super) async fn has_lost(&self, batch: &BatchId) -> bool {
        let records = match self.context.get_stream(RECORDS).await {
            Ok(records) => records,
            Err(error) => return is_missing(&error),
        };
        match records.info_with_subjects(records_of(batch)).await {
            Ok(mut subjects) => subjects.next().await.is_none(),
            Err(_silent) => false,
        }
    }

    /// Creates the streams and buckets that no longer exist.
    ///
    /// # Errors
    /// [`FleetError::JetStream`].
    pub(super) async fn make_again(&self) -> Result<(), FleetError> {
        Layout::made(&self.context, &self.servers).await.map(drop)
    }

    /// Tries once each operation that workers and launching programs need at the server, and
    /// returns a description of what exists.
    ///
    /// # Errors
    /// [`FleetError::JetStream`]: the account lacks a permission.
    pub(crate) async fn check(&self, ack_wait: Duration) -> Result<String, FleetError> {
        let failed = |what: &str, reason: String| FleetError::JetStream {
            servers: self.servers.clone(),
            what: what.to_owned(),
            reason,
        };
        let count = async |stream: &Stream, name: &str| {
            let info = stream.get_info().await;
            let info = info.map_err(|error| failed(name, in_words(&error)))?;
            Ok::<u64, FleetError>(info.state.messages)
        };
        let (n_waiting, n_records) = (
            count(&self.runs, RUNS).await?,
            count(&self.records, RECORDS).await?,
        );
        pool_consumer(self, ack_wait).await?;
        // A record of no run, an object and a rate: the first use would tell it too late.
        let probe = format!("check.{}", IdSource::Random.uuid());
        self.keep_object(&probe, b"check").await?;
        let deleted = self.objects.delete(&probe).await;
        deleted.map_err(|error| failed(&format!("the bucket `{OBJECTS}`"), in_words(&error)))?;
        let rates = |reason| failed(&format!("the bucket `{RATES}`"), reason);
        let kept = self.rates.put(&probe, "check".into()).await;
        kept.map_err(|error| rates(in_words(&error)))?;
        let purged = self.rates.purge(&probe).await;
        purged.map_err(|error| rates(in_words(&error)))?;
        Ok(format!(
            "`{RUNS}` with {} to carry out, `{RECORDS}` with {}, `{OBJECTS}` and `{RATES}` can be used",
            counted(n_waiting, "run"),
            counted(n_records, "message"),
        ))
    }
}

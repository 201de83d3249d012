//! The cache of summaries, so that each is written only once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::clock::Timestamp;
use crate::runtime::datastore::{DatastoreError, MemoryStore, Row};
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::trace::Failure;

/// The names of the columns in a collection of summaries.
const KEY: &str = "cache_key";
const CONTENT: &str = "cache_content";
const CREATED: &str = "created_at";
const USED: &str = "last_used_at";

/// The settings of a transform's cache.
pub(super) struct CacheSettings<'a> {
    /// The datastore of the cache; `None` disables it.
    pub(super) datastore: Option<&'a Arc<Component>>,
    pub(super) collection: &'a str,
    /// The maximum number of summaries; `None` for no limit.
    pub(super) max_size: Option<i64>,
    /// The lifetime of a summary in seconds; `None` for no limit.
    pub(super) max_lifetime: Option<i64>,
}

/// A collection with summaries by key.
pub(super) struct Cache<'a> {
    settings: CacheSettings<'a>,
    store: Option<Arc<MemoryStore>>,
    place: &'a RunContext,
}

impl<'a> Cache<'a> {
    /// # Errors
    /// The datastore is not in memory.
    pub(super) fn open(
        settings: CacheSettings<'a>,
        place: &'a RunContext,
    ) -> Result<Self, Failure> {
        let store = settings
            .datastore
            .map(|datastore| place.memory_store(datastore));
        Ok(Self {
            store: store.transpose()?,
            settings,
            place,
        })
    }

    /// Returns the summary of a key, with the further columns of its row.
    ///
    /// # Errors
    /// Those of the datastore and of an effect.
    pub(super) async fn get(&self, key: &str) -> Result<Option<(String, Row)>, Halt> {
        let Some(store) = &self.store else {
            return Ok(None);
        };
        let now = self.now().await?;
        let found = self.find(store, key, now);
        let Some(row) = found.map_err(Failure::from)? else {
            return Ok(None);
        };
        let content = row.get(CONTENT).and_then(Value::as_str).unwrap_or_default();
        Ok(Some((content.to_owned(), row)))
    }

    /// Returns the row of a key and marks it as used now.
    fn find(
        &self,
        store: &MemoryStore,
        key: &str,
        now: f64,
    ) -> Result<Option<Row>, DatastoreError> {
        self.drop_expired(store, now)?;
        let filter = with_key(key);
        let rows = store.list(self.settings.collection, &filter)?;
        let Some(row) = rows.into_iter().next_back() else {
            return Ok(None);
        };
        let used = Row::from_iter([(USED.to_owned(), json!(now))]);
        store.update(self.settings.collection, &filter, &used)?;
        Ok(Some(row))
    }

    /// Stores a summary, replacing one with the same key; if there are too many, the least used one
    /// is deleted.
    ///
    /// # Errors
    /// Those of the datastore and of an effect.
    pub(super) async fn put(&self, key: &str, content: &str, further: Row) -> Result<(), Halt> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let now = self.now().await?;
        let mut row = with_key(key);
        row.extend(further);
        row.insert(CONTENT.to_owned(), json!(content));
        row.insert(CREATED.to_owned(), json!(now));
        row.insert(USED.to_owned(), json!(now));
        let kept = self.keep(store, key, &row);
        Ok(kept.map_err(Failure::from)?)
    }

    fn keep(&self, store: &MemoryStore, key: &str, row: &Row) -> Result<(), DatastoreError> {
        let collection = self.settings.collection;
        store.delete(collection, &with_key(key))?;
        self.make_room(store)?;
        store.create(collection, row)
    }

    fn make_room(&self, store: &MemoryStore) -> Result<(), DatastoreError> {
        let max_size = self
            .settings
            .max_size
            .and_then(|max| usize::try_from(max).ok());
        let Some(max_size) = max_size else {
            return Ok(());
        };
        let mut rows = store.list(self.settings.collection, &Row::new())?;
        rows.sort_by(|one, other| seconds(one, USED).total_cmp(&seconds(other, USED)));
        let surplus = (rows.len() + 1).saturating_sub(max_size);
        self.forget(store, rows.iter().take(surplus))
    }

    fn drop_expired(&self, store: &MemoryStore, now: f64) -> Result<(), DatastoreError> {
        let Some(lifetime) = self.settings.max_lifetime else {
            return Ok(());
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a lifetime of 2^53 seconds will do"
        )]
        let oldest = now - lifetime as f64;
        let rows = store.list(self.settings.collection, &Row::new())?;
        let expired = rows.iter().filter(|row| seconds(row, CREATED) < oldest);
        self.forget(store, expired)
    }

    fn forget<'r>(
        &self,
        store: &MemoryStore,
        rows: impl Iterator<Item = &'r Row>,
    ) -> Result<(), DatastoreError> {
        for row in rows {
            if let Some(key) = row.get(KEY).and_then(Value::as_str) {
                store.delete(self.settings.collection, &with_key(key))?;
            }
        }
        Ok(())
    }

    /// Returns the seconds since the Unix epoch.
    async fn now(&self) -> Result<f64, Halt> {
        let epoch = Timestamp::from_ns(0);
        Ok(self.place.time().await?.since(epoch).as_secs_f64())
    }
}

fn with_key(key: &str) -> Row {
    Row::from_iter([(KEY.to_owned(), json!(key))])
}

fn seconds(row: &Row, column: &str) -> f64 {
    row.get(column).and_then(Value::as_f64).unwrap_or_default()
}

//! The operations of datastore nodes on PostgreSQL databases.
//!
//! Each operation is one transaction. Values are parameters and never part of a statement's text;
//! names are quoted. Read-only operations use a read-only transaction, so that they can be
//! repeated.

mod address;
mod columns;
mod connect;
mod encryption;
mod failed;
mod operation;
mod parameter;
mod placeholders;
mod rows;
mod session;
mod statement;
mod store;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio_util::task::TaskTracker;

use self::address::Settings;
pub use self::operation::DatastoreOperation;
use self::store::Store;
use super::executor::{ToolError, ToolObserver};
use super::limit::DEFAULT_LIMIT;
use crate::base::lock::lock;
use crate::profile::Profile;
use crate::spec::language::PostgresDatabaseDatastore;

/// The databases for the runs of one profile. Connections are opened on first use.
#[derive(Debug)]
pub(super) struct PostgresTools {
    profile: Arc<Profile>,
    /// The stores; a list suffices because there are few.
    stores: Mutex<Vec<Arc<Store>>>,
    tasks: TaskTracker,
}

impl PostgresTools {
    pub(super) fn new(profile: Arc<Profile>, tasks: TaskTracker) -> Self {
        Self {
            profile,
            stores: Mutex::default(),
            tasks,
        }
    }

    /// Executes a node's operation, within the profile's time limit for calls, else within a
    /// minute.
    ///
    /// # Errors
    /// [`ToolError`], if the database can't be reached, rejects the operation, or has other tables
    /// than the datastore declares.
    ///
    /// # Cancel safety
    /// When the future is dropped, the server is asked to stop and rolls back uncommitted changes.
    pub(super) async fn call(
        &self,
        name: &str,
        datastore: &PostgresDatabaseDatastore,
        operation: &DatastoreOperation,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let store = self.store(datastore).await?;
        let _place = store.place(observer).await;
        let limit = self.profile.call_limits.call.unwrap_or(DEFAULT_LIMIT);
        store.carry_out(name, operation, limit, observer).await
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        for store in lock(&self.stores).drain(..) {
            store.close();
        }
    }

    /// Returns the store of a datastore, which is shared by datastores with equal settings.
    async fn store(&self, datastore: &PostgresDatabaseDatastore) -> Result<Arc<Store>, ToolError> {
        let settings = Settings::of(datastore, &self.profile.folder).await?;
        let known = |stores: &[Arc<Store>]| {
            let known = stores.iter().find(|store| *store.settings() == settings);
            known.cloned()
        };
        if let Some(store) = known(&lock(&self.stores)) {
            return Ok(store);
        }
        let made = Arc::new(Store::new(settings.clone(), self.tasks.clone()).await?);
        let mut stores = lock(&self.stores);
        // Another call may have made it meanwhile. One whose files are others by now is not asked for any more.
        Ok(known(&stores).unwrap_or_else(|| {
            stores.retain(|store| !store.settings().is_older_than(&settings));
            stores.push(Arc::clone(&made));
            made
        }))
    }
}

/// Returns the address of a datastore's database, for people.
pub(super) fn shown(datastore: &PostgresDatabaseDatastore) -> String {
    address::shown(datastore)
}

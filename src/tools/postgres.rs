//! Rows in the tables of PostgreSQL databases: what the nodes of datastores ask for.
//!
//! Each operation is one transaction. Values are parameters, never text of a statement; names are quoted. What only reads is
//! done in a transaction that may only read, so that it can be done again.

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

/// The databases of one profile's runs. A connection is made when it is first needed.
#[derive(Debug)]
pub(super) struct PostgresTools {
    profile: Arc<Profile>,
    /// Few, so a list will do.
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

    /// Does what a node asks for, within the bound that the profile sets on calls, else within a minute.
    ///
    /// # Errors
    /// [`ToolError`]: the database can't be reached, refuses, or has other tables than the datastore says.
    ///
    /// # Cancel safety
    /// When the future is dropped, the server is asked to stop, and takes back what was not
    /// confirmed.
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

    /// Ends all connections.
    pub(super) fn close(&self) {
        for store in lock(&self.stores).drain(..) {
            store.close();
        }
    }

    /// The store of a datastore: the same for all that say the same.
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

/// The database of a datastore, as people may see it.
pub(super) fn shown(datastore: &PostgresDatabaseDatastore) -> String {
    address::shown(datastore)
}

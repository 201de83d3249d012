//! Makes the models that profiles name.

use std::sync::Arc;

use super::http::{HttpClients, HttpSettings};
use super::http_model::{HttpModel, Shared};
use super::model::Model;
use super::offline::{OfflineModel, Pace};
use crate::base::clock::WallClock;
use crate::net::retry::RetryPolicy;
use crate::profile::{ModelEndpoint, ModelTarget};

/// The settings for HTTP, for the offline model and for retries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelSettings {
    /// The HTTP settings.
    pub http: HttpSettings,
    /// The pace of the offline model; tests take [`Pace::INSTANT`].
    pub offline_pace: Pace,
    /// The retry policy of models whose configuration has none.
    pub retry: RetryPolicy,
}

/// Makes models that share connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Models {
    shared: Shared,
    settings: Arc<ModelSettings>,
}

impl Models {
    /// Makes the shared state. No connection is opened and no certificate is read before the first
    /// call of a model.
    pub fn new(settings: ModelSettings) -> Self {
        Self {
            shared: Shared {
                clients: Arc::new(HttpClients::new(settings.http.clone())),
                dialects: Arc::default(),
                readers: Arc::default(),
                clock: Arc::new(WallClock),
            },
            settings: Arc::new(settings),
        }
    }

    /// Returns the connections, and what was learned about the servers.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Returns the model of a target.
    pub fn for_target(&self, target: &ModelTarget) -> Arc<dyn Model> {
        match target {
            ModelTarget::Offline => Arc::new(OfflineModel {
                pace: self.settings.offline_pace,
                length_words: None,
            }),
            ModelTarget::Endpoint(endpoint) => Arc::new(HttpModel::new(
                self.shared.clone(),
                endpoint.as_ref().clone(),
                policy_of(endpoint, &self.settings),
            )),
        }
    }
}

fn policy_of(endpoint: &ModelEndpoint, settings: &ModelSettings) -> RetryPolicy {
    let own = endpoint.retry.as_ref();
    own.unwrap_or(&settings.retry).clone()
}

impl Default for Models {
    fn default() -> Self {
        Self::new(ModelSettings::default())
    }
}

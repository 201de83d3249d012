//! Makes the model that a profile names.

use std::sync::Arc;

use super::http::{HttpClients, HttpSettings};
use super::http_model::{HttpModel, Shared};
use super::model::Model;
use super::offline::{OfflineModel, Pace};
use crate::base::clock::WallClock;
use crate::net::retry::RetryPolicy;
use crate::profile::{ModelEndpoint, ModelTarget};

/// The settings of how models are reached and how fast the offline one answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelSettings {
    /// The settings of models behind HTTP.
    pub http: HttpSettings,
    /// The pace of the offline model; tests take [`Pace::INSTANT`].
    pub offline_pace: Pace,
    /// The retries of failed requests, for models whose configuration does not say.
    pub retry: RetryPolicy,
}

/// Makes models; all of them share its connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Models {
    shared: Shared,
    settings: Arc<ModelSettings>,
}

impl Models {
    /// Nothing is opened and no certificate is read until a model is first called.
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

    /// Connections and what was learnt over them.
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

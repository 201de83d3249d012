//! Checks whether an endpoint is reachable, and which models it has.

use std::time::Duration;

use reqwest::{Method, Request};
use serde_json::Value;

use super::authorizer::{self, Authorizer};
use super::error::{Asked, Failed};
use super::model::{ModelError, ModelErrorKind};
use super::models::Models;
use super::side_request::SideRequest;
use super::wire::wire_of;
use crate::base::address::shown_address;
use crate::net::client::Way;
use crate::profile::{Api, ModelTarget};

/// The time limit for an endpoint's answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The maximum size of an answer, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The result of checking an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// The models that the endpoint lists; empty if it has no list.
    pub models: Vec<String>,
}

impl Probed {
    /// Returns whether the endpoint lists a model. Ollama lists `llama3.2:latest` for `llama3.2`.
    pub fn has(&self, model_id: &str) -> bool {
        let is_it = |listed: &String| {
            let rest = listed.strip_prefix(model_id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.models.is_empty() || self.models.iter().any(is_it)
    }
}

impl Models {
    /// Requests the list of models from a target's endpoint. The offline model is always available.
    ///
    /// # Errors
    /// [`ModelError`] if the endpoint is unreachable or rejects the key. A server without a list of
    /// models is not an error.
    pub async fn probe(&self, target: &ModelTarget) -> Result<Probed, ModelError> {
        let ModelTarget::Endpoint(target) = target else {
            return Ok(Probed::default());
        };
        let url = models_url(&target.url, target.api);
        let endpoint = shown_address(&url);
        let sent = authorizer::secrets_of(target);
        let asked = Asked {
            endpoint: &endpoint,
            model_id: &target.model_id,
            has_key: target.credentials.key().is_some(),
            sent: &sent,
        };
        let clients = &self.shared().clients;
        let wire = wire_of(target.api);
        let mut request = Request::new(Method::GET, url);
        let own = target.headers.iter();
        let own = own.map(|(name, value)| (*name, value.as_str()));
        for (name, value) in wire.headers().iter().copied().chain(own) {
            let value = value.parse().map_err(|_unprintable| {
                let message = format!("the value of the header `{name}` can't be sent");
                ModelError::new(ModelErrorKind::Configuration, message)
            })?;
            request.headers_mut().append(name, value);
        }
        let authorizer = Authorizer::new(&target.credentials, &self.shared().clock);
        let failed = |failed: Failed| *failed.error;
        let authorizing = authorizer.authorize(&mut request, wire, clients, &endpoint);
        authorizing.await.map_err(failed)?;
        authorizer::learn(&request, &sent);
        let asking = SideRequest {
            request,
            asked,
            way: Way::ThroughProxies,
            tls: &target.tls,
            limit: LIMIT,
            max_bytes: MAX_BYTES,
        };
        match asking.answer(clients).await.map_err(failed) {
            Ok(body) => Ok(Probed {
                models: listed(&body),
            }),
            Err(error) if matches!(error.status, Some(404 | 405)) => Ok(Probed::default()),
            Err(error) => Err(error),
        }
    }
}

/// Returns the URL of the list of models that belongs to a protocol's URL.
fn models_url(url: &url::Url, api: Api) -> url::Url {
    let mut models = url.clone();
    let path = url.path().trim_end_matches('/');
    let base = path.strip_suffix(api.path()).unwrap_or(path);
    models.set_path(&format!("{base}/models"));
    models
}

fn listed(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    // Google has the list in `models`, with names like `models/gemini-2.5-flash`.
    let models = body.get("data").or(body.get("models"));
    let id = |model: &Value| {
        let id = model.get("id").or(model.get("name"))?.as_str()?;
        Some(id.strip_prefix("models/").unwrap_or(id).to_owned())
    };
    let models = models.and_then(Value::as_array).into_iter().flatten();
    models.filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_list_stands_beside_the_completions() {
        let cases = [
            (
                "http://h/v1/chat/completions",
                Api::ChatCompletions,
                "http://h/v1/models",
            ),
            (
                "http://h/responses?v=1",
                Api::Responses,
                "http://h/models?v=1",
            ),
        ];
        for (url, api, expected) in cases {
            assert_eq!(models_url(&url.parse().unwrap(), api).as_str(), expected);
        }
    }

    #[test]
    fn a_model_is_there_unless_the_list_says_otherwise() {
        let google = listed(r#"{"models": [{"name": "models/gemini-x"}]}"#);
        assert_eq!(google, ["gemini-x"]);
        let models = listed(r#"{"data": [{"id": "llama3.2:latest"}, {}]}"#);
        let probed = Probed { models };
        assert!(probed.has("llama3.2"));
        assert!(!probed.has("llama3"));
        assert!(Probed::default().has("any"));
    }
}

//! Whether an endpoint can be reached, and which models it has.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::authorizer::{self, Authorizer};
use super::error::{Asked, Failed};
use super::model::{ModelError, ModelErrorKind};
use super::models::Models;
use super::wire::wire_of;
use crate::base::address::shown_address;
use crate::profile::{Api, ModelTarget};

/// How long an endpoint has to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What an endpoint said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// The models that it lists; empty where it lists none.
    pub models: Vec<String>,
}

impl Probed {
    /// Whether the endpoint has a model, as far as it says. Ollama lists `llama3.2:latest` for
    /// `llama3.2`.
    pub fn has(&self, model_id: &str) -> bool {
        let is_it = |listed: &String| {
            let rest = listed.strip_prefix(model_id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.models.is_empty() || self.models.iter().any(is_it)
    }
}

impl Models {
    /// Asks the endpoint of a target for its models. The offline model is always there.
    ///
    /// # Errors
    /// [`ModelError`] when it can't be reached or refuses the key. A server without a list of
    /// models is no error.
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
        let place = clients.place(&url, &target.tls).await;
        let place = place
            .map_err(|error| ModelError::new(ModelErrorKind::Configuration, error.to_string()))?;
        let wire = wire_of(target.api);
        let mut asking = place.client.get(url);
        for (name, value) in wire.headers() {
            asking = asking.header(*name, *value);
        }
        for (name, value) in &target.headers {
            asking = asking.header(*name, value);
        }
        let mut request = asking
            .build()
            .map_err(|error| *asked.unreachable(error).error)?;
        Authorizer::new(&target.credentials, &self.shared().clock)
            .authorize(&mut request, wire, clients, &endpoint)
            .await
            .map_err(|failed| *failed.error)?;
        authorizer::learn(&request, &sent);
        let asking = async {
            let mut response = place.client.execute(request).await?;
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while let Some(bytes) = response.chunk().await? {
                body.extend_from_slice(&bytes);
                if body.len() > MAX_BYTES {
                    return Ok(None);
                }
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            Ok::<_, reqwest::Error>(Some((status, body)))
        };
        match timeout(LIMIT, asking).await {
            Ok(Ok(None)) => {
                let megabytes = MAX_BYTES / (1024 * 1024);
                let message = format!("`{endpoint}` sent a list of more than {megabytes} MB");
                Err(*Failed::bad_answer(message).error)
            }
            Ok(Ok(Some((200..=299, body)))) => Ok(Probed {
                models: listed(&body),
            }),
            Ok(Ok(Some((404 | 405, _)))) => Ok(Probed::default()),
            Ok(Ok(Some((status, body)))) => Err(*asked.refused(status, &body, None).error),
            Ok(Err(error)) => Err(*asked.unreachable(error).error),
            Err(_elapsed) => {
                let message = format!("`{endpoint}` did not answer within {} s", LIMIT.as_secs());
                Err(*Failed::transport(message).error)
            }
        }
    }
}

/// The address of the list of models beside that of a protocol.
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

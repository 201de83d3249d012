//! The target of a model in Oracle's Generative AI service.

use serde_json::json;

use super::Environment;
use crate::profile::address::endpoint_url;
use crate::profile::error::ProfileError;
use crate::profile::model_endpoint::{Api, ModelEndpoint};
use crate::profile::oci_client::credentials;
use crate::spec::language::{OciClientConfig, OciGenAiConfig};

/// Returns the endpoint of a configuration.
///
/// # Errors
/// [`ProfileError`] if the address is invalid or the signing key is missing.
pub(super) fn endpoint(
    config: &OciGenAiConfig,
    environment: &Environment<'_>,
) -> Result<ModelEndpoint, ProfileError> {
    let component = config.component().name();
    let client = config.client_config();
    let base = OciClientConfig::of(client).map(|client| client.service_endpoint().to_owned());
    let base = base.unwrap_or_default();
    let base = base.trim_end_matches('/');
    let (api, base) = match config.api_type() {
        "openai_chat_completions" => (Api::ChatCompletions, format!("{base}/openai/v1")),
        "openai_responses" => (Api::Responses, format!("{base}/openai/v1")),
        _ if is_coheres(config) => (Api::OciCohere, format!("{base}/20231130")),
        _ => (Api::OciGeneric, format!("{base}/20231130")),
    };
    let whole = format!("{base}{}", api.path());
    let url = endpoint_url(&whole, api).map_err(|source| ProfileError::Address {
        component: component.to_owned(),
        source,
    })?;
    let mut endpoint = ModelEndpoint {
        credentials: credentials(client, component, environment)?,
        ..ModelEndpoint::new(api, url, "")
    };
    let compartment = config.compartment_id();
    match api {
        Api::OciGeneric | Api::OciCohere => {
            let serving_mode = match config.serving_mode() {
                "DEDICATED" => json!({"servingType": "DEDICATED", "endpointId": config.model_id()}),
                _ => json!({"servingType": "ON_DEMAND", "modelId": config.model_id()}),
            };
            endpoint.fields.extend([
                ("compartmentId".to_owned(), json!(compartment)),
                ("servingMode".to_owned(), serving_mode),
            ]);
        }
        _ => {
            endpoint.is_openai = true;
            // The service reads the one, older deployments of it the other.
            endpoint
                .headers
                .push(("CompartmentId", compartment.to_owned()));
            endpoint
                .headers
                .push(("opc-compartment-id", compartment.to_owned()));
            if let Some(store) = config.conversation_store_id() {
                endpoint
                    .headers
                    .push(("opc-conversation-store-id", store.to_owned()));
            }
        }
    }
    Ok(endpoint)
}

/// Returns whether the model is one of Cohere's, judging by its provider or the beginning of its
/// id.
fn is_coheres(config: &OciGenAiConfig) -> bool {
    let maker = config.model_id().split_once('.').map(|(maker, _)| maker);
    config.provider() == Some("COHERE") || maker.is_some_and(|maker| maker.contains("cohere"))
}

//! The target of a Gemini model: AI Studio with a key, or Vertex AI with an account.

use std::path::Path;

use url::Url;

use super::{Environment, sensitive};
use crate::base::secret::Secret;
use crate::profile::address::{AddressError, endpoint_url};
use crate::profile::error::ProfileError;
use crate::profile::google_credentials::GoogleAccount;
use crate::profile::model_endpoint::{Api, Credentials, ModelEndpoint};
use crate::spec::language::{GeminiAIStudioAuthConfig, GeminiConfig, GeminiVertexAIAuthConfig};
use crate::spec::sensitive::SensitiveValue;

const AI_STUDIO: &str = "https://generativelanguage.googleapis.com/v1beta";
/// The environment variable with the key for AI Studio.
const KEY_VARIABLE: &str = "GEMINI_API_KEY";
/// The environment variable with the path of the credentials file.
const ACCOUNT_VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// Returns the endpoint of a configuration. `key` is the key from the profile, if any.
///
/// # Errors
/// [`ProfileError`] if the key, the account or the project is missing.
pub(super) fn endpoint(
    config: &GeminiConfig,
    key: Option<Secret>,
    environment: &Environment<'_>,
) -> Result<ModelEndpoint, ProfileError> {
    let component = config.component().name();
    let auth = config.auth();
    if let Some(vertex) = GeminiVertexAIAuthConfig::of(auth) {
        return vertex_ai(&vertex, component, environment);
    }
    let studio_key = match GeminiAIStudioAuthConfig::of(auth) {
        Some(studio) => sensitive(studio.api_key(), component)?,
        None => None,
    };
    let key = key
        .or(studio_key)
        .or_else(|| environment(KEY_VARIABLE))
        .ok_or_else(|| ProfileError::NoKey {
            component: component.to_owned(),
            provider: "Gemini",
            variable: KEY_VARIABLE,
        })?;
    let url = address(AI_STUDIO, component)?;
    Ok(ModelEndpoint {
        credentials: Credentials::Key(key),
        ..ModelEndpoint::new(Api::Gemini, url, "")
    })
}

fn vertex_ai(
    vertex: &GeminiVertexAIAuthConfig,
    component: &str,
    environment: &Environment<'_>,
) -> Result<ModelEndpoint, ProfileError> {
    let account = match (vertex.credentials(), environment(ACCOUNT_VARIABLE)) {
        (SensitiveValue::Given(given), _) => GoogleAccount::read(given.reveal(), component)?,
        (SensitiveValue::Missing(reference), _) => {
            return Err(ProfileError::MissingSensitive {
                component: component.to_owned(),
                reference: reference.to_owned(),
            });
        }
        (SensitiveValue::Absent, Some(path)) => {
            GoogleAccount::read_file(Path::new(path.expose()), component)?
        }
        (SensitiveValue::Absent, None) => {
            return Err(ProfileError::Credentials {
                component: component.to_owned(),
                problem: "there is no account for Vertex AI".to_owned(),
                hint: "give `credentials`, or set GOOGLE_APPLICATION_CREDENTIALS to the path of \
                       an account's JSON key",
            });
        }
    };
    let project = vertex.project_id().map(str::to_owned);
    let project = project
        .or(account.project_id)
        .ok_or_else(|| ProfileError::Credentials {
            component: component.to_owned(),
            problem: "there is no project for Vertex AI".to_owned(),
            hint: "give `project_id`",
        })?;
    let location = vertex.location();
    let host = match location {
        "global" => "aiplatform.googleapis.com".to_owned(),
        location => format!("{location}-aiplatform.googleapis.com"),
    };
    let mut url = address(&format!("https://{host}/v1"), component)?;
    // Only addresses that have no path at all refuse one.
    if let Ok(mut path) = url.path_segments_mut() {
        path.extend([
            "projects",
            &project,
            "locations",
            location,
            "publishers",
            "google",
        ]);
    }
    Ok(ModelEndpoint {
        credentials: Credentials::Google(account.credentials),
        ..ModelEndpoint::new(Api::Gemini, url, "")
    })
}

fn address(text: &str, component: &str) -> Result<Url, ProfileError> {
    endpoint_url(text, Api::Gemini).map_err(|source: AddressError| ProfileError::Address {
        component: component.to_owned(),
        source,
    })
}

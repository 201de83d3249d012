//! Google Cloud accounts, as described by credential files.

use std::path::Path;

use serde_json::Value;
use url::Url;

use super::error::ProfileError;
use crate::base::files::read_text;
use crate::base::secret::Secret;

/// The default endpoint for tokens.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// A Google Cloud account that can obtain tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum GoogleCredentials {
    /// A service account (`"type": "service_account"`).
    ServiceAccount {
        /// The email address of the account.
        email: String,
        /// The private key, in PEM.
        private_key: Secret,
        /// The id of the private key.
        key_id: Option<String>,
        /// The endpoint for tokens.
        token_url: Url,
    },
    /// A user who has signed in with `gcloud` (`"type": "authorized_user"`).
    AuthorizedUser {
        /// The id of the program through which the user signed in.
        client_id: String,
        /// The secret that identifies the program.
        client_secret: Secret,
        /// The token that stands for the user's sign-in.
        refresh_token: Secret,
        /// The endpoint for tokens.
        token_url: Url,
    },
}

impl GoogleCredentials {
    /// Returns the endpoint for tokens.
    pub fn token_url(&self) -> &Url {
        match self {
            Self::ServiceAccount { token_url, .. } | Self::AuthorizedUser { token_url, .. } => {
                token_url
            }
        }
    }
}

/// An account, and the project that it belongs to, if known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GoogleAccount {
    pub(super) credentials: GoogleCredentials,
    pub(super) project_id: Option<String>,
}

impl GoogleAccount {
    /// Reads credentials from a configuration: an object, its text, or the path of its file.
    ///
    /// # Errors
    /// [`ProfileError::Credentials`], with the name of what is missing but no values.
    pub(super) fn read(given: &Value, component: &str) -> Result<Self, ProfileError> {
        match given {
            Value::String(text) if text.trim_start().starts_with('{') => {
                Self::parse(text, "`credentials`", component)
            }
            Value::String(path) => Self::read_file(Path::new(path), component),
            object => Self::of(object, "`credentials`", component),
        }
    }

    /// Reads a credentials file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn read_file(path: &Path, component: &str) -> Result<Self, ProfileError> {
        let text = read_text(path)?;
        Self::parse(&text, &format!("`{}`", path.display()), component)
    }

    fn parse(text: &str, place: &str, component: &str) -> Result<Self, ProfileError> {
        let object: Value = serde_json::from_str(text).unwrap_or_default();
        Self::of(&object, place, component)
    }

    fn of(object: &Value, place: &str, component: &str) -> Result<Self, ProfileError> {
        let refused = |problem: String| ProfileError::Credentials {
            component: component.to_owned(),
            problem: format!("{place}: {problem}"),
            hint: "download the JSON key of a service account, or run `gcloud auth \
                   application-default login`",
        };
        let optional = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let required =
            |name: &str| optional(name).ok_or_else(|| refused(format!("there is no `{name}`")));
        let token_url = optional("token_uri").unwrap_or_else(|| TOKEN_URL.to_owned());
        let token_url = Url::parse(&token_url)
            .map_err(|error| refused(format!("`token_uri` is not an address: {error}")))?;
        let credentials = match required("type")?.as_str() {
            "service_account" => GoogleCredentials::ServiceAccount {
                email: required("client_email")?,
                private_key: Secret::new(required("private_key")?),
                key_id: optional("private_key_id"),
                token_url,
            },
            "authorized_user" => GoogleCredentials::AuthorizedUser {
                client_id: required("client_id")?,
                client_secret: Secret::new(required("client_secret")?),
                refresh_token: Secret::new(required("refresh_token")?),
                token_url,
            },
            other => {
                return Err(refused(format!(
                    "`type` is `{other}`, which flowdeck can't get tokens with"
                )));
            }
        };
        Ok(Self {
            credentials,
            project_id: optional("project_id").or_else(|| optional("quota_project_id")),
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn account() -> Value {
        json!({
            "type": "service_account", "project_id": "p", "private_key_id": "k",
            "private_key": "PEM", "client_email": "a@p.iam.gserviceaccount.com",
        })
    }

    #[test]
    fn an_account_comes_as_an_object_a_text_or_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), account().to_string()).unwrap();
        let path = file.path().to_str().unwrap();
        let expected = GoogleAccount {
            credentials: GoogleCredentials::ServiceAccount {
                email: "a@p.iam.gserviceaccount.com".to_owned(),
                private_key: Secret::new("PEM"),
                key_id: Some("k".to_owned()),
                token_url: TOKEN_URL.parse().unwrap(),
            },
            project_id: Some("p".to_owned()),
        };
        for given in [account(), json!(account().to_string()), json!(path)] {
            assert_eq!(GoogleAccount::read(&given, "g").unwrap(), expected);
        }
        let user = json!({
            "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        });
        assert!(GoogleAccount::read(&user, "g").is_ok());
    }

    #[test]
    fn what_is_missing_is_told_without_secrets() {
        for (given, expected) in [
            (json!({}), "`g`: `credentials`: there is no `type`"),
            (json!("{"), "`g`: `credentials`: there is no `type`"),
            (
                json!({"type": "service_account", "client_email": "a"}),
                "`g`: `credentials`: there is no `private_key`",
            ),
            (
                json!({"type": "external_account"}),
                "`g`: `credentials`: `type` is `external_account`, which flowdeck can't get tokens with",
            ),
        ] {
            let error = GoogleAccount::read(&given, "g").unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}

//! The ways in which the clients of an agent can authenticate, as written in its card.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Version;
use super::lenient::{or_default, text};
use super::object::{Object, texts};

/// A way for a client to authenticate.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct SecurityScheme {
    /// A description of the scheme, for people.
    pub description: Option<String>,
    /// The kind of authentication.
    pub kind: SecuritySchemeKind,
}

/// The kinds of authentication, as in `OpenAPI` 3.2.
#[derive(Clone, Debug, PartialEq)]
pub enum SecuritySchemeKind {
    /// A key in a header, a query parameter or a cookie.
    ApiKey {
        /// `header`, `query` or `cookie`.
        location: String,
        /// The name of the header, parameter or cookie.
        name: String,
    },
    /// The header `Authorization`.
    Http {
        /// `Bearer`, `Basic`, ….
        scheme: String,
        /// A description of the bearer token's format.
        bearer_format: Option<String>,
    },
    /// OAuth 2.
    OAuth2 {
        /// The flows by name, in the form of the card, which is the same in both versions.
        flows: Map<String, Value>,
        /// The address of the authorization server's metadata.
        metadata_url: Option<String>,
    },
    /// `OpenID` Connect.
    OpenIdConnect {
        /// The address of the discovery document.
        url: String,
    },
    /// A client certificate.
    MutualTls,
}

/// Schemes that a client must all use, by their names in the card, each with its scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "WireRequirement")]
pub struct SecurityRequirement(pub BTreeMap<String, Vec<String>>);

impl SecurityScheme {
    /// Converts the scheme to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let object = Object::default().with_text("description", self.description.as_deref());
        let (kind_1_0, kind_0_3, object) = match &self.kind {
            SecuritySchemeKind::ApiKey { location, name } => {
                let place = match version {
                    Version::V1_0 => "location",
                    Version::V0_3 => "in",
                };
                let object = object.with(place, location.as_str());
                (
                    "apiKeySecurityScheme",
                    "apiKey",
                    object.with("name", name.as_str()),
                )
            }
            SecuritySchemeKind::Http {
                scheme,
                bearer_format,
            } => (
                "httpAuthSecurityScheme",
                "http",
                object
                    .with("scheme", scheme.as_str())
                    .with_text("bearerFormat", bearer_format.as_deref()),
            ),
            SecuritySchemeKind::OAuth2 {
                flows,
                metadata_url,
            } => (
                "oauth2SecurityScheme",
                "oauth2",
                object
                    .with("flows", flows.clone())
                    .with_text("oauth2MetadataUrl", metadata_url.as_deref()),
            ),
            SecuritySchemeKind::OpenIdConnect { url } => (
                "openIdConnectSecurityScheme",
                "openIdConnect",
                object.with("openIdConnectUrl", url.as_str()),
            ),
            SecuritySchemeKind::MutualTls => ("mtlsSecurityScheme", "mutualTLS", object),
        };
        match version {
            Version::V1_0 => Object::default().with(kind_1_0, object).into(),
            Version::V0_3 => object.with("type", kind_0_3).into(),
        }
    }
}

impl SecurityRequirement {
    /// Converts the requirement to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let mut schemes = Object::default();
        for (name, scopes) in &self.0 {
            let scopes = texts(scopes);
            schemes = match version {
                Version::V1_0 => schemes.with(name, Object::default().with_list("list", scopes)),
                Version::V0_3 => schemes.with(name, scopes),
            };
        }
        match version {
            Version::V1_0 => Object::default().with("schemes", schemes).into(),
            Version::V0_3 => schemes.into(),
        }
    }
}

/// The fields of all schemes in either version.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireScheme {
    #[serde(deserialize_with = "text")]
    description: Option<String>,
    #[serde(alias = "in", deserialize_with = "or_default")]
    location: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    scheme: String,
    #[serde(deserialize_with = "text")]
    bearer_format: Option<String>,
    #[serde(deserialize_with = "or_default")]
    flows: Map<String, Value>,
    #[serde(deserialize_with = "text")]
    oauth2_metadata_url: Option<String>,
    #[serde(deserialize_with = "or_default")]
    open_id_connect_url: String,
}

/// Parses a scheme by its type (0.3) or its only field (1.0).
impl TryFrom<Map<String, Value>> for SecurityScheme {
    type Error = String;

    fn try_from(mut wire: Map<String, Value>) -> Result<Self, String> {
        let named = wire.get("type").and_then(Value::as_str).map(str::to_owned);
        let (name, body) = if let Some(name) = named {
            (name, Value::Object(wire))
        } else {
            let name = wire.keys().find(|name| name.ends_with("SecurityScheme"));
            let name = name.cloned().ok_or("a security scheme has no type")?;
            let body = wire.shift_remove(&name).unwrap_or_default();
            (name, body)
        };
        let wire: WireScheme = serde_json::from_value(body)
            .map_err(|error| format!("the security scheme {name} can't be read: {error}"))?;
        let kind = match name.as_str() {
            "apiKey" | "apiKeySecurityScheme" => SecuritySchemeKind::ApiKey {
                location: wire.location,
                name: wire.name,
            },
            "http" | "httpAuthSecurityScheme" => SecuritySchemeKind::Http {
                scheme: wire.scheme,
                bearer_format: wire.bearer_format,
            },
            "oauth2" | "oauth2SecurityScheme" => SecuritySchemeKind::OAuth2 {
                flows: wire.flows,
                metadata_url: wire.oauth2_metadata_url,
            },
            "openIdConnect" | "openIdConnectSecurityScheme" => SecuritySchemeKind::OpenIdConnect {
                url: wire.open_id_connect_url,
            },
            "mutualTLS" | "mtlsSecurityScheme" => SecuritySchemeKind::MutualTls,
            other => return Err(format!("`{other}` is not a security scheme of A2A")),
        };
        Ok(Self {
            description: wire.description,
            kind,
        })
    }
}

/// A requirement in the form of either version.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireRequirement {
    New {
        schemes: BTreeMap<String, WireScopes>,
    },
    Old(BTreeMap<String, Vec<String>>),
}

#[derive(Deserialize)]
struct WireScopes {
    #[serde(default, deserialize_with = "or_default")]
    list: Vec<String>,
}

impl From<WireRequirement> for SecurityRequirement {
    fn from(wire: WireRequirement) -> Self {
        match wire {
            WireRequirement::New { schemes } => {
                let schemes = schemes.into_iter();
                Self(schemes.map(|(name, scopes)| (name, scopes.list)).collect())
            }
            WireRequirement::Old(schemes) => Self(schemes),
        }
    }
}

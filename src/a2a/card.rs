//! An agent's card: its identity, its capabilities, and its interfaces.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::lenient::{or_default, text};
use super::object::{Object, texts};
use super::{SecurityRequirement, SecurityScheme, Version};

/// An agent's card. Its signatures are neither kept nor checked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "WireCard")]
pub struct AgentCard {
    /// The agent's name.
    pub name: String,
    /// A description of the agent, for people.
    pub description: String,
    /// The agent's own version.
    pub version: String,
    /// The interfaces of the agent in its order of preference, including those of version 0.3.
    pub interfaces: Vec<AgentInterface>,
    /// The provider of the agent.
    pub provider: Option<AgentProvider>,
    /// The supported parts of the protocol.
    pub capabilities: AgentCapabilities,
    /// The ways in which clients can authenticate, by name.
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// The alternatives of which a client must meet one, if there are any.
    pub security_requirements: Vec<SecurityRequirement>,
    /// The media types that the agent accepts.
    pub default_input_modes: Vec<String>,
    /// The media types that the agent returns.
    pub default_output_modes: Vec<String>,
    /// The skills of the agent.
    pub skills: Vec<AgentSkill>,
    /// The address of further documentation.
    pub documentation_url: Option<String>,
    /// The address of a picture of the agent.
    pub icon_url: Option<String>,
}

/// The transport of requests and answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolBinding {
    /// JSON-RPC 2.0 over HTTP.
    JsonRpc,
    /// HTTP methods and paths.
    HttpJson,
    /// gRPC, which is not supported here.
    Grpc,
    /// Another transport, by its name.
    Other(String),
}

impl ProtocolBinding {
    /// Returns the name of the binding as in cards.
    pub fn name(&self) -> &str {
        match self {
            Self::JsonRpc => "JSONRPC",
            Self::HttpJson => "HTTP+JSON",
            Self::Grpc => "GRPC",
            Self::Other(name) => name,
        }
    }

    /// Returns the binding with this name.
    pub fn named(name: &str) -> Self {
        match name {
            "JSONRPC" => Self::JsonRpc,
            "HTTP+JSON" => Self::HttpJson,
            "GRPC" => Self::Grpc,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for ProtocolBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::named(&String::deserialize(deserializer)?))
    }
}

/// An interface through which an agent can be called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentInterface {
    /// The address.
    pub url: String,
    /// The transport of requests.
    #[serde(alias = "transport")]
    pub protocol_binding: ProtocolBinding,
    /// The protocol version as written in the card: `1.0`, `0.3.0`, or an unsupported one; empty if
    /// the card has none, as WayFlow's card (26.3.1).
    #[serde(default, deserialize_with = "or_default")]
    pub protocol_version: String,
    /// The tenant that requests must name, if several share the address.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
}

impl AgentInterface {
    /// Makes an interface without a tenant.
    pub fn new(url: impl Into<String>, binding: ProtocolBinding, version: Version) -> Self {
        Self {
            url: url.into(),
            protocol_binding: binding,
            protocol_version: version.name().to_owned(),
            tenant: None,
        }
    }

    /// Returns the protocol version, if it is supported here. A missing version means 0.3.
    pub fn version(&self) -> Option<Version> {
        if self.protocol_version.is_empty() {
            return Some(Version::V0_3);
        }
        Version::named(&self.protocol_version)
    }

    fn to_json(&self) -> Value {
        Object::default()
            .with("url", self.url.as_str())
            .with("protocolBinding", self.protocol_binding.name())
            .with_text("tenant", self.tenant.as_deref())
            .with("protocolVersion", self.protocol_version.as_str())
            .into()
    }
}

/// The provider of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AgentProvider {
    /// The name of the organization.
    pub organization: String,
    /// The address of the organization.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// The parts of the protocol that an agent supports.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentCapabilities {
    /// Whether the agent sends events of a task while it works.
    #[serde(deserialize_with = "or_default")]
    pub streaming: bool,
    /// Whether the agent sends push notifications to its clients.
    #[serde(deserialize_with = "or_default")]
    pub push_notifications: bool,
    /// Whether the agent has a more detailed card for authenticated clients.
    #[serde(deserialize_with = "or_default")]
    pub extended_agent_card: bool,
    /// The extensions of the protocol that the agent supports.
    #[serde(deserialize_with = "or_default")]
    pub extensions: Vec<AgentExtension>,
}

/// An extension of the protocol.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AgentExtension {
    /// The URI that identifies the extension.
    pub uri: String,
    /// A description of the extension's use, for people.
    #[serde(default, deserialize_with = "text")]
    pub description: Option<String>,
    /// Whether clients must support the extension.
    #[serde(default, deserialize_with = "or_default")]
    pub required: bool,
    /// The parameters of the extension.
    #[serde(default, deserialize_with = "or_default")]
    pub params: Map<String, Value>,
}

/// A skill of an agent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentSkill {
    /// The id, unique within the card.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// The display name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// A description of the skill, for people.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// Keywords for finding the skill.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Examples of what a person may say to use the skill.
    #[serde(deserialize_with = "or_default")]
    pub examples: Vec<String>,
    /// The accepted media types, if they differ from the card's.
    #[serde(deserialize_with = "or_default")]
    pub input_modes: Vec<String>,
    /// The returned media types, if they differ from the card's.
    #[serde(deserialize_with = "or_default")]
    pub output_modes: Vec<String>,
    /// The alternatives of which a client must meet one for this skill.
    #[serde(alias = "security", deserialize_with = "or_default")]
    pub security_requirements: Vec<SecurityRequirement>,
}

impl AgentCard {
    /// Converts the card to JSON. For version 1.0 it has all interfaces, for 0.3 only the ones of
    /// that version, the first as its main one. A card without any such interface has no 0.3 form,
    /// and its address is empty.
    pub fn to_json(&self, version: Version) -> Value {
        let object = Object::default()
            .with("name", self.name.as_str())
            .with("description", self.description.as_str())
            .with("version", self.version.as_str());
        let provider = self.provider.as_ref().map(|provider| {
            Object::default()
                .with("organization", provider.organization.as_str())
                .with("url", provider.url.as_str())
        });
        let mut schemes = Object::default();
        for (name, scheme) in &self.security_schemes {
            schemes = schemes.with(name, scheme.to_json(version));
        }
        let schemes = (!self.security_schemes.is_empty()).then_some(schemes);
        self.with_interfaces(object, version)
            .with_some("provider", provider)
            .with_text("documentationUrl", self.documentation_url.as_deref())
            .with_text("iconUrl", self.icon_url.as_deref())
            .with("capabilities", self.capabilities.to_json(version))
            .with_some("securitySchemes", schemes)
            .with_list(
                requirements_name(version),
                requirements(&self.security_requirements, version),
            )
            .with("defaultInputModes", texts(&self.default_input_modes))
            .with("defaultOutputModes", texts(&self.default_output_modes))
            .with("skills", self.skills_json(version))
            .into()
    }

    /// Converts the card to JSON for clients of both versions: all fields of 1.0, and the fields of
    /// 0.3 whose names are not used yet.
    pub fn to_json_for_both(&self) -> Value {
        let mut card = self.to_json(Version::V1_0);
        add_missing(&mut card, self.to_json(Version::V0_3));
        card
    }

    fn with_interfaces(&self, object: Object, version: Version) -> Object {
        match version {
            Version::V1_0 => {
                let interfaces: Vec<_> = self
                    .interfaces
                    .iter()
                    .map(AgentInterface::to_json)
                    .collect();
                object.with("supportedInterfaces", interfaces)
            }
            Version::V0_3 => {
                let mut old = self.interfaces.iter();
                let mut next = || old.find(|found| found.version() == Some(Version::V0_3));
                let main = next();
                let rest = std::iter::from_fn(next).map(|interface| {
                    Object::default()
                        .with("url", interface.url.as_str())
                        .with("transport", interface.protocol_binding.name())
                        .into()
                });
                let rest = rest.collect();
                let version = main.map(|main| main.protocol_version.as_str());
                object
                    .with_text("protocolVersion", version)
                    .with("url", main.map_or("", |main| &main.url))
                    .with_some(
                        "preferredTransport",
                        main.map(|main| main.protocol_binding.name()),
                    )
                    .with_list("additionalInterfaces", rest)
                    .with_flag(
                        "supportsAuthenticatedExtendedCard",
                        self.capabilities.extended_agent_card,
                    )
            }
        }
    }

    fn skills_json(&self, version: Version) -> Vec<Value> {
        let skills = self.skills.iter().map(|skill| {
            Object::default()
                .with("id", skill.id.as_str())
                .with("name", skill.name.as_str())
                .with("description", skill.description.as_str())
                .with("tags", texts(&skill.tags))
                .with_list("examples", texts(&skill.examples))
                .with_list("inputModes", texts(&skill.input_modes))
                .with_list("outputModes", texts(&skill.output_modes))
                .with_list(
                    requirements_name(version),
                    requirements(&skill.security_requirements, version),
                )
                .into()
        });
        skills.collect()
    }
}

impl AgentCapabilities {
    fn to_json(&self, version: Version) -> Value {
        let extensions = self.extensions.iter().map(|extension| {
            Object::default()
                .with("uri", extension.uri.as_str())
                .with_text("description", extension.description.as_deref())
                .with_flag("required", extension.required)
                .with_map("params", &extension.params)
                .into()
        });
        let extended = (version == Version::V1_0).then_some(self.extended_agent_card);
        Object::default()
            .with("streaming", self.streaming)
            .with("pushNotifications", self.push_notifications)
            .with_some("extendedAgentCard", extended)
            .with_list("extensions", extensions.collect())
            .into()
    }
}

const fn requirements_name(version: Version) -> &'static str {
    match version {
        Version::V1_0 => "securityRequirements",
        Version::V0_3 => "security",
    }
}

fn requirements(list: &[SecurityRequirement], version: Version) -> Vec<Value> {
    list.iter().map(|one| one.to_json(version)).collect()
}

/// Adds the fields that an object lacks, at any depth.
fn add_missing(to: &mut Value, from: Value) {
    match (to, from) {
        (Value::Object(to), Value::Object(from)) => {
            for (name, value) in from {
                match to.get_mut(&name) {
                    Some(known) => add_missing(known, value),
                    None => {
                        to.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(to), Value::Array(from)) => {
            for (to, from) in to.iter_mut().zip(from) {
                if to.is_object() {
                    add_missing(to, from);
                }
            }
        }
        _ => {}
    }
}

/// A card in the form of either version or of both.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCard {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    version: String,
    #[serde(default, deserialize_with = "or_default")]
    supported_interfaces: Vec<AgentInterface>,
    #[serde(default, deserialize_with = "text")]
    protocol_version: Option<String>,
    #[serde(default, deserialize_with = "text")]
    url: Option<String>,
    #[serde(default, deserialize_with = "text")]
    preferred_transport: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    additional_interfaces: Vec<AgentInterface>,
    #[serde(default, deserialize_with = "or_default")]
    supports_authenticated_extended_card: bool,
    provider: Option<AgentProvider>,
    #[serde(default, deserialize_with = "or_default")]
    capabilities: AgentCapabilities,
    #[serde(default, deserialize_with = "or_default")]
    security_schemes: BTreeMap<String, SecurityScheme>,
    #[serde(default, deserialize_with = "or_default")]
    security_requirements: Vec<SecurityRequirement>,
    #[serde(default, deserialize_with = "or_default")]
    security: Vec<SecurityRequirement>,
    #[serde(default, deserialize_with = "or_default")]
    default_input_modes: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    default_output_modes: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    skills: Vec<AgentSkill>,
    #[serde(default, deserialize_with = "text")]
    documentation_url: Option<String>,
    #[serde(default, deserialize_with = "text")]
    icon_url: Option<String>,
}

impl From<WireCard> for AgentCard {
    fn from(wire: WireCard) -> Self {
        let old_version = wire.protocol_version.unwrap_or_default();
        let transport = wire.preferred_transport.as_deref().unwrap_or("JSONRPC");
        let main = wire.url.map(|url| AgentInterface {
            url,
            protocol_binding: ProtocolBinding::named(transport),
            protocol_version: String::new(),
            tenant: None,
        });
        let mut interfaces = wire.supported_interfaces;
        for mut old in main.into_iter().chain(wire.additional_interfaces) {
            old.protocol_version.clone_from(&old_version);
            let is_listed = |listed: &AgentInterface| {
                (&listed.url, &listed.protocol_binding) == (&old.url, &old.protocol_binding)
                    && listed.version() == old.version()
            };
            if !interfaces.iter().any(is_listed) {
                interfaces.push(old);
            }
        }
        let mut capabilities = wire.capabilities;
        capabilities.extended_agent_card |= wire.supports_authenticated_extended_card;
        let mut security_requirements = wire.security_requirements;
        if security_requirements.is_empty() {
            security_requirements = wire.security;
        }
        Self {
            name: wire.name,
            description: wire.description,
            version: wire.version,
            interfaces,
            provider: wire.provider,
            capabilities,
            security_schemes: wire.security_schemes,
            security_requirements,
            default_input_modes: wire.default_input_modes,
            default_output_modes: wire.default_output_modes,
            skills: wire.skills,
            documentation_url: wire.documentation_url,
            icon_url: wire.icon_url,
        }
    }
}

//! The A2A server, for versions 1.0 and 0.3: JSON-RPC at `/a2a`, HTTP+JSON below `/a2a/rest` (1.0),
//! and the agent card at its well-known path.
//!
//! A turn of a conversation is a task. A task that the agent has answered is completed, and the
//! next message of its context is the next task. A task that needs an answer is `input-required`,
//! and is answered under its own id. The context is the one that the client names, or else the one
//! of the conversation.

mod listing;
mod modes;
mod operations;
mod rest;
mod rpc;
mod stream;
mod task;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::desk::ConversationStarter;
use crate::a2a::{
    AGENT_CARD_PATH, AgentCapabilities, AgentCard, AgentInterface, AgentSkill, OLD_AGENT_CARD_PATH,
    ProtocolBinding, SecurityRequirement, SecurityScheme, SecuritySchemeKind, Version,
};

/// The path of the JSON-RPC endpoint.
const RPC_PATH: &str = "/a2a";

/// The path below which the HTTP+JSON endpoints are.
const REST_PATH: &str = "/a2a/rest";

/// The header in which a client names its protocol version.
const VERSION_HEADER: &str = "a2a-version";

const TEXT: &str = "text/plain";
const JSON: &str = "application/json";

/// The shared state of the request handlers.
#[derive(Debug)]
struct Agent {
    desk: ConversationStarter,
    address: SocketAddr,
    /// The cached lines of runs in the history, for lists of tasks.
    kept_lines: Mutex<listing::KeptLines>,
}

pub(super) fn routes(desk: ConversationStarter, address: SocketAddr) -> Router {
    let agent = Arc::new(Agent {
        desk,
        address,
        kept_lines: Mutex::default(),
    });
    Router::new()
        .route(AGENT_CARD_PATH, get(card))
        .route(OLD_AGENT_CARD_PATH, get(card))
        // Clients that know only where the server is.
        .route("/", post(rpc::answer))
        .route(RPC_PATH, post(rpc::answer))
        // WayFlow's client writes an address with a slash at its end.
        .route(&format!("{RPC_PATH}/"), post(rpc::answer))
        .merge(rest::routes(REST_PATH))
        .with_state(agent)
}

async fn card(State(agent): State<Arc<Agent>>, headers: HeaderMap) -> Json<Value> {
    Json(agent.card(&headers).to_json_for_both())
}

impl Agent {
    fn card(&self, headers: &HeaderMap) -> AgentCard {
        let served = self.desk.served();
        let component = &served.component;
        let description = component.description().unwrap_or_default();
        let description = match description {
            "" => format!("{} `{}`", component.type_name(), component.name()),
            description => description.to_owned(),
        };
        let base = self.base(headers);
        let rpc = format!("{base}{RPC_PATH}");
        let mut card = AgentCard {
            name: component.name().to_owned(),
            description: description.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            interfaces: vec![
                AgentInterface::new(&rpc, ProtocolBinding::JsonRpc, Version::V1_0),
                AgentInterface::new(
                    format!("{base}{REST_PATH}"),
                    ProtocolBinding::HttpJson,
                    Version::V1_0,
                ),
                AgentInterface::new(&rpc, ProtocolBinding::JsonRpc, Version::V0_3),
            ],
            provider: None,
            capabilities: AgentCapabilities {
                streaming: true,
                ..AgentCapabilities::default()
            },
            security_schemes: std::collections::BTreeMap::new(),
            security_requirements: Vec::new(),
            default_input_modes: vec![TEXT.to_owned(), JSON.to_owned()],
            default_output_modes: vec![TEXT.to_owned(), JSON.to_owned()],
            skills: vec![AgentSkill {
                id: component.id().to_owned(),
                name: component.name().to_owned(),
                description,
                tags: vec![component.type_name().to_owned()],
                ..AgentSkill::default()
            }],
            documentation_url: None,
            icon_url: None,
        };
        if served.key.is_some() {
            add_bearer(&mut card);
        }
        card
    }

    /// Returns the base URL of this server: the host that the client used, or else the address of
    /// the listener.
    fn base(&self, headers: &HeaderMap) -> String {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        match (host, self.address.ip()) {
            (Some(host), _) => format!("http://{host}"),
            (None, IpAddr::V6(_) | IpAddr::V4(_)) => format!("http://{}", self.address),
        }
    }
}

/// Adds to the card that clients must send a bearer key.
fn add_bearer(card: &mut AgentCard) {
    const NAME: &str = "key";
    let scheme = SecurityScheme {
        description: None,
        kind: SecuritySchemeKind::Http {
            scheme: "bearer".to_owned(),
            bearer_format: None,
        },
    };
    card.security_schemes.insert(NAME.to_owned(), scheme);
    let wanted = [(NAME.to_owned(), Vec::new())];
    card.security_requirements
        .push(SecurityRequirement(wanted.into_iter().collect()));
}

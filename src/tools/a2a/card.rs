//! Finds the card of a remote agent, and selects one of its interfaces.

use reqwest::Method as HttpMethod;
use url::Url;

use super::http::{Caller, Request};
use super::target::Target;
use super::trouble::Trouble;
use crate::a2a::{
    AGENT_CARD_PATH, AgentCard, AgentInterface, ErrorCode, OLD_AGENT_CARD_PATH, ProtocolBinding,
    SecurityScheme, SecuritySchemeKind, Version,
};
use crate::base::address::shown_address;
use crate::tools::executor::ToolObserver;

/// The transport of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    JsonRpc,
    HttpJson,
}

/// Returns the card of an agent, found below its address, at the root of its server, or at the
/// address itself; `None` if there is no card.
pub(super) async fn card(
    caller: &Caller,
    observer: &dyn ToolObserver,
) -> Result<Option<AgentCard>, Trouble> {
    let url = &caller.target.url;
    let mut places = Vec::new();
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending);
    if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        places.push(url.clone());
    } else {
        for path in [AGENT_CARD_PATH, OLD_AGENT_CARD_PATH] {
            let mut below = url.clone();
            below.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            places.push(below);
            if let Ok(at_root) = url.join(path)
                && !places.contains(&at_root)
            {
                places.push(at_root);
            }
        }
    }
    for place in places {
        let request = Request {
            method: HttpMethod::GET,
            url: place,
            body: None,
            version: None,
        };
        match caller.ask(&request, observer).await {
            Ok(card) => {
                let card = serde_json::from_value(card);
                return card.map(Some).map_err(|error| {
                    let place = shown_address(&request.url);
                    Trouble::Strange(format!("the card at {place} can't be read: {error}"))
                });
            }
            Err(trouble) if is_missing(&trouble) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(None)
}

/// Returns whether a response means that the page does not exist, by its HTTP status or the error
/// of a framework or endpoint.
fn is_missing(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Status {
            status: 404 | 405,
            ..
        }
    ) || trouble.is_refusal(&[
        ErrorCode::Other(404),
        ErrorCode::Other(405),
        ErrorCode::MethodNotFound,
        ErrorCode::TaskNotFound,
        ErrorCode::InvalidRequest,
    ])
}

/// Returns the first interface that is supported here and is on the server named in the spec,
/// because the headers must not be sent to another server.
pub(super) fn chosen(
    target: &Target,
    interfaces: Vec<AgentInterface>,
) -> Result<(Url, Binding, Version, AgentInterface), Trouble> {
    let mut named = Vec::new();
    let mut elsewhere = None;
    for interface in interfaces {
        named.push(in_words(&interface));
        let (binding, version) = match (&interface.protocol_binding, interface.version()) {
            (ProtocolBinding::JsonRpc, Some(version)) => (Binding::JsonRpc, version),
            // That of 0.3 has other objects again.
            (ProtocolBinding::HttpJson, Some(Version::V1_0)) => (Binding::HttpJson, Version::V1_0),
            _ => continue,
        };
        // Relative ones are not meant to be, and mean only one thing.
        let Ok(url) = target.url.join(&interface.url) else {
            continue;
        };
        match at_home(&target.url, url) {
            Ok(url) => return Ok((url, binding, version, interface)),
            Err(url) => elsewhere = elsewhere.or(Some(shown_address(&url))),
        }
    }
    if let Some(elsewhere) = elsewhere {
        return Err(Trouble::NoInterface {
            why: format!(
                "its card names {elsewhere} as its address, but the spec names {}",
                target.shown()
            ),
            hint: "use the address of the card as `agent_url`, if that server may get the messages and the headers",
        });
    }
    Err(Trouble::NoInterface {
        why: match named.as_slice() {
            [] => "its card names no interface".to_owned(),
            named => format!("its card names {} only", named.join(", ")),
        },
        hint: "flowdeck speaks JSON-RPC in the versions 1.0 and 0.3, and HTTP+JSON in version 1.0",
    })
}

/// Describes an interface: `JSONRPC 1.0`.
fn in_words(interface: &AgentInterface) -> String {
    let version = match interface.protocol_version.as_str() {
        "" => Version::V0_3.name(),
        said => said,
    };
    format!("{} {version}", interface.protocol_binding.name())
}

/// Returns an address from a card, if it is on the spec's server. Cards of local servers may name
/// the server differently: `localhost`, `0.0.0.0`.
fn at_home(home: &Url, mut url: Url) -> Result<Url, Url> {
    if url.origin() == home.origin() {
        return Ok(url);
    }
    let is_same_port = url.port_or_known_default() == home.port_or_known_default();
    if is_local(home) && is_local(&url) && is_same_port && url.scheme() == home.scheme() {
        let moved = url.set_host(home.host_str());
        return if moved.is_ok() { Ok(url) } else { Err(url) };
    }
    Err(url)
}

/// Returns whether an address belongs to this machine.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

/// Describes the authentication that the card asks for; `None` if the card does not say.
pub(super) fn wanted(card: &AgentCard) -> Option<String> {
    let schemes = card.security_schemes.iter().map(|(name, scheme)| {
        let SecurityScheme { kind, .. } = scheme;
        let what = match kind {
            SecuritySchemeKind::ApiKey { location, name } => {
                format!("a key in the {location} `{name}`")
            }
            SecuritySchemeKind::Http { scheme, .. } => format!("`Authorization: {scheme} …`"),
            SecuritySchemeKind::OAuth2 { .. } => "a token of OAuth 2".to_owned(),
            SecuritySchemeKind::OpenIdConnect { .. } => "a token of OpenID Connect".to_owned(),
            SecuritySchemeKind::MutualTls => "a client certificate".to_owned(),
        };
        format!("{what} ({name})")
    });
    let schemes: Vec<String> = schemes.collect();
    (!schemes.is_empty()).then(|| schemes.join(" or "))
}

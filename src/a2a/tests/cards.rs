//! Cards of both versions.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

/// As A2A's SDK for Python (1.3.0) serves one for clients of both versions.
#[test]
fn a_card_for_both_versions_is_read_and_written() {
    let served = json!({
        "name": "sample-agent", "description": "Echoes.", "version": "1.0.0",
        "supportedInterfaces": [
            {"url": "http://127.0.0.1:18032/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            {"url": "http://127.0.0.1:18032/", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
            {"url": "http://127.0.0.1:18032/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"},
        ],
        "capabilities": {"streaming": true},
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
        "skills": [{"id": "echo", "name": "Echo", "description": "Says it.", "tags": ["test"], "examples": ["hello"]}],
        "preferredTransport": "JSONRPC", "protocolVersion": "0.3", "url": "http://127.0.0.1:18032/",
    });
    let card: AgentCard = read(served.clone());
    let interface = |path: &str, binding, version| {
        AgentInterface::new(format!("http://127.0.0.1:18032{path}"), binding, version)
    };
    assert_eq!(
        card.interfaces,
        [
            interface("/", ProtocolBinding::JsonRpc, Version::V1_0),
            interface("/", ProtocolBinding::JsonRpc, Version::V0_3),
            interface("/rest", ProtocolBinding::HttpJson, Version::V1_0),
        ]
    );
    assert!(card.capabilities.streaming);
    let mut expected = served;
    expected["capabilities"] =
        json!({"streaming": true, "pushNotifications": false, "extendedAgentCard": false});
    assert_eq!(card.to_json_for_both(), expected);
    assert_eq!(read::<AgentCard>(card.to_json(Version::V1_0)), card);
    // Only what is of that version is in the card of 0.3.
    let old: AgentCard = read(card.to_json(Version::V0_3));
    assert_eq!(
        old.interfaces,
        [interface("/", ProtocolBinding::JsonRpc, Version::V0_3)]
    );
}

/// As WayFlow 26.3.1 has one: no version of the protocol.
#[test]
fn a_card_of_0_3_has_its_address_at_the_top() {
    let card: AgentCard = read(json!({
        "name": "math_agent", "description": "Multiplies.", "url": "http://127.0.0.1:18030", "version": "1.0.0",
        "skills": [], "defaultInputModes": ["application/json"], "defaultOutputModes": ["application/json"],
        "capabilities": {"streaming": false, "pushNotifications": false, "stateTransitionHistory": false},
    }));
    let unversioned = AgentInterface {
        protocol_version: String::new(),
        ..AgentInterface::new(
            "http://127.0.0.1:18030",
            ProtocolBinding::JsonRpc,
            Version::V0_3,
        )
    };
    assert_eq!(unversioned.version(), Some(Version::V0_3));
    assert_eq!(card.interfaces, [unversioned]);
    assert_eq!(card.to_json(Version::V0_3).get("protocolVersion"), None);
    let card: AgentCard = read(json!({
        "name": "a", "protocolVersion": "0.3.0", "url": "http://a/rest", "preferredTransport": "HTTP+JSON",
        "additionalInterfaces": [
            {"url": "http://a/rest", "transport": "HTTP+JSON"},
            {"url": "http://a/rpc", "transport": "JSONRPC"},
            {"url": "a:443", "transport": "GRPC"},
            {"url": "http://a/q", "transport": "AMQP"},
        ],
    }));
    let seen: Vec<_> = (card.interfaces.iter())
        .map(|interface| {
            let name = interface.protocol_binding.name();
            (interface.url.as_str(), name, interface.version())
        })
        .collect();
    let old = Some(Version::V0_3);
    assert_eq!(
        seen,
        [
            ("http://a/rest", "HTTP+JSON", old),
            ("http://a/rpc", "JSONRPC", old),
            ("a:443", "GRPC", old),
            ("http://a/q", "AMQP", old),
        ]
    );
    let written = card.to_json(Version::V0_3);
    assert_eq!(written["preferredTransport"], "HTTP+JSON");
    assert_eq!(
        written["additionalInterfaces"].as_array().map(Vec::len),
        Some(3)
    );
    assert_eq!(read::<AgentCard>(written), card);
}

#[test]
fn how_clients_show_who_they_are_is_one_in_both_versions() {
    let flows =
        json!({"clientCredentials": {"tokenUrl": "https://a/token", "scopes": {"read": "Reads."}}});
    let new = json!({
        "key": {"apiKeySecurityScheme": {"location": "header", "name": "X-Key", "description": "A key."}},
        "bearer": {"httpAuthSecurityScheme": {"scheme": "Bearer", "bearerFormat": "JWT"}},
        "oauth": {"oauth2SecurityScheme": {"flows": flows, "oauth2MetadataUrl": "https://a/metadata"}},
        "oidc": {"openIdConnectSecurityScheme": {"openIdConnectUrl": "https://a/oidc"}},
        "mtls": {"mtlsSecurityScheme": {}},
    });
    let old = json!({
        "key": {"type": "apiKey", "in": "header", "name": "X-Key", "description": "A key."},
        "bearer": {"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"},
        "oauth": {"type": "oauth2", "flows": flows, "oauth2MetadataUrl": "https://a/metadata"},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a/oidc"},
        "mtls": {"type": "mutualTLS"},
    });
    let of_new: AgentCard = read(json!({
        "name": "a", "securitySchemes": new,
        "securityRequirements": [{"schemes": {"oauth": {"list": ["read"]}, "key": {}}}],
        "skills": [{"id": "s", "securityRequirements": [{"schemes": {"mtls": {}}}]}],
    }));
    let of_old: AgentCard = read(json!({
        "name": "a", "securitySchemes": old, "security": [{"oauth": ["read"], "key": []}],
        "skills": [{"id": "s", "security": [{"mtls": []}]}],
    }));
    assert_eq!(of_new, of_old);
    assert_eq!(of_new.to_json(Version::V1_0)["securitySchemes"], new);
    assert_eq!(of_new.to_json(Version::V0_3)["securitySchemes"], old);
    assert_eq!(
        of_new.to_json(Version::V1_0)["securityRequirements"],
        json!([{"schemes": {"key": {}, "oauth": {"list": ["read"]}}}])
    );
    assert_eq!(
        of_new.to_json(Version::V0_3)["security"],
        json!([{"key": [], "oauth": ["read"]}])
    );
    let error = serde_json::from_value::<SecurityScheme>(json!({"type": "smile"})).unwrap_err();
    assert!(error.to_string().contains("`smile`"));
}

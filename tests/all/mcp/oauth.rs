//! Servers that want an access token.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use flowdeck::tools::ToolErrorKind;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Bed, guarded, mcp_tool};

/// A server with one tool behind a token, and the authorization server that gives it. Ends with the value.
struct Guarded {
    url: String,
    office: Arc<Mutex<Office>>,
    _server: JoinSet<()>,
}

/// What the authorization server knows.
#[derive(Default)]
struct Office {
    url: String,
    /// How many tokens were given; only the last one is good.
    given: usize,
    /// `Authorization` and body of the requests for tokens.
    asked: Vec<(String, String)>,
}

impl Guarded {
    async fn start() -> Self {
        let office = Arc::new(Mutex::new(Office::default()));
        let (url, server) = guarded::serve(|url| {
            url.clone_into(&mut office.lock().unwrap().url);
            Router::new()
                .route("/.well-known/openid-configuration", get(configuration))
                .route("/token", post(token))
                .route("/mcp", post(message))
                .with_state(Arc::clone(&office))
        })
        .await;
        Self {
            url,
            office,
            _server: server,
        }
    }

    /// A transport whose client is registered; `auth` and `client` are put over what that is.
    fn transport(&self, auth: &Value, client: &Value) -> Value {
        let mut config = json!({"redirect_uri": "http://localhost/"});
        let mut of_client =
            json!({"type": "pre_registered", "client_id": "deck", "client_secret": "s:1"});
        for (target, further) in [(&mut config, auth), (&mut of_client, client)] {
            for (key, value) in further.as_object().unwrap() {
                target[key] = value.clone();
            }
        }
        guarded::transport(&self.url, &config, &of_client)
    }
}

async fn configuration(State(office): State<Arc<Mutex<Office>>>) -> Json<Value> {
    let url = office.lock().unwrap().url.clone();
    Json(json!({"issuer": url, "token_endpoint": format!("{url}/token")}))
}

async fn token(
    State(office): State<Arc<Mutex<Office>>>,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    let mut office = office.lock().unwrap();
    let shown = headers
        .get("authorization")
        .map_or("", |value| value.to_str().unwrap());
    office.asked.push((shown.to_owned(), body));
    office.given += 1;
    Json(
        json!({"access_token": format!("token-{}", office.given), "token_type": "Bearer", "expires_in": 60}),
    )
}

async fn message(
    State(office): State<Arc<Mutex<Office>>>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Response {
    guarded::answer(office.lock().unwrap().given, &headers, &message)
}

#[tokio::test]
async fn a_registered_client_gets_a_token_and_a_new_one_when_it_ran_out() {
    let server = Guarded::start().await;
    let bed = Bed::new();
    let transport = server.transport(
        &json!({"issuer": server.url, "scopes": ["read", "write"]}),
        &json!({}),
    );
    let knock = mcp_tool("knock", &transport, &json!({}), &json!({}));
    assert_eq!(bed.call(&knock, json!({})).await.unwrap(), json!("come in"));
    assert_eq!(bed.call(&knock, json!({})).await.unwrap(), json!("come in"));
    let asked = server.office.lock().unwrap().asked.clone();
    let resource = "http%3A%2F%2F127.0.0.1%3A";
    assert_eq!(asked.len(), 1);
    // `deck:s%3A1`
    assert_eq!(asked[0].0, "Basic ZGVjazpzJTNBMQ==");
    assert!(
        asked[0].1.starts_with(&format!(
            "grant_type=client_credentials&resource={resource}"
        )),
        "{asked:?}"
    );
    assert!(asked[0].1.ends_with("%2Fmcp&scope=read+write"), "{asked:?}");
    // The token of the session is no good any more.
    server.office.lock().unwrap().given += 1;
    assert_eq!(bed.call(&knock, json!({})).await.unwrap(), json!("come in"));
    assert_eq!(server.office.lock().unwrap().asked.len(), 2);
}

#[tokio::test]
async fn the_secret_goes_into_the_body_where_the_client_says_so() {
    let server = Guarded::start().await;
    let bed = Bed::new();
    let endpoints = json!({
        "endpoints": {"authorization_endpoint": "http://localhost/", "token_endpoint": format!("{}/token", server.url)},
        "resource": "urn:files",
    });
    let posted = json!({"token_endpoint_auth_method": "client_secret_post"});
    let knock = mcp_tool(
        "knock",
        &server.transport(&endpoints, &posted),
        &json!({}),
        &json!({}),
    );
    assert_eq!(bed.call(&knock, json!({})).await.unwrap(), json!("come in"));
    let (header, body) = server.office.lock().unwrap().asked[0].clone();
    assert_eq!(header, "");
    assert_eq!(
        body,
        "grant_type=client_credentials&resource=urn%3Afiles&client_id=deck&client_secret=s%3A1"
    );
    // One that proves nothing is not shown: a person would have to sign in, and nobody is there.
    let silent = server.transport(&endpoints, &json!({"token_endpoint_auth_method": "none"}));
    let knock = mcp_tool("knock", &silent, &json!({}), &json!({}));
    bed.call(&knock, json!({})).await.unwrap_err();
    assert_eq!(server.office.lock().unwrap().asked.len(), 1);
}

#[tokio::test]
async fn what_is_not_safe_is_refused() {
    let server = Guarded::start().await;
    let bed = Bed::new();
    let issuer = json!({"issuer": server.url});
    let bad_redirect = json!({"redirect_uri": "https://deck.example/back"});
    let plain = json!({"pkce": {"required": true, "method": "plain"}});
    for (auth, client, why) in [
        (
            &bad_redirect,
            json!({}),
            "`redirect_uri`: `https://deck.example/back` is not an address of this machine, such as `http://127.0.0.1:8765/callback`",
        ),
        (
            &plain,
            json!({}),
            "`pkce.method: plain` protects nothing; use `S256`",
        ),
        (
            &issuer,
            json!({"client_id": null}),
            "its client has no `client_id`",
        ),
        (
            &issuer,
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            "flowdeck does not support `private_key_jwt`",
        ),
        (
            &json!({"issuer": "http://auth.example"}),
            json!({}),
            "`http://auth.example/` is not encrypted",
        ),
    ] {
        let knock = mcp_tool(
            "knock",
            &server.transport(auth, &client),
            &json!({}),
            &json!({}),
        );
        let error = bed.call(&knock, json!({})).await.unwrap_err();
        assert_eq!(error.kind, ToolErrorKind::Configuration);
        assert_eq!(
            error.message,
            format!("the authorization `auth` can't be used: {why}")
        );
    }
    let mut open = server.transport(&issuer, &json!({}));
    open["url"] = json!("http://files.example/mcp");
    let knock = mcp_tool("knock", &open, &json!({}), &json!({}));
    let error = bed.call(&knock, json!({})).await.unwrap_err();
    let why = "`http://files.example/mcp` is not encrypted";
    assert!(error.message.ends_with(why), "{error}");
    assert_eq!(server.office.lock().unwrap().asked.len(), 0);
}

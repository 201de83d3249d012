//! Servers that a person signs in to with a browser.

mod by_people;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flowdeck::conversation::{AuthorizationStep, Values};
use flowdeck::tools::{
    CallIdentity, Consent, ToolError, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver,
};
use futures_util::future::BoxFuture;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Bed, guarded, mcp_tool, within};
use crate::tool_calls::Watcher;

/// A server with one tool, and its authorization server, in one. Ends with the value.
pub(super) struct Guarded {
    pub(super) url: String,
    pub(super) office: Arc<Mutex<Office>>,
    _server: JoinSet<()>,
}

/// What the authorization server knows and does.
#[derive(Default)]
pub(super) struct Office {
    url: String,
    /// The methods of PKCE that it says it does.
    pkce: Vec<&'static str>,
    /// The error with which it sends the browser back.
    error: Option<&'static str>,
    /// Whether refresh tokens are good.
    refuses_refreshes: bool,
    /// Whether the clients that registered were struck off.
    forgot_clients: bool,
    registered: Vec<Value>,
    /// The sign-ins of which the code was not exchanged, by code.
    codes: HashMap<String, HashMap<String, String>>,
    /// The requests for tokens.
    exchanges: Vec<HashMap<String, String>>,
    /// How many tokens were given; only the last one is good.
    given: usize,
}

type Shared = State<Arc<Mutex<Office>>>;

impl Guarded {
    pub(super) async fn start() -> Self {
        let office = Arc::new(Mutex::new(Office {
            pkce: vec!["S256"],
            ..Office::default()
        }));
        let (url, server) = guarded::serve(|url| {
            url.clone_into(&mut office.lock().unwrap().url);
            Router::new()
                .route("/.well-known/oauth-protected-resource/mcp", get(resource))
                .route("/.well-known/oauth-authorization-server", get(metadata))
                .route("/register", post(register))
                .route("/authorize", get(authorize))
                .route("/token", post(token))
                .route("/mcp", post(message).get(stream))
                .with_state(Arc::clone(&office))
        })
        .await;
        Self {
            url,
            office,
            _server: server,
        }
    }

    /// A transport whose client is of that kind.
    pub(super) fn transport(&self, client: &Value) -> Value {
        let back = json!({"redirect_uri": "http://127.0.0.1/back"});
        guarded::transport(&self.url, &back, client)
    }

    fn given(&self) -> usize {
        self.office.lock().unwrap().given
    }
}

async fn resource(State(office): Shared) -> Json<Value> {
    let url = office.lock().unwrap().url.clone();
    Json(json!({
        "resource": format!("{url}/mcp"), "authorization_servers": [url], "scopes_supported": ["knock"],
    }))
}

async fn metadata(State(office): Shared) -> Json<Value> {
    let office = office.lock().unwrap();
    let url = &office.url;
    Json(json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"), "registration_endpoint": format!("{url}/register"),
        "response_types_supported": ["code"], "code_challenge_methods_supported": office.pkce,
    }))
}

async fn register(State(office): Shared, Json(client): Json<Value>) -> Json<Value> {
    let mut office = office.lock().unwrap();
    office.registered.push(client.clone());
    let id = format!("client-{}", office.registered.len());
    Json(json!({"client_id": id, "redirect_uris": client["redirect_uris"]}))
}

async fn authorize(State(office): Shared, uri: Uri) -> Redirect {
    let asked = form(uri.query().unwrap());
    let mut office = office.lock().unwrap();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    let (back, state) = (&asked["redirect_uri"], &asked["state"]);
    if let Some(error) = office.error {
        return Redirect::to(&format!("{back}?error={error}&state={state}"));
    }
    let code = format!("code-{}", office.codes.len());
    let target = format!("{back}?code={code}&state={state}");
    office.codes.insert(code, asked);
    Redirect::to(&target)
}

fn form(text: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

async fn token(State(office): Shared, body: String) -> Response {
    let asked = form(&body);
    let mut office = office.lock().unwrap();
    office.exchanges.push(asked.clone());
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    match asked["grant_type"].as_str() {
        "client_credentials" => return refused("unauthorized_client").into_response(),
        "authorization_code" => {
            let Some(begun) = office.codes.remove(&asked["code"]) else {
                return refused("invalid_grant").into_response();
            };
            let verifier = asked["code_verifier"].as_bytes();
            let challenge = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier);
            let is_proven = begun["code_challenge"] == URL_SAFE_NO_PAD.encode(challenge);
            if !is_proven || begun["redirect_uri"] != asked["redirect_uri"] {
                return refused("invalid_grant").into_response();
            }
        }
        "refresh_token" if office.forgot_clients => {
            return refused("invalid_client").into_response();
        }
        "refresh_token" if office.refuses_refreshes => {
            return refused("invalid_grant").into_response();
        }
        "refresh_token" => {
            assert_eq!(asked["refresh_token"], format!("refresh-{}", office.given));
        }
        other => panic!("{other}"),
    }
    office.given += 1;
    Json(json!({
        "access_token": format!("token-{}", office.given), "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": format!("refresh-{}", office.given),
    }))
    .into_response()
}

async fn message(
    State(office): Shared,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Response {
    guarded::answer(office.lock().unwrap().given, &headers, &message)
}

/// The first transport over HTTP, as far as its stream, which ends at once.
async fn stream(State(office): Shared, headers: HeaderMap) -> Response {
    let message = json!({"method": "initialize", "params": {}});
    guarded::answer(office.lock().unwrap().given, &headers, &message)
}

/// What a person does who is asked to sign in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Person {
    /// Opens the address, and says nothing more.
    SignsIn,
    /// The same, after somebody else sent the browser back with another state.
    IsAttacked,
    Refuses,
}

/// A person, and what they were asked.
struct Asked {
    person: Person,
    steps: Mutex<Vec<AuthorizationStep>>,
}

impl Asked {
    fn new(person: Person) -> Self {
        Self {
            person,
            steps: Mutex::default(),
        }
    }

    /// The kinds of questions so far.
    fn steps(&self) -> Vec<&'static str> {
        let steps = self.steps.lock().unwrap();
        let kind = |step: &AuthorizationStep| match step {
            AuthorizationStep::Register(_) => "register",
            AuthorizationStep::SignIn(_) => "sign in",
        };
        steps.iter().map(kind).collect()
    }
}

/// Follows a browser's way; gives the last status.
async fn browse(url: &str) -> StatusCode {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().status()
}

impl ToolObserver for Asked {
    fn consent<'a>(
        &'a self,
        server: &'a str,
        step: AuthorizationStep,
        settled: BoxFuture<'a, ()>,
    ) -> BoxFuture<'a, Consent> {
        assert!(server.ends_with("/mcp"), "{server}");
        self.steps.lock().unwrap().push(step.clone());
        Box::pin(async move {
            let url = match step {
                AuthorizationStep::Register(_) => return Consent::Given,
                AuthorizationStep::SignIn(_) if self.person == Person::Refuses => {
                    return Consent::Refused(Some("not today".to_owned()));
                }
                AuthorizationStep::SignIn(url) => url,
            };
            if self.person == Person::IsAttacked {
                let asked: url::Url = url.parse().unwrap();
                let back = asked.query_pairs().find(|(name, _)| name == "redirect_uri");
                let forged = format!("{}?code=stolen&state=guessed", back.unwrap().1);
                assert_eq!(browse(&forged).await, StatusCode::BAD_REQUEST);
            }
            assert_eq!(browse(&url).await, StatusCode::OK);
            settled.await;
            Consent::Given
        })
    }
}

/// Calls the tool of the server; gives what came of it.
async fn knock(bed: &Bed, transport: &Value, asked: &dyn ToolObserver) -> Result<Value, ToolError> {
    let tool = mcp_tool("knock", transport, &json!({}), &json!({}));
    let invocation = ToolInvocation {
        tool,
        arguments: Values::new(),
        begun: None,
        identity: CallIdentity::default(),
    };
    let never = CancellationToken::new();
    within(bed.tools.call(&invocation, asked, &never)).await
}

/// The files below a folder, with their permissions.
fn kept(folder: &Path) -> Vec<(u32, String)> {
    use std::os::unix::fs::PermissionsExt;
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        let path = file.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        (mode, std::fs::read_to_string(path).unwrap())
    });
    files.collect()
}

#[tokio::test]
async fn a_person_registers_the_program_and_signs_in_once() {
    let server = Guarded::start().await;
    let tokens = tempfile::tempdir().unwrap();
    let transport = server.transport(&json!({"type": "dynamic_registration"}));
    let asked = Asked::new(Person::SignsIn);
    let bed = Bed::keeping_tokens(tokens.path());
    assert_eq!(
        knock(&bed, &transport, &asked).await.unwrap(),
        json!("come in")
    );
    assert_eq!(asked.steps(), ["register", "sign in"]);
    {
        let office = server.office.lock().unwrap();
        let client = &office.registered[0];
        assert_eq!(
            (&client["client_name"], &client["application_type"]),
            (&json!("flowdeck"), &json!("native"))
        );
        let exchange = &office.exchanges[0];
        assert_eq!(exchange["client_id"], "client-1");
        assert_eq!(exchange["resource"], format!("{}/mcp", server.url));
        assert_eq!(exchange["redirect_uri"], client["redirect_uris"][0]);
    }
    let files = kept(tokens.path());
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, 0o600);
    assert!(files[0].1.contains("token-1"));
    // Another run of the program has the token, and asks nobody.
    let asked = Asked::new(Person::Refuses);
    let bed = Bed::keeping_tokens(tokens.path());
    assert_eq!(
        knock(&bed, &transport, &asked).await.unwrap(),
        json!("come in")
    );
    assert_eq!(asked.steps().len() + server.given(), 1);
}

#[tokio::test]
async fn a_token_that_is_no_good_any_more_is_refreshed_without_a_person() {
    let server = Guarded::start().await;
    let tokens = tempfile::tempdir().unwrap();
    let transport = server.transport(&json!({"type": "dynamic_registration"}));
    let bed = Bed::keeping_tokens(tokens.path());
    let asked = Asked::new(Person::SignsIn);
    assert_eq!(
        knock(&bed, &transport, &asked).await.unwrap(),
        json!("come in")
    );
    // The server takes the token of the session no more, then that of the file.
    let nobody = Asked::new(Person::Refuses);
    for bed in [bed, Bed::keeping_tokens(tokens.path())] {
        let before = server.given();
        let mut files = std::fs::read_dir(tokens.path()).unwrap();
        let path = files.next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // Only its refresh token is good.
        server.office.lock().unwrap().given += 1;
        let newer = format!("refresh-{}", before + 1);
        std::fs::write(&path, text.replace(&format!("refresh-{before}"), &newer)).unwrap();
        assert_eq!(
            knock(&bed, &transport, &nobody).await.unwrap(),
            json!("come in")
        );
        assert_eq!(server.given(), before + 2);
        let good = format!("token-{}", before + 2);
        assert!(kept(tokens.path())[0].1.contains(&good));
    }
    assert_eq!(nobody.steps().len(), 0);
    // Without that, a person signs in again; the program is known there.
    server.office.lock().unwrap().refuses_refreshes = true;
    server.office.lock().unwrap().given += 1;
    let bed = Bed::keeping_tokens(tokens.path());
    let asked = Asked::new(Person::SignsIn);
    assert_eq!(
        knock(&bed, &transport, &asked).await.unwrap(),
        json!("come in")
    );
    assert_eq!(asked.steps(), ["sign in"]);
    assert_eq!(server.office.lock().unwrap().registered.len(), 1);
}

#[tokio::test]
async fn a_registered_client_is_not_registered_again() {
    let server = Guarded::start().await;
    let asked = Asked::new(Person::SignsIn);
    let public = server.transport(&json!({"type": "pre_registered", "client_id": "deck"}));
    assert_eq!(
        knock(&Bed::new(), &public, &asked).await.unwrap(),
        json!("come in")
    );
    // One with a secret gets no token for its own credentials here. The secret stays where it is configured.
    let tokens = tempfile::tempdir().unwrap();
    let mut secret = server.transport(
        &json!({"type": "pre_registered", "client_id": "deck", "client_secret": "s3cret"}),
    );
    secret["auth"]["issuer"] = json!(server.url);
    secret["auth"]["scopes"] = json!("knock wait");
    let bed = Bed::keeping_tokens(tokens.path());
    assert_eq!(
        knock(&bed, &secret, &asked).await.unwrap(),
        json!("come in")
    );
    let (_mode, text) = kept(tokens.path()).remove(0);
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(asked.steps(), ["sign in", "sign in"]);
    let office = server.office.lock().unwrap();
    assert_eq!(office.registered.len(), 0);
    let grants: Vec<&str> = office
        .exchanges
        .iter()
        .map(|asked| asked["grant_type"].as_str())
        .collect();
    let code = "authorization_code";
    assert_eq!(grants, [code, "client_credentials", code]);
    let AuthorizationStep::SignIn(url) = &asked.steps.lock().unwrap()[1] else {
        panic!("{:?}", asked.steps);
    };
    assert!(url.contains("scope=knock+wait"), "{url}");
}

#[tokio::test]
async fn a_client_that_was_struck_off_registers_again() {
    let server = Guarded::start().await;
    let tokens = tempfile::tempdir().unwrap();
    let transport = server.transport(&json!({"type": "dynamic_registration"}));
    for n_registered in [1, 2] {
        let (bed, asked) = (
            Bed::keeping_tokens(tokens.path()),
            Asked::new(Person::SignsIn),
        );
        assert_eq!(
            knock(&bed, &transport, &asked).await.unwrap(),
            json!("come in")
        );
        assert_eq!(asked.steps(), ["register", "sign in"]);
        let mut office = server.office.lock().unwrap();
        assert_eq!(office.registered.len(), n_registered);
        office.forgot_clients = true;
        office.given += 1;
    }
}

#[tokio::test]
async fn the_first_transport_over_http_signs_in_too() {
    let server = Guarded::start().await;
    let mut transport = server.transport(&json!({"type": "dynamic_registration"}));
    transport["component_type"] = json!("SSETransport");
    let asked = Asked::new(Person::SignsIn);
    let error = knock(&Bed::new(), &transport, &asked).await.unwrap_err();
    assert_eq!(asked.steps(), ["register", "sign in"]);
    let why = "it closed the stream before it named an endpoint";
    assert!(error.message.ends_with(why), "{error}");
}

#[tokio::test]
async fn two_that_want_the_same_sign_in_ask_a_person_once() {
    let server = Guarded::start().await;
    let transport = server.transport(&json!({"type": "dynamic_registration"}));
    let mut other = transport.clone();
    other["headers"] = json!({"x-other": "1"});
    let (bed, asked) = (Bed::new(), Asked::new(Person::SignsIn));
    let (one, other) = tokio::join!(knock(&bed, &transport, &asked), knock(&bed, &other, &asked));
    assert_eq!(
        (one.unwrap(), other.unwrap()),
        (json!("come in"), json!("come in"))
    );
    assert_eq!(asked.steps(), ["register", "sign in"]);
}

#[tokio::test]
async fn a_browser_that_does_not_know_the_state_is_sent_away() {
    let server = Guarded::start().await;
    let asked = Asked::new(Person::IsAttacked);
    let transport = server.transport(&json!({"type": "dynamic_registration"}));
    assert_eq!(
        knock(&Bed::new(), &transport, &asked).await.unwrap(),
        json!("come in")
    );
}

#[tokio::test]
async fn why_nobody_is_signed_in_is_told() {
    let (signs_in, refuses) = (Person::SignsIn, Person::Refuses);
    let dynamic = json!({"type": "dynamic_registration"});
    let document = json!({"type": "client_id_metadata_document", "client_id_metadata_url": "https://deck.example/c"});
    for (person, client, change, why) in [
        (refuses, &dynamic, "", "a person refused: not today"),
        (
            signs_in,
            &dynamic,
            "error",
            "its authorization server says: access_denied",
        ),
        (
            signs_in,
            &dynamic,
            "pkce",
            "Authorization server does not support the required PKCE code challenge method (S256)",
        ),
        (
            signs_in,
            &document,
            "",
            "its authorization server does not accept the address of a document as a client id",
        ),
    ] {
        let server = Guarded::start().await;
        match change {
            "error" => server.office.lock().unwrap().error = Some("access_denied"),
            "pkce" => server.office.lock().unwrap().pkce = vec!["plain"],
            _ => {}
        }
        let asked = Asked::new(person);
        let error = knock(&Bed::new(), &server.transport(client), &asked)
            .await
            .unwrap_err();
        let end = format!("can't be used without signing in: {why}");
        assert_eq!(error.kind, ToolErrorKind::Unauthorized);
        assert!(error.message.ends_with(&end), "{error}");
        // Who said no needs no advice how to say yes.
        assert_eq!(error.hint.is_some(), person == signs_in, "{error}");
        assert_eq!(server.given(), 0);
    }
    let server = Guarded::start().await;
    let transport = server.transport(&dynamic);
    let error = knock(&Bed::new(), &transport, &Watcher::default()).await;
    let error = error.unwrap_err();
    let why = "a person must sign in, and there is no one to ask";
    assert!(error.message.ends_with(why), "{error}");
    assert_eq!(server.office.lock().unwrap().registered.len(), 0);
}

//! Against a signature that openssl made, and a scripted token endpoint.

use std::sync::{Arc, Mutex};

use pretty_assertions::assert_eq;

use super::*;
use crate::base::clock::{Clock, FixedClock};
use crate::llm::HttpSettings;
use crate::llm::scripted_server::{Script, ScriptedServer, answer};
use crate::llm::signing_key::test_key;

/// A clock that a test moves.
#[derive(Debug)]
struct Moved(Mutex<Timestamp>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn seconds(seconds: u64) -> Timestamp {
    Timestamp::from_ns(seconds * 1_000_000_000)
}

fn fixed(now: u64) -> SharedClock {
    Arc::new(FixedClock(seconds(now)))
}

fn account(token_url: &str) -> GoogleCredentials {
    GoogleCredentials::ServiceAccount {
        email: "a@p.iam.gserviceaccount.com".to_owned(),
        private_key: Secret::new(test_key::PKCS8),
        key_id: Some("k1".to_owned()),
        token_url: token_url.parse().unwrap(),
    }
}

fn clients() -> HttpClients {
    HttpClients::new(HttpSettings {
        uses_proxies: false,
        ..HttpSettings::default()
    })
}

fn token(name: &str) -> Script {
    let body =
        format!(r#"{{"access_token": "{name}", "expires_in": 3600, "token_type": "Bearer"}}"#);
    answer("200 OK", "Content-Type: application/json\r\n", &body)
}

#[test]
fn an_assertion_is_that_of_openssl() {
    let clock = fixed(1_234_567_890);
    let tokens = GoogleTokens::new(account("https://oauth2.googleapis.com/token"), clock);
    let form = tokens.form(seconds(1_234_567_890)).unwrap();
    assert_eq!(form[1], ("assertion", test_key::vector("jwt")));
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_and_renewed_before_it_ends() {
    let mut server = ScriptedServer::start("/token", vec![token("t1"), token("t2")]).await;
    let clock = Arc::new(Moved(Mutex::new(seconds(1_000))));
    let shared: SharedClock = Arc::<Moved>::clone(&clock);
    let tokens = GoogleTokens::new(account(&server.url), shared);
    let clients = clients();
    let (first, second) = tokio::join!(tokens.bearer(&clients), tokens.bearer(&clients));
    assert_eq!(first.unwrap().expose(), "t1");
    assert_eq!(second.unwrap().expose(), "t1");
    *clock.0.lock().unwrap() = seconds(1_000 + 3_539);
    assert_eq!(tokens.bearer(&clients).await.unwrap().expose(), "t1");
    *clock.0.lock().unwrap() = seconds(1_000 + 3_540);
    assert_eq!(tokens.bearer(&clients).await.unwrap().expose(), "t2");
    let (head, form) = server.requests.recv().await.unwrap();
    assert!(head.starts_with("post /token http/1.1"), "{head}");
    let form = form.as_str().unwrap();
    let expected = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey";
    assert!(form.starts_with(expected), "{form}");
}

#[tokio::test]
async fn a_refused_account_is_told_and_nothing_is_kept_of_it() {
    let body = r#"{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}"#;
    let refusal = answer(
        "400 Bad Request",
        "Content-Type: application/json\r\n",
        body,
    );
    let server = ScriptedServer::start("/token", vec![refusal, token("t1")]).await;
    let clock = fixed(1_000);
    let tokens = GoogleTokens::new(account(&server.url), clock);
    let clients = clients();
    let failed = tokens.bearer(&clients).await.unwrap_err();
    assert_eq!(failed.error.kind, ModelErrorKind::Authentication);
    assert!(
        failed.error.message.contains("invalid_grant"),
        "{}",
        failed.error
    );
    assert!(failed.error.hint.unwrap().contains("credentials"));
    assert_eq!(tokens.bearer(&clients).await.unwrap().expose(), "t1");
}

//! A server that speaks for the service: it takes only what the owner of the tests' key has signed.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::program::{file, repository};

/// What the spec calls the agent's endpoint.
pub(super) const ENDPOINT: &str = "ocid1.genaiagentendpoint.oc1.test";

const KEY_ID: &str = "ocid1.tenancy.t/ocid1.user.u/aa:bb";

/// One request that was signed as it must be.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) retry_token: String,
}

/// The server; it ends with the value.
pub(super) struct Service {
    pub(super) url: String,
    shared: Arc<Shared>,
    /// Where the key and its configuration are.
    folder: tempfile::TempDir,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<VecDeque<Value>>,
    asked: Mutex<Vec<Asked>>,
    hung: Notify,
}

impl Service {
    /// Answers messages in order; `{"status": …, "body": …}` is a refusal, and `{"hangs": true}` no answer at all.
    pub(super) async fn start<const N: usize>(answers: [Value; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answers: Mutex::new(answers.into()),
            ..Shared::default()
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let key = repository().join("tests/data/keys/rsa_pkcs8.pem");
        let config = format!(
            "[DEFAULT]\nuser = ocid1.user.u\nfingerprint = aa:bb\ntenancy = ocid1.tenancy.t\nkey_file = {}\n",
            key.display()
        );
        file(folder.path(), "config", config);
        Self {
            url,
            shared,
            folder,
            _server: server,
        }
    }

    /// The configuration file of the OCI command line.
    pub(super) fn config(&self) -> String {
        self.folder.path().join("config").display().to_string()
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// Waits until a request hangs.
    pub(super) async fn hung(&self) {
        self.shared.hung.notified().await;
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(why) = check(&method, &uri, &headers, &body) {
        let refusal = json!({"code": "NotAuthenticated", "message": why});
        return (StatusCode::UNAUTHORIZED, axum::Json(refusal)).into_response();
    }
    shared.asked.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        body: serde_json::from_slice(&body).unwrap(),
        retry_token: text(&headers, "opc-retry-token").to_owned(),
    });
    if uri.path().ends_with("/sessions") {
        return axum::Json(json!({"id": "session-1", "timeCreated": "2026-01-01T00:00:00Z"}))
            .into_response();
    }
    let answer = shared.answers.lock().unwrap().pop_front().unwrap();
    if answer["hangs"] == true {
        shared.hung.notify_one();
        return pending().await;
    }
    match answer["status"].as_u64() {
        None => axum::Json(answer).into_response(),
        Some(status) => {
            let status = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
            (status, axum::Json(answer["body"].clone())).into_response()
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Whether the owner of the key has signed this request, with all that the service wants signed.
fn check(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let authorization = text(headers, "authorization");
    let part = |name: &str| {
        let (_, rest) = authorization.split_once(&format!("{name}=\""))?;
        rest.split('"').next()
    };
    if part("keyId") != Some(KEY_ID) {
        return Err(format!("not the key: {authorization}"));
    }
    let names = part("headers").unwrap_or_default();
    let wanted = "date (request-target) host content-length content-type x-content-sha256";
    if names != wanted {
        return Err(format!("signed is {names}"));
    }
    if text(headers, "x-content-sha256") != STANDARD.encode(digest(&SHA256, body)) {
        return Err("not the digest of the body".to_owned());
    }
    let lines = names.split(' ').map(|name| {
        let value = match name {
            "(request-target)" => format!("{} {uri}", method.as_str().to_lowercase()),
            name => text(headers, name).to_owned(),
        };
        format!("{name}: {value}")
    });
    let signed = lines.collect::<Vec<_>>().join("\n");
    let signature = STANDARD.decode(part("signature").unwrap_or_default());
    let signature = signature.map_err(|error| error.to_string())?;
    let file = repository().join("tests/data/keys/rsa_pkcs8.pem");
    let pkcs8 = PrivatePkcs8KeyDer::from_pem_file(file).unwrap();
    let key = RsaKeyPair::from_pkcs8(pkcs8.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let verified = public.verify(signed.as_bytes(), &signature);
    verified.map_err(|_unspecified| "the signature is wrong".to_owned())
}

//! Against a scripted metadata service and a scripted giver of tokens.

use std::sync::Arc;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use pretty_assertions::assert_eq;

use super::*;
use crate::base::clock::FixedClock;
use crate::llm::HttpSettings;
use crate::llm::scripted_server::{Script, ScriptedServer, answer};
use crate::llm::signing_key::test_key;

/// A certificate for the test's key, that openssl made, of a machine in the tenancy `ocid1.tenancy.oc1..t1`.
const CERTIFICATE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/keys/oci_instance.pem"
));
/// Its fingerprint, as openssl tells it.
const FINGERPRINT: &str = "E3:7D:26:88:E6:97:7A:2E:5D:8D:99:24:9A:BF:A0:3D:29:50:AA:1B";
const NOW: u64 = 1_000_000;

fn said(body: &str) -> Script {
    answer("200 OK", "", body)
}

/// What a metadata service says, in the order in which it is asked.
fn metadata() -> Vec<Script> {
    let region =
        r#"{"regionIdentifier": "eu-zurich-1", "realmDomainComponent": "oraclecloud.com"}"#;
    [region, CERTIFICATE, test_key::PKCS8, CERTIFICATE]
        .map(said)
        .to_vec()
}

/// A token that ends so many seconds from now.
fn token(seconds: u64) -> String {
    let claims = json!({"exp": NOW + seconds}).to_string();
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    json!({ "token": token }).to_string()
}

fn principal(metadata: &str, federation: Option<&str>) -> InstancePrincipal {
    let instance = OciInstance {
        metadata: metadata.parse().unwrap(),
        federation: federation.map(|url| url.parse().unwrap()),
    };
    let now = Timestamp::from_ns(NOW * 1_000_000_000);
    InstancePrincipal::new(instance, Arc::new(FixedClock(now)))
}

fn clients() -> HttpClients {
    HttpClients::new(HttpSettings {
        uses_proxies: false,
        ..HttpSettings::default()
    })
}

fn request() -> Request {
    let url = "https://inference.example/20231130/actions/chat";
    Request::new(reqwest::Method::POST, url.parse().unwrap())
}

fn header(request: &Request, name: &str) -> String {
    request.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_machines_certificate_buys_a_token_for_a_key_of_our_own() {
    let mut machine = ScriptedServer::start("/opc/v2/", metadata()).await;
    let mut office = ScriptedServer::start("/v1/x509", vec![said(&token(600))]).await;
    let principal = principal(&machine.url, Some(&office.url));
    let (clients, body) = (clients(), b"{}".as_slice());
    let (mut first, mut second) = (request(), request());
    let (one, other) = tokio::join!(
        principal.sign(&mut first, Some(body), &clients),
        principal.sign(&mut second, Some(body), &clients)
    );
    assert_eq!((one.is_ok(), other.is_ok()), (true, true));
    for path in [
        "instance/regioninfo",
        "identity/cert.pem",
        "identity/key.pem",
        "identity/intermediate.pem",
    ] {
        let (head, _) = machine.requests.recv().await.unwrap();
        assert!(
            head.starts_with(&format!("get /opc/v2/{path} http/1.1")),
            "{head}"
        );
        assert!(head.contains("authorization: bearer oracle"), "{head}");
    }
    let (head, asked) = office.requests.recv().await.unwrap();
    let key_id = format!("keyid=\"ocid1.tenancy.oc1..t1/fed-x509/{FINGERPRINT}\"");
    assert!(head.contains(&key_id.to_lowercase()), "{head}");
    let certificate = STANDARD
        .decode(asked["certificate"].as_str().unwrap())
        .unwrap();
    assert_eq!(certificate, der(CERTIFICATE).unwrap().to_vec());
    // What is signed afterwards is signed with the key whose public half was sent.
    let public = STANDARD
        .decode(asked["publicKey"].as_str().unwrap())
        .unwrap();
    let authorization = header(&first, "authorization");
    assert!(authorization.contains("keyId=\"ST$e30."), "{authorization}");
    let (_, signature) = authorization.split_once("signature=\"").unwrap();
    let signature = STANDARD.decode(signature.trim_end_matches('"')).unwrap();
    let lines = [
        format!("date: {}", header(&first, "date")),
        "(request-target): post /20231130/actions/chat".to_owned(),
        "host: inference.example".to_owned(),
        "content-length: 2".to_owned(),
        "content-type: application/json".to_owned(),
        format!("x-content-sha256: {}", header(&first, "x-content-sha256")),
    ];
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
        .verify(lines.join("\n").as_bytes(), &signature)
        .unwrap();
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_bought_anew() {
    let scripts = metadata().into_iter().chain(metadata()).collect();
    let machine = ScriptedServer::start("/opc/v2", scripts).await;
    let tokens = vec![said(&token(59)), said(&token(600))];
    let mut office = ScriptedServer::start("/v1/x509", tokens).await;
    let principal = principal(&machine.url, Some(&office.url));
    let clients = clients();
    for _ in 0..3 {
        principal
            .sign(&mut request(), None, &clients)
            .await
            .unwrap();
    }
    office.requests.close();
    assert!(office.requests.recv().await.is_some());
    assert!(office.requests.recv().await.is_some());
    assert!(office.requests.recv().await.is_none());
}

#[tokio::test]
async fn what_is_no_machine_in_the_cloud_is_told_at_once() {
    let failed = |scripts: Vec<Script>| async {
        let machine = ScriptedServer::start("/opc/v2", scripts).await;
        let principal = principal(&machine.url, Some("http://127.0.0.1:9/"));
        let failed = principal.sign(&mut request(), None, &clients()).await;
        failed.unwrap_err().error
    };
    let error = failed(vec![answer("404 Not Found", "", "no")]).await;
    assert!(error.message.contains("answered 404"), "{error}");
    assert_eq!(error.hint.as_deref(), Some(HINT));
    let plain = test_key::PKCS8;
    for (certificate, expected) in [
        (plain, "gives no certificate of this machine"),
        (
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/keys/tls/ca.pem"
            )),
            "names no tenancy",
        ),
    ] {
        let scripts = ["{}", certificate, plain, CERTIFICATE].map(said).to_vec();
        let error = failed(scripts).await;
        assert!(error.message.contains(expected), "{error}");
    }
}

#[test]
fn tokens_are_given_in_the_region_of_the_machine() {
    let region = r#"{"regionIdentifier": "eu-zurich-1", "realmDomainComponent": "oraclecloud.eu"}"#;
    let url = federation(region).ok().unwrap();
    assert_eq!(
        url.as_str(),
        "https://auth.eu-zurich-1.oraclecloud.eu/v1/x509"
    );
    assert!(federation("{}").is_err());
}

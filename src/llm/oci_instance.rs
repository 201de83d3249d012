//! Authentication as a machine in Oracle's cloud: the machine's certificate, read from its metadata
//! service, is exchanged for a token that belongs to a newly generated key.
//!
//! ```text
//! metadata service ── region, certificate, its key ──► request signed with it, and our new public key
//!                                                       └─► auth.REGION.oraclecloud.com/v1/x509 ──► token
//! ```
//!
//! Source: Oracle's documentation of instance metadata (version 2) and of instance principals.

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, Request};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use url::Url;

use super::authorizer;
use super::error::{Asked, Failed};
use super::http::HttpClients;
use super::model::{ModelError, ModelErrorKind};
use super::oci_signature;
use super::renewed::Renewed;
use super::side_request::SideRequest;
use super::signing_key::{KeyError, SigningKey};
use crate::base::address::{shown_address, shown_text};
use crate::base::clock::{SharedClock, Timestamp};
use crate::base::redact::Redactor;
use crate::base::secret::Secret;
use crate::net::client::{TlsFiles, Way};
use crate::profile::OciInstance;

/// The value of the `Authorization` header for the metadata service.
const METADATA_BEARER: &str = "Bearer Oracle";
/// The maximum size of an answer in bytes; certificates, keys and tokens are far smaller.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// The time limit of the metadata service, which is on the same machine.
const METADATA_LIMIT: Duration = Duration::from_secs(5);
/// The time limit of the token service.
const TOKEN_LIMIT: Duration = Duration::from_secs(30);
/// The lifetime of a token that does not contain its own.
const LIFETIME: Duration = Duration::from_mins(20);
/// The text before the tenancy's identifier in a machine's certificate.
const TENANCY_MARKS: [&[u8]; 2] = [b"opc-tenant:", b"opc-identity:"];
/// The hint for users who are not on such a machine.
const HINT: &str = "an instance principal is there only on a machine in Oracle's cloud that may use the service; elsewhere use \
     `OciClientConfigWithApiKey`";

/// The sessions of the machine; one at a time, renewed before it expires.
#[derive(Debug)]
pub(super) struct InstancePrincipal {
    instance: OciInstance,
    clock: SharedClock,
    session: Renewed<Session>,
}

/// A key and a token for signing requests, valid for a limited time.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) key: SigningKey,
    /// The key id: `ST$TOKEN`.
    pub(super) key_id: Secret,
}

impl InstancePrincipal {
    pub(super) fn new(instance: OciInstance, clock: SharedClock) -> Self {
        Self {
            instance,
            session: Renewed::new(clock.clone()),
            clock,
        }
    }

    /// Signs a request.
    ///
    /// # Errors
    /// There is no session, or its key can't sign.
    pub(super) async fn sign(
        &self,
        request: &mut Request,
        body: Option<&[u8]>,
        clients: &HttpClients,
    ) -> Result<(), Failed> {
        let session = self.session.get(Box::pin(self.begin(clients))).await?;
        let (key, key_id) = (&session.key, session.key_id.expose());
        oci_signature::sign(request, body, key, key_id, self.clock.now()).map_err(refused_key)
    }

    async fn begin(&self, clients: &HttpClients) -> Result<(Session, Timestamp), Failed> {
        let region = self.metadata("instance/regionInfo", clients).await?;
        let certificate = self.metadata("identity/cert.pem", clients).await?;
        let machine_key = self.metadata("identity/key.pem", clients).await?;
        let intermediate = self.metadata("identity/intermediate.pem", clients).await?;
        let certificate = der(&certificate)?;
        let machine_key = SigningKey::from_pem(&Secret::new(machine_key), None);
        let machine_key = machine_key.map_err(refused_key)?;
        let (key, public) = SigningKey::generate().map_err(refused_key)?;
        let body = json!({
            "certificate": STANDARD.encode(&certificate),
            "publicKey": STANDARD.encode(public),
            "intermediateCertificates": [STANDARD.encode(der(&intermediate)?)],
        });
        let url = match &self.instance.federation {
            Some(url) => url.clone(),
            None => federation(&region)?,
        };
        let machine = format!(
            "{}/fed-x509/{}",
            tenancy(&certificate)?,
            fingerprint(&certificate)
        );
        let now = self.clock.now();
        let body = body.to_string();
        let mut request = Request::new(Method::POST, url.clone());
        let signed = Some(body.as_bytes());
        oci_signature::sign(&mut request, signed, &machine_key, &machine, now)
            .map_err(refused_key)?;
        *request.body_mut() = Some(body.into());
        let answer = answer(request, Way::ThroughProxies, TOKEN_LIMIT, clients).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let token = answer.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| {
            let place = shown_address(&url);
            Failed::bad_answer(format!("`{place}` sent an answer without `token`"))
        })?;
        let end = end_of(token).unwrap_or_else(|| now.plus(LIFETIME));
        let key_id = Secret::new(format!("ST${token}"));
        Ok((Session { key, key_id }, end))
    }

    /// Sends a request to the machine's metadata service.
    async fn metadata(&self, path: &str, clients: &HttpClients) -> Result<String, Failed> {
        let base = self.instance.metadata.as_str().trim_end_matches('/');
        let url: Url = format!("{base}/{path}").parse().map_err(|_misfit| {
            configuration(format!(
                "`{}` is not the address of a metadata service",
                shown_text(base)
            ))
        })?;
        let mut request = Request::new(Method::GET, url);
        let bearer = HeaderValue::from_static(METADATA_BEARER);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let answer = answer(request, Way::Direct, METADATA_LIMIT, clients).await;
        // Where there is no such service, there is none however often one asks.
        answer.map_err(|failed| Failed::finally(*failed.error))
    }
}

/// Returns the body of the answer to a request that begins a session.
async fn answer(
    request: Request,
    way: Way,
    limit: Duration,
    clients: &HttpClients,
) -> Result<String, Failed> {
    let endpoint = shown_address(request.url());
    let mut sent = Redactor::default();
    sent.add_address(request.url());
    authorizer::learn(&request, &sent);
    let asking = SideRequest {
        request,
        asked: Asked::beside(&endpoint, &sent),
        way,
        tls: &TlsFiles::default(),
        limit,
        max_bytes: MAX_ANSWER_BYTES,
    };
    asking.answer(clients).await.map_err(hinted)
}

/// Adds the hint to a failure.
fn hinted(mut failed: Failed) -> Failed {
    failed.error.hint = Some(HINT.to_owned());
    failed
}

fn configuration(message: String) -> Failed {
    hinted(Failed::finally(ModelError::new(
        ModelErrorKind::Configuration,
        message,
    )))
}

fn refused_key(error: KeyError) -> Failed {
    configuration(format!("can't sign as this machine: {error}"))
}

/// Returns the first certificate of a PEM text.
fn der(pem: &str) -> Result<CertificateDer<'static>, Failed> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_holds_none| {
        configuration("the metadata service gives no certificate of this machine".to_owned())
    })
}

/// Returns the URL of the token service in the machine's region, given as `{"regionIdentifier":
/// "eu-zurich-1", "realmDomainComponent": …}`.
fn federation(region: &str) -> Result<Url, Failed> {
    let region: Value = serde_json::from_str(region).unwrap_or_default();
    let part = |name: &str| region.get(name).and_then(Value::as_str);
    let (Some(id), Some(domain)) = (part("regionIdentifier"), part("realmDomainComponent")) else {
        return Err(configuration(
            "the metadata service does not say in which region this machine is".to_owned(),
        ));
    };
    format!("https://auth.{id}.{domain}/v1/x509")
        .parse()
        .map_err(|_misfit| configuration(format!("`{id}` is not a region")))
}

/// Returns the identifier of the tenancy in a machine's certificate: a DER string, preceded by its
/// length.
fn tenancy(certificate: &[u8]) -> Result<String, Failed> {
    let found = TENANCY_MARKS.iter().find_map(|mark| {
        let start = certificate
            .windows(mark.len())
            .position(|part| part == *mark)?;
        let length = usize::from(*certificate.get(start.checked_sub(1)?)?);
        let identifier = certificate.get(start + mark.len()..start + length)?;
        String::from_utf8(identifier.to_vec()).ok()
    });
    found
        .ok_or_else(|| configuration("the certificate of this machine names no tenancy".to_owned()))
}

/// Returns the fingerprint of a certificate in OCI's format: `AB:01:…`.
fn fingerprint(certificate: &[u8]) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
    let bytes: Vec<String> = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    bytes.join(":")
}

/// Returns the expiry time of a JSON Web Token, read from the token itself.
fn end_of(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let seconds = claims.get("exp")?.as_u64()?;
    Some(Timestamp::from_ns(seconds.checked_mul(1_000_000_000)?))
}

#[cfg(test)]
mod tests;

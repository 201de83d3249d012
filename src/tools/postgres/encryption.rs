//! TLS settings of a connection, from `sslmode` and the certificates.
//!
//! The modes are those of libpq, with one difference: without `sslrootcert`, `verify-full` uses the
//! certificate authorities that this machine trusts. Source: PostgreSQL 18, *SSL Support*.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime,
};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{CertificateFiles, configuration};
use crate::tools::executor::ToolError;

/// How strictly a connection requires TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslMode {
    /// No TLS.
    Disable,
    /// TLS only if the server requires it.
    Allow,
    /// TLS if the server supports it.
    Prefer,
    /// Always TLS.
    Require,
    /// Always TLS, with a server certificate from a trusted authority.
    VerifyCa,
    /// Always TLS, with a server certificate from a trusted authority for exactly this host name.
    VerifyFull,
}

impl SslMode {
    /// Returns the mode with a name of the specification.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// Makes the TLS connector for a mode. Reads files.
///
/// # Errors
/// A `Configuration` error, if a file is invalid, or missing for the mode.
pub(super) fn connector(
    shown: &str,
    mode: SslMode,
    files: &CertificateFiles,
) -> Result<MakeRustlsConnect, ToolError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(shown, mode, files, &provider)?;
    let refused = |error: Error| configuration(shown, &error.to_string());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(shown, "sslcert", certificate)?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unusable(shown, "sslkey", None, &error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(shown, "sslcert", Some(certificate), &error))?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

/// Returns the verifier for the server's certificate. As in libpq, explicit authorities are used in
/// every mode.
fn verifier(
    shown: &str,
    mode: SslMode,
    files: &CertificateFiles,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ToolError> {
    let roots = match (&files.authorities, mode) {
        (Some(path), _) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(shown, "sslrootcert", path)? {
                roots
                    .add(certificate)
                    .map_err(|error| unusable(shown, "sslrootcert", Some(path), &error))?;
            }
            roots
        }
        (None, SslMode::VerifyFull) => machine_roots(shown)?,
        (None, SslMode::VerifyCa) => {
            let problem = "`sslmode: verify-ca` needs an authority of your own, since a public one vouches for anybody";
            return Err(configuration(shown, problem)
                .with_hint("give `sslrootcert`, or use `sslmode: verify-full`"));
        }
        (None, _) => return Ok(Arc::new(Unverified(Arc::clone(provider)))),
    };
    let mut builder =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    if let Some(path) = &files.revoked {
        let lists = CertificateRevocationListDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable(shown, "sslcrl", Some(path), &error))?;
        builder = builder.with_crls(lists);
    }
    let verifier = builder
        .build()
        .map_err(|error| configuration(shown, &error.to_string()))?;
    Ok(match mode {
        SslMode::VerifyFull => verifier,
        SslMode::Disable
        | SslMode::Allow
        | SslMode::Prefer
        | SslMode::Require
        | SslMode::VerifyCa => Arc::new(AnyName(verifier)),
    })
}

fn machine_roots(shown: &str) -> Result<RootCertStore, ToolError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (n_added, _n_unreadable) = roots.add_parsable_certificates(found.certs);
    if n_added == 0 {
        let problem = "this machine has no certificates of authorities";
        return Err(configuration(shown, problem)
            .with_hint("install the system's certificates, or give `sslrootcert`"));
    }
    Ok(roots)
}

fn certificates(
    shown: &str,
    field: &str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, ToolError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| unusable(shown, field, Some(path), &error))?;
    if read.is_empty() {
        return Err(unusable(
            shown,
            field,
            Some(path),
            &"no certificate is in it",
        ));
    }
    Ok(read)
}

/// Makes the error for an invalid file; the path of a key is secret.
fn unusable(
    shown: &str,
    field: &str,
    path: Option<&Path>,
    why: &impl std::fmt::Display,
) -> ToolError {
    let path = path.map(|path| format!(" {}", path.display()));
    configuration(
        shown,
        &format!("`{field}`{}: {why}", path.unwrap_or_default()),
    )
}

/// Verifies that a trusted authority issued a certificate, but not the host name.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last, when all else holds.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Accepts every certificate: the connection is encrypted, but the server's identity is unknown.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! How HTTP clients of tools are set up.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity};
use url::Url;

use crate::base::causes::innermost;
use crate::profile::TlsFiles;

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A client for an address: with the certificates of the files, else with the machine's. For `http` it has none, so that
/// a local server can be reached from a machine without any. It follows no redirects.
///
/// # Errors
/// A file can't be read or used, in words for people.
pub(in crate::tools) fn builder(url: &Url, tls: &TlsFiles) -> Result<ClientBuilder, String> {
    let mut builder = ClientBuilder::new()
        .connect_timeout(CONNECT_LIMIT)
        .user_agent(concat!("flowdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none());
    if url.scheme() != "https" {
        return Ok(builder.tls_certs_only([]));
    }
    if let Some(path) = &tls.authorities {
        let bundle = Certificate::from_pem_bundle(&read(path)?);
        builder = builder.tls_certs_only(bundle.map_err(|error| unusable(path, &error))?);
    }
    if let (Some(key), Some(certificate)) = (&tls.key, &tls.certificate) {
        let mut pem = read(certificate)?;
        pem.push(b'\n');
        pem.extend(read(key)?);
        let identity = Identity::from_pem(&pem);
        builder = builder.identity(identity.map_err(|error| unusable(key, &error))?);
    }
    Ok(builder)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn unusable(path: &Path, error: &reqwest::Error) -> String {
    format!("{}: {}", path.display(), innermost(error))
}

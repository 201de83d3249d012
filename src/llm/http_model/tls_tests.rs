//! Over TLS, against a server that wants a client certificate and offers HTTP/2.

use std::path::PathBuf;

use pretty_assertions::assert_eq;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;
use crate::conversation::{Message, Role};
use crate::llm::scripted_server;
use crate::net::client::TlsFiles;
use crate::profile::Api;

const ANSWER: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// A file of `tests/data/keys/tls`.
fn file(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/tls");
    PathBuf::from(folder).join(name)
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file(name)).unwrap()
}

fn server_config() -> ServerConfig {
    let provider = Arc::new(default_provider());
    let mut authorities = RootCertStore::empty();
    authorities.add(certificate("ca.pem")).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider));
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![certificate("server.pem")], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

struct TlsServer {
    url: String,
    /// One for each connection that was tried: the paths that were asked for over HTTP/2, or why it
    /// came to nothing.
    connections: mpsc::Receiver<Result<Vec<String>, String>>,
    _tasks: JoinSet<()>,
}

impl TlsServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(server_config()));
        let (connections_tx, connections) = mpsc::channel(16);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let served = serve(&acceptor, stream).await;
                connections_tx.send(served).await.unwrap();
            }
        });
        Self {
            url: format!("https://localhost:{port}/v1/chat/completions"),
            connections,
            _tasks: tasks,
        }
    }

    fn model(&self, tls: TlsFiles) -> Arc<dyn Model> {
        let url = self.url.parse().unwrap();
        scripted_server::model(ModelEndpoint {
            tls,
            ..ModelEndpoint::new(Api::ChatCompletions, url, "m")
        })
    }
}

/// Answers all requests of one connection, until the client closes it.
async fn serve(acceptor: &TlsAcceptor, stream: TcpStream) -> Result<Vec<String>, String> {
    let stream = acceptor.accept(stream).await;
    let stream = stream.map_err(|error| error.to_string())?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let connection = h2::server::handshake(stream).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let mut paths = Vec::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        paths.push(request.uri().path().to_owned());
        let head = http::Response::builder().header("content-type", "text/event-stream");
        let mut body = respond
            .send_response(head.body(()).unwrap(), false)
            .unwrap();
        body.send_data(ANSWER.into(), true).unwrap();
    }
    Ok(paths)
}

fn request() -> GenerationRequest {
    GenerationRequest {
        messages: [Message::text("1", Role::User, "Hello?")]
            .map(std::sync::Arc::new)
            .into(),
        is_streamed: true,
        ..GenerationRequest::default()
    }
}

#[tokio::test]
async fn a_client_certificate_opens_the_door_and_streams_share_a_connection() {
    let mut server = TlsServer::start().await;
    let model = server.model(TlsFiles {
        key: Some(file("client.key")),
        certificate: Some(file("client.pem")),
        authorities: Some(file("ca.pem")),
    });
    for _ in 0..3 {
        let (generated, _) = scripted_server::ask(&model, &request()).await;
        assert_eq!(generated.unwrap().content, "Hi");
    }
    drop(model);
    let paths = server.connections.recv().await.unwrap();
    assert_eq!(paths, Ok(vec!["/v1/chat/completions".to_owned(); 3]));
}

#[tokio::test]
async fn without_the_right_certificates_there_is_no_answer_and_no_second_try() {
    let mut server = TlsServer::start().await;
    let no_authority = TlsFiles {
        key: Some(file("client.key")),
        certificate: Some(file("client.pem")),
        authorities: Some(file("client.pem")),
    };
    let no_client = TlsFiles {
        authorities: Some(file("ca.pem")),
        ..TlsFiles::default()
    };
    for tls in [no_authority, no_client] {
        let (generated, heard) = scripted_server::ask(&server.model(tls.clone()), &request()).await;
        let error = generated.unwrap_err();
        assert_eq!(error.kind, ModelErrorKind::Network, "{error}");
        assert!(error.message.contains("no safe connection to"), "{error}");
        assert_eq!(heard.retries.lock().unwrap().len(), 0, "{tls:?}");
        assert!(server.connections.recv().await.unwrap().is_err(), "{tls:?}");
    }
}

#[tokio::test]
async fn a_ca_file_that_is_put_right_counts_at_the_next_call() {
    let mut server = TlsServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let authorities = folder.path().join("ca.pem");
    let model = server.model(TlsFiles {
        key: Some(file("client.key")),
        certificate: Some(file("client.pem")),
        authorities: Some(authorities.clone()),
    });
    let (missing, _) = scripted_server::ask(&model, &request()).await;
    let error = missing.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Configuration, "{error}");
    // Of another authority: it can be used, and the server's certificate is not from there.
    std::fs::copy(file("client.pem"), &authorities).unwrap();
    let (wrong, _) = scripted_server::ask(&model, &request()).await;
    let error = wrong.unwrap_err();
    assert!(error.message.contains("no safe connection to"), "{error}");
    assert!(server.connections.recv().await.unwrap().is_err());
    std::fs::copy(file("ca.pem"), &authorities).unwrap();
    let (right, _) = scripted_server::ask(&model, &request()).await;
    assert_eq!(right.unwrap().content, "Hi");
}

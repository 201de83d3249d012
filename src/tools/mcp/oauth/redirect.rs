//! A small local server to which a person's browser returns after a sign-in.
//!
//! Source: RFC 6749 (4.1.2), RFC 8252 (7.3).

use crate::base::address::shown_text;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONNECTION, HeaderName};
use axum::http::{StatusCode, Uri};
use axum::response::Html;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::{Host, Url};

use super::http::is_of_this_machine;
use super::sign_in::query;

/// A local address to which a browser can return.
pub(super) struct Redirect {
    listener: TcpListener,
    /// The URL, with its actual port.
    pub(super) url: Url,
}

/// The browser's message: the URL that was requested, or the error of the authorization server.
pub(super) type Brought = Option<Result<String, String>>;

/// Parses a redirect address of a configuration, which must be on this machine and unencrypted.
///
/// # Errors
/// The reason why the address is not allowed, for people.
pub(super) fn checked(address: &str) -> Result<Url, String> {
    let shown = shown_text(address);
    let url: Url = address
        .parse()
        .map_err(|error| format!("`redirect_uri`: `{shown}` is not an address: {error}"))?;
    if url.scheme() != "http" || !is_of_this_machine(&url) {
        return Err(format!(
            "`redirect_uri`: `{shown}` is not an address of this machine, such as `http://127.0.0.1:8765/callback`"
        ));
    }
    Ok(url)
}

impl Redirect {
    /// Starts to listen. An address without a port gets a free one.
    ///
    /// # Errors
    /// The port is taken; the text is for people.
    pub(super) async fn listen(wanted: &Url) -> Result<Self, String> {
        let host = match wanted.host() {
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(_)) | None => "127.0.0.1".to_owned(),
        };
        let port = wanted.port().unwrap_or(0);
        let listening = async {
            let listener = TcpListener::bind((host.as_str(), port)).await?;
            let port = listener.local_addr()?.port();
            Ok::<_, std::io::Error>((listener, port))
        };
        let (listener, port) = listening.await.map_err(|error| {
            format!("nothing can listen at `{wanted}`, its `redirect_uri`: {error}")
        })?;
        let mut url = wanted.clone();
        // Only an address without a host has no port.
        let _set = url.set_port(Some(port));
        Ok(Self { listener, url })
    }

    /// Serves until the future is dropped; a request with the right `state` is sent to `brought`.
    pub(super) async fn serve(self, state: String, brought: watch::Sender<Brought>) {
        let desk = Arc::new(RedirectState {
            url: self.url,
            state,
            brought,
        });
        let router = Router::new().fallback(receive).with_state(desk);
        // It ends only when the listener breaks, and then nobody comes any more.
        let _broken = axum::serve(self.listener, router).await;
    }
}

/// The state of the server.
struct RedirectState {
    url: Url,
    state: String,
    brought: watch::Sender<Brought>,
}

/// A page for the browser. The connection is closed after it, so that nothing of this server
/// remains.
type Page = (
    StatusCode,
    [(HeaderName, &'static str); 1],
    Html<&'static str>,
);

fn page(status: StatusCode, words: &'static str) -> Page {
    (status, [(CONNECTION, "close")], Html(words))
}

async fn receive(State(desk): State<Arc<RedirectState>>, uri: Uri) -> Page {
    if uri.path() != desk.url.path() {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    let mut url = desk.url.clone();
    url.set_query(uri.query());
    let value = |wanted: &str| query(&url, wanted);
    // Anybody can send a browser here; only the authorization server knows the state.
    if value("state").as_deref() != Some(desk.state.as_str()) {
        let words = "This is not the sign-in that flowdeck waits for.";
        return page(StatusCode::BAD_REQUEST, words);
    }
    let (brought, words) = match value("error") {
        Some(error) => (
            Err(value("error_description").unwrap_or(error)),
            "The sign-in failed. You can close this window.",
        ),
        None => (
            Ok(url.to_string()),
            "You are signed in. You can close this window.",
        ),
    };
    desk.brought.send_replace(Some(brought));
    page(StatusCode::OK, words)
}

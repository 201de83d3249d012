//! Access control: programs that send the key are admitted; without a key, only programs on this
//! machine.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::form;
use crate::base::secret::Secret;

/// The path that is open to everybody, because the agent card says how to authenticate.
const OPEN: &str = "/.well-known/";

/// Checks every request before its body is read.
#[derive(Clone, Debug)]
pub(super) struct Door(Option<Arc<Secret>>);

impl Door {
    pub(super) fn new(key: Option<Secret>) -> Self {
        Self(key.map(Arc::new))
    }

    /// Returns the routes with the access check in front of them.
    pub(super) fn before(self, routes: Router) -> Router {
        routes.layer(from_fn_with_state(self, checked))
    }

    fn refuses(&self, uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let Some(key) = &self.0 else {
            // A web page in a browser on this machine is not a program of its user.
            return (!is_from_here(headers)).then_some((
                StatusCode::FORBIDDEN,
                "without a key only programs of this machine are served, and no web pages",
            ));
        };
        let shown = headers
            .get(AUTHORIZATION)
            .map(axum::http::HeaderValue::as_bytes);
        let shown = shown.and_then(|value| value.strip_prefix(b"Bearer "));
        let is_right = shown.is_some_and(|shown| {
            aws_lc_rs::constant_time::verify_slices_are_equal(shown, key.expose().as_bytes())
                .is_ok()
        });
        (!is_right && !uri.path().starts_with(OPEN)).then_some((
            StatusCode::UNAUTHORIZED,
            "the key is missing or wrong: send `Authorization: Bearer KEY`",
        ))
    }
}

async fn checked(State(door): State<Door>, request: Request, next: Next) -> Response {
    let Some((status, words)) = door.refuses(request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    let mut response = form::refusal(request.uri().path(), status, words);
    if status == StatusCode::UNAUTHORIZED {
        let bearer = axum::http::HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    }
    response
}

/// Whether a request's `Host` header names this machine and, if the request comes from a web page,
/// its `Origin` header too.
fn is_from_here(headers: &HeaderMap) -> bool {
    let named = |value: &axum::http::HeaderValue| value.to_str().is_ok_and(is_loopback);
    headers.get(HOST).is_none_or(named) && headers.get(ORIGIN).is_none_or(named)
}

/// Whether an authority or URL such as `http://localhost:8090`, `127.0.0.1:8090` or `[::1]` names
/// this machine.
fn is_loopback(authority: &str) -> bool {
    let authority = authority
        .split_once("://")
        .map_or(authority, |(_, rest)| rest);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

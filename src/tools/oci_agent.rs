//! Agents of Oracle's Generative AI Agents service.
//!
//! A conversation is a session, which is created before the first message of it. Each message is answered at once:
//!
//! ```text
//! POST …/agentEndpoints/ID/sessions      {}                                       ─► {"id": SESSION}
//! POST …/agentEndpoints/ID/actions/chat  {"sessionId": SESSION, "userMessage": …} ─► {"message": …, "requiredActions": […]}
//! ```
//!
//! An agent may want the result of a function before it continues: the next message is that result.
//!
//! Source: version 20240531 of the service, as Oracle's SDK for Python (2.189) speaks it.

mod answer;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use self::answer::read_answer;
use super::a2a::RemoteTurn;
use super::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use super::retry::is_next;
use crate::base::address::shown_text;
use crate::base::clock::{SharedClock, Timestamp};
use crate::base::lock::lock;
use crate::llm::{ModelErrorKind, OciFailure, OciRequest, OciService};
use crate::net::retry::{Attempts, RetryPolicy};
use crate::profile::{Credentials, oci_credentials};
use crate::spec::language::{OciAgent, OciClientConfig};

/// The API version of the service, with which all paths begin.
const VERSION: &str = "20240531";
/// The maximum size of an answer, in bytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
/// The default time limit of a request.
const REQUEST_LIMIT: Duration = Duration::from_mins(5);
/// How long the service recognizes a repeated request by its retry token.
const RETRY_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// The members of the state that is recorded before a message is sent.
const SESSION: &str = "session";
const SENT_AT: &str = "sent_at_ns";

/// Calls agents of the service.
#[derive(Debug)]
pub(super) struct OciAgents {
    clock: SharedClock,
    /// A client for each set of credentials, so that connections and sessions of instance
    /// principals are reused.
    services: Mutex<Vec<(Credentials, Arc<OciService>)>>,
}

/// A call of an OCI agent.
struct Call<'c> {
    /// The name of the agent in the spec.
    name: &'c str,
    service: Arc<OciService>,
    /// The common prefix of all paths.
    base: String,
    retry_policy: Option<RetryPolicy>,
    observer: &'c dyn ToolObserver,
}

impl OciAgents {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            services: Mutex::default(),
        }
    }

    /// Returns the location of an agent, for people.
    pub(super) fn shown(agent: &OciAgent) -> String {
        format!("OCI agent {}", shown_text(agent.agent_endpoint_id()))
    }

    /// Sends the message in the arguments ([`RemoteTurn`]) to an agent and returns its answer
    /// ([`RemoteAnswer`](super::RemoteAnswer)).
    ///
    /// A resumed call sends the same message in the same session with the same retry token, by
    /// which the service recognizes the repetition.
    ///
    /// # Errors
    /// There is no key, the service can't be reached or rejects the request, or its answer is
    /// invalid.
    pub(super) async fn call(
        &self,
        agent: &OciAgent,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let name = agent.component().name();
        let unusable = |why: String| {
            let message = format!("`{name}` can't be used: {why}");
            ToolError::new(ToolErrorKind::Configuration, message)
        };
        let turn = RemoteTurn::of(&invocation.arguments).map_err(|error| {
            unusable("the message to it can't be read".to_owned()).with_source(error)
        })?;
        let message = message_of(&turn).map_err(|why| unusable(why.to_owned()))?;
        let client = OciClientConfig::of(agent.client_config())
            .ok_or_else(|| unusable("its `client_config` has errors".to_owned()))?;
        let base = client.service_endpoint().trim().trim_end_matches('/');
        let call = Call {
            name,
            service: self.service(agent).await?,
            base: format!("{base}/{VERSION}/agentEndpoints"),
            retry_policy: agent.retry_policy().map(RetryPolicy::from_json),
            observer,
        };
        let endpoint = agent.agent_endpoint_id();
        let identity = invocation.identity.idempotency_key();
        let session = match (&invocation.begun, turn.thread.context.clone()) {
            (Some(begun), _) => self.session_of(begun, name)?,
            (None, Some(session)) => session,
            (None, None) => call.create_session(endpoint, &identity).await?,
        };
        if invocation.begun.is_none() {
            let at = self.clock.now().as_ns();
            observer.began(json!({SESSION: session, SENT_AT: at})).await;
        }
        let mut body = message;
        body["sessionId"] = json!(session);
        body["shouldStream"] = json!(false);
        let path = [endpoint, "actions", "chat"];
        let answered = call.post(&path, &body, &identity).await?;
        let answer = read_answer(&answered, session).map_err(|why| {
            ToolError::new(
                ToolErrorKind::BadOutput,
                format!("the answer of `{name}` can't be used: {why}"),
            )
        })?;
        serde_json::to_value(answer).map_err(|error| {
            let message = format!("the answer of `{name}` can't be kept");
            ToolError::new(ToolErrorKind::BadOutput, message).with_source(error)
        })
    }

    /// Returns the session of a call that was interrupted by the end of the program.
    ///
    /// # Errors
    /// The call is so old that the service may not recognize the message.
    fn session_of(&self, begun: &Value, name: &str) -> Result<String, ToolError> {
        let session = begun.get(SESSION).and_then(Value::as_str);
        let sent_at = begun
            .get(SENT_AT)
            .and_then(Value::as_u64)
            .map(Timestamp::from_ns);
        let is_known = sent_at.is_some_and(|at| self.clock.now().since(at) < RETRY_TOKEN_LIFETIME);
        match session {
            Some(session) if is_known => Ok(session.to_owned()),
            _ => Err(ToolError::new(
                ToolErrorKind::Failed,
                format!(
                    "`{name}` was called more than a day ago, and may have done its work: its service does not know the \
                     message again"
                ),
            )),
        }
    }

    /// Returns the client for an agent.
    async fn service(&self, agent: &OciAgent) -> Result<Arc<OciService>, ToolError> {
        let client = Arc::clone(agent.client_config());
        let name = agent.component().name().to_owned();
        let refused = |message: String| ToolError::new(ToolErrorKind::Configuration, message);
        // Keys are read from files.
        let reading = tokio::task::spawn_blocking(move || oci_credentials(&client, &name));
        let read = reading.await.map_err(|error| refused(error.to_string()))?;
        let credentials = read.map_err(|error| {
            let refusal = refused(error.to_string());
            match error.hint() {
                Some(hint) => refusal.with_hint(hint),
                None => refusal,
            }
        })?;
        let mut services = lock(&self.services);
        if let Some((_, service)) = services.iter().find(|(known, _)| *known == credentials) {
            return Ok(Arc::clone(service));
        }
        let service = Arc::new(OciService::new(&credentials, &self.clock));
        services.push((credentials, Arc::clone(&service)));
        Ok(service)
    }
}

impl Call<'_> {
    async fn create_session(&self, endpoint: &str, identity: &str) -> Result<String, ToolError> {
        let identity = format!("{identity}/session");
        let created = self
            .post(&[endpoint, "sessions"], &json!({}), &identity)
            .await?;
        let id = created.get("id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| {
            let message = format!("the session that `{}` created has no `id`", self.name);
            ToolError::new(ToolErrorKind::BadOutput, message)
        })
    }

    /// Sends a request, with retries by the retry policy.
    async fn post(&self, path: &[&str], body: &Value, identity: &str) -> Result<Value, ToolError> {
        let url = self.url(path)?;
        let policy = self.retry_policy.as_ref();
        let asked = OciRequest {
            url: &url,
            body,
            identity,
            limit: policy
                .and_then(|policy| policy.request_timeout)
                .unwrap_or(REQUEST_LIMIT),
            max_bytes: MAX_ANSWER_BYTES,
        };
        let mut attempts = Attempts::new(policy);
        loop {
            let failure = match self.service.post(asked).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if !is_next(&mut attempts, self.name, &failure.outcome, self.observer).await {
                return Err(self.error(failure));
            }
        }
    }

    fn url(&self, path: &[&str]) -> Result<Url, ToolError> {
        let unusable = |why: String| {
            let message = format!("`{}` can't be used: {why}", self.name);
            let error = ToolError::new(ToolErrorKind::Configuration, message);
            error.with_hint(
                "give the address of the service in `service_endpoint` of its `client_config`",
            )
        };
        let shown = shown_text(&self.base);
        let mut url: Url = (self.base.parse())
            .map_err(|error| unusable(format!("`{shown}` is not an address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unusable(format!("`{shown}` is neither `http` nor `https`")));
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        Ok(url)
    }

    fn error(&self, failure: OciFailure) -> ToolError {
        let error = *failure.error;
        let kind = match error.kind {
            ModelErrorKind::Network => ToolErrorKind::Unreachable,
            ModelErrorKind::Authentication => ToolErrorKind::Unauthorized,
            ModelErrorKind::Configuration => ToolErrorKind::Configuration,
            ModelErrorKind::BadAnswer => ToolErrorKind::BadOutput,
            ModelErrorKind::Cancelled => ToolErrorKind::Cancelled,
            ModelErrorKind::RateLimit | ModelErrorKind::Refused | ModelErrorKind::Server => {
                ToolErrorKind::Failed
            }
        };
        let hint = match error.kind {
            ModelErrorKind::Network => {
                Some("is `service_endpoint` of its `client_config` its address?".to_owned())
            }
            ModelErrorKind::Authentication => {
                Some("may the key of its `client_config` use this agent endpoint?".to_owned())
            }
            ModelErrorKind::Configuration => error.hint,
            _ => None,
        };
        let told = ToolError::new(kind, format!("`{}`: {}", self.name, error.message));
        match hint {
            Some(hint) => told.with_hint(hint),
            None => told,
        }
    }
}

/// Converts a turn to the service's format: text, or the result of each function for which the
/// agent waits.
///
/// # Errors
/// The turn has something other than text.
fn message_of(turn: &RemoteTurn) -> Result<Value, &'static str> {
    let texts: Option<Vec<&str>> = turn
        .parts
        .iter()
        .map(|part| part.get("text")?.as_str())
        .collect();
    let texts = texts.ok_or("agents of this service take text, but no files")?;
    let words = texts.join("\n\n");
    if turn.thread.task.is_none() {
        return Ok(json!({"userMessage": words}));
    }
    let results = turn.thread.heard.iter().map(|action| {
        json!({
            "performedActionType": "FUNCTION_CALLING_PERFORMED_ACTION", "actionId": action, "functionCallOutput": words,
        })
    });
    Ok(json!({"performedActions": results.collect::<Vec<_>>()}))
}

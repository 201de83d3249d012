//! Questions of a server to the person during a call.

use std::sync::{Arc, Mutex};

use rmcp::RoleClient;
use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    ClientConfig, CustomRequest, CustomResult, ElicitRequestParams, ElicitResult, ErrorCode,
    ErrorData, RequestId,
};
use rmcp::service::{InboundStreamOrigin, RequestContext};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::error::SessionError;
use super::found::Arguments;
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::tools::executor::{Elicited, Form, ToolObserver};

/// The method with which a server asks the person.
pub(super) const ELICITATION: &str = "elicitation/create";
/// The maximum number of waiting questions of a call.
const MAX_QUESTIONS: usize = 16;
/// The maximum size of a form's schema, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// A question that a server asks before it responds.
#[derive(Debug)]
pub(super) struct Question {
    /// The parameters of the server's request.
    pub(super) params: Value,
    /// Receives the result of the server's request.
    pub(super) answer: oneshot::Sender<Value>,
}

/// The channel for the questions of a call. It is stored in the request's extensions, which are not
/// sent.
#[derive(Clone, Debug)]
pub(super) struct QuestionSink(mpsc::Sender<Question>);

impl QuestionSink {
    pub(super) fn new() -> (Self, mpsc::Receiver<Question>) {
        let (tx, rx) = mpsc::channel(MAX_QUESTIONS);
        (Self(tx), rx)
    }
}

/// The open requests whose calls can ask a person.
#[derive(Clone, Debug, Default)]
pub(super) struct Askable(Arc<Mutex<Vec<(RequestId, QuestionSink)>>>);

impl Askable {
    /// Records that a request was sent.
    pub(super) fn add(&self, id: RequestId, sink: QuestionSink) {
        let mut known = lock(&self.0);
        known.retain(|(_, sink)| !sink.0.is_closed());
        known.push((id, sink));
    }

    /// Returns the call to which a question belongs: the request on whose stream it arrived, or
    /// else the only open one.
    fn sink(&self, origin: Option<&InboundStreamOrigin>) -> Option<QuestionSink> {
        let mut known = lock(&self.0);
        known.retain(|(_, sink)| !sink.0.is_closed());
        if let Some(InboundStreamOrigin::OutboundRequest(id)) = origin {
            let of_request = known.iter().find(|(known, _)| known == id);
            return of_request.map(|(_, sink)| sink.clone());
        }
        match known.as_slice() {
            [(_, only)] => Some(only.clone()),
            _ => None,
        }
    }
}

/// The handler of a server's requests, in the protocol with a handshake.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) config: ClientConfig,
    pub(super) askable: Askable,
}

impl Host {
    /// Returns the person's answer; a decline if it is unclear whom to ask.
    async fn ask(&self, params: Value, context: &RequestContext<RoleClient>) -> Value {
        let origin = context.extensions.get::<InboundStreamOrigin>();
        let declined = || json!({"action": "decline"});
        let Some(sink) = self.askable.sink(origin) else {
            tracing::warn!(
                "a question of an MCP server is declined: no call, or more than one, could have led to it"
            );
            return declined();
        };
        let (answer, answered) = oneshot::channel();
        if sink.0.send(Question { params, answer }).await.is_err() {
            return declined();
        }
        answered
            .await
            .unwrap_or_else(|_over| json!({"action": "cancel"}))
    }
}

impl ClientHandler for Host {
    fn get_info(&self) -> ClientConfig {
        self.config.clone()
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let params = serde_json::to_value(&request).unwrap_or_default();
        let answer = self.ask(params, &context).await;
        serde_json::from_value(answer)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleClient>,
    ) -> Result<CustomResult, ErrorData> {
        // A form that the SDK has no type for.
        if request.method == ELICITATION {
            let params = request.params.unwrap_or_default();
            return Ok(CustomResult::new(self.ask(params, &context).await));
        }
        Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            request.method,
            None,
        ))
    }
}

/// Returns the URL that a question asks to open, normalized; `None` if it is not a web address.
fn address(params: &Value) -> Option<Url> {
    let url = Url::parse(params.get("url")?.as_str()?).ok()?;
    matches!(url.scheme(), "https" | "http").then_some(url)
}

/// Asks the person to fill in a form or open a URL, and returns the result for the server.
///
/// # Errors
/// There is no person to ask.
pub(super) async fn elicited(
    params: &Value,
    server: &str,
    observer: &dyn ToolObserver,
) -> Result<Value, SessionError> {
    let declined = json!({"action": "decline"});
    let message = params.get("message").and_then(Value::as_str);
    let message = message.unwrap_or_default();
    if params.get("mode").and_then(Value::as_str) == Some("url") {
        let Some(address) = address(params) else {
            let notice =
                "the server wants to open an address that is not of the web, which is declined";
            observer.notice(notice.to_owned()).await;
            return Ok(declined);
        };
        let form = Form {
            server,
            message: &format!(
                "{message}\n\nIt wants you to open this address in a browser; flowdeck does not:\n{address}"
            ),
            values: Values::new(),
            inputs: &[],
        };
        return match observer.elicit(form).await {
            Elicited::Given(_nothing) => Ok(json!({"action": "accept"})),
            Elicited::Refused => Ok(declined),
            Elicited::Nobody => Err(SessionError::NobodyToAsk),
        };
    }
    let mut room = MAX_FORM_BYTES;
    let arguments = match Arguments::of(params.get("requestedSchema"), &mut room) {
        Ok(arguments) => arguments,
        Err(why) => {
            let notice = format!("a question of the server is declined: {why}");
            observer.notice(notice).await;
            return Ok(declined);
        }
    };
    let values: Values = arguments
        .properties
        .iter()
        .map(|input| {
            let preset = input.default().cloned().unwrap_or_default();
            (input.title().to_owned(), preset)
        })
        .collect();
    let form = Form {
        server,
        message,
        values,
        inputs: &arguments.properties,
    };
    match observer.elicit(form).await {
        Elicited::Given(mut values) => {
            values.retain(|name, value| !(value.is_null() && arguments.optional.contains(name)));
            Ok(json!({"action": "accept", "content": values}))
        }
        Elicited::Refused => Ok(declined),
        Elicited::Nobody => Err(SessionError::NobodyToAsk),
    }
}

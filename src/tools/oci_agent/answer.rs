//! Parses answers of the service's agents.

use serde_json::{Value, json};

use crate::tools::a2a::{RemoteAnswer, RemoteThread};

/// The type of an action that the agent asks its caller to execute.
const FUNCTION_CALL: &str = "FUNCTION_CALLING_REQUIRED_ACTION";

/// The state of an answer after which the agent waits for function results, named as in A2A 0.3.
const WAITS: &str = "input-required";

/// Parses an answer in a session.
///
/// # Errors
/// The answer has neither text nor function calls, or requires an unsupported action.
pub(super) fn read_answer(answer: &Value, session: String) -> Result<RemoteAnswer, String> {
    let content = answer.pointer("/message/content");
    let text = content.and_then(|content| content.get("text")?.as_str());
    let mut words: Vec<String> = text.map(str::to_owned).into_iter().collect();
    let mut actions = Vec::new();
    let required = answer.get("requiredActions").and_then(Value::as_array);
    for action in required.into_iter().flatten() {
        let kind = action
            .get("requiredActionType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if kind != FUNCTION_CALL {
            return Err(format!(
                "it wants `{kind}`, which flowdeck does not support"
            ));
        }
        let (id, line) =
            function_call(action).ok_or("it wants a function call that has no id or name")?;
        actions.push(id);
        words.push(line);
    }
    if words.is_empty() {
        return Err("it has no text".to_owned());
    }
    let citations = content.and_then(|content| content.get("citations"));
    let citations =
        citations.filter(|citations| citations.as_array().is_some_and(|list| !list.is_empty()));
    let state = if actions.is_empty() {
        RemoteAnswer::MESSAGE
    } else {
        WAITS
    };
    Ok(RemoteAnswer {
        text: words.join("\n\n"),
        state: state.to_owned(),
        data: citations
            .map(|citations| json!({ "citations": citations }))
            .into_iter()
            .collect(),
        thread: RemoteThread {
            context: Some(session),
            task: actions.first().cloned(),
            heard: actions,
            ..RemoteThread::default()
        },
        ..RemoteAnswer::default()
    })
}

/// Returns the id of an action and a question for the person or agent who answers: `find is to be
/// called with {"query": "tea"}: what is its result?`.
fn function_call(action: &Value) -> Option<(String, String)> {
    let id = action.get("actionId")?.as_str()?;
    let call = action.get("functionCall")?;
    let name = call.get("name")?.as_str()?;
    let arguments = call
        .get("arguments")
        .and_then(Value::as_str)
        .unwrap_or("{}");
    let line = format!("`{name}` is to be called with {arguments}: what is its result?");
    Some((id.to_owned(), line))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn words_citations_and_function_calls_are_read() {
        let message = json!({"message": {"role": "AGENT", "content": {"text": "Green.", "citations": [{"sourceText": "t"}]}}});
        let answer = read_answer(&message, "s".to_owned()).unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.state.as_str()),
            ("Green.", "message")
        );
        assert_eq!(answer.data, [json!({"citations": [{"sourceText": "t"}]})]);
        assert_eq!(answer.thread.task, None);
        let call = json!({"requiredActions": [{
            "requiredActionType": FUNCTION_CALL, "actionId": "a", "functionCall": {"name": "find", "arguments": "{}"},
        }]});
        let answer = read_answer(&call, "s".to_owned()).unwrap();
        assert_eq!(
            answer.text,
            "`find` is to be called with {}: what is its result?"
        );
        assert_eq!(answer.thread.task.as_deref(), Some("a"));
    }

    #[test]
    fn what_can_not_be_answered_is_refused_by_its_name() {
        for (answer, why) in [
            (json!({}), "it has no text"),
            (json!({"message": {"content": {}}}), "it has no text"),
            (
                json!({"requiredActions": [{"requiredActionType": "HUMAN_APPROVAL_REQUIRED_ACTION", "actionId": "a"}]}),
                "it wants `HUMAN_APPROVAL_REQUIRED_ACTION`, which flowdeck does not support",
            ),
            (
                json!({"requiredActions": [{"requiredActionType": FUNCTION_CALL}]}),
                "it wants a function call that has no id or name",
            ),
        ] {
            assert_eq!(read_answer(&answer, String::new()).unwrap_err(), why);
        }
    }
}

//! Stubs that replace tools in one launch: `get_weather={"sky": "clear"}`.

use std::time::Duration;

use indexmap::IndexMap;

use super::Profile;
use super::binding::Stub;
use super::quantity::duration;
use crate::base::separated::{parts, unquoted};
use crate::base::written::Written;

/// A tool, and the stub that replaces it in one launch.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolStub {
    /// The name of the tool.
    pub tool: String,
    /// The outcome of each call of the tool.
    pub stub: Stub,
}

/// A reason why a text is not a stub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StubError {
    /// The name of the tool or the equals sign is missing.
    #[error("`{0}` must be TOOL=RESULT, TOOL!=ERROR or TOOL@2s=RESULT")]
    Malformed(String),
    /// The delay is invalid.
    #[error("`{text}`: the delay after `@` {problem}")]
    Delay {
        /// The text of the delay.
        text: String,
        /// The requirement on a delay, in words.
        problem: String,
    },
    /// A tool has two stubs.
    #[error("`{0}` is replaced twice: leave one out")]
    Twice(String),
}

impl ToolStub {
    /// Parses `TOOL=RESULT` or `TOOL!=ERROR`, with an optional delay after the tool:
    /// `TOOL@2s=RESULT`. The result is JSON if it parses, else text.
    ///
    /// # Errors
    /// [`StubError`].
    pub fn read(text: &str) -> Result<Self, StubError> {
        let malformed = || StubError::Malformed(text.to_owned());
        let (head, written) = text.split_once('=').ok_or_else(malformed)?;
        let written = written.trim();
        let (head, outcome) = if let Some(head) = head.trim().strip_suffix('!') {
            (head, Err(unquoted(written)))
        } else {
            let json = Written::read(written);
            let result = json.unwrap_or_else(|_text| Written::from_marked(written.into()));
            (head.trim(), Ok(result))
        };
        let (tool, delay) = match head.rsplit_once('@') {
            None => (head, Duration::ZERO),
            Some((tool, written)) => {
                let delay = duration(written).map_err(|problem| StubError::Delay {
                    text: text.to_owned(),
                    problem,
                })?;
                (tool, delay)
            }
        };
        let tool = tool.trim();
        if tool.is_empty() {
            return Err(malformed());
        }
        Ok(Self {
            tool: tool.to_owned(),
            stub: Stub { outcome, delay },
        })
    }

    /// Parses several stubs, separated by semicolons outside of quotes and brackets.
    ///
    /// # Errors
    /// [`StubError`].
    pub fn read_all(text: &str) -> Result<IndexMap<String, Stub>, StubError> {
        let written = parts(text, ';').into_iter().map(str::trim);
        let stubs = written.filter(|part| !part.is_empty()).map(Self::read);
        by_tool(stubs.collect::<Result<Vec<_>, _>>()?)
    }
}

/// Collects stubs by the names of their tools.
///
/// # Errors
/// [`StubError::Twice`].
pub fn by_tool(
    stubs: impl IntoIterator<Item = ToolStub>,
) -> Result<IndexMap<String, Stub>, StubError> {
    let mut by_tool = IndexMap::new();
    for ToolStub { tool, stub } in stubs {
        if by_tool.insert(tool.clone(), stub).is_some() {
            return Err(StubError::Twice(tool));
        }
    }
    Ok(by_tool)
}

impl Profile {
    /// Returns the stub of a tool, which takes precedence over its binding.
    pub fn stub(&self, tool_name: &str) -> Option<&Stub> {
        self.stubs.get(tool_name)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn stub(outcome: Result<serde_json::Value, &str>, delay_ms: u64) -> Stub {
        Stub {
            outcome: outcome.map(Written::from).map_err(str::to_owned),
            delay: Duration::from_millis(delay_ms),
        }
    }

    #[test]
    fn a_result_an_error_and_a_delay_are_read() {
        let cases = [
            (
                r#"get={"sky": "clear; a=b"}"#,
                "get",
                stub(Ok(json!({"sky": "clear; a=b"})), 0),
            ),
            ("get=it is 14", "get", stub(Ok(json!("it is 14")), 0)),
            ("get!=no network", "get", stub(Err("no network"), 0)),
            ("get@2s!=", "get", stub(Err(""), 2000)),
            ("a.b@250ms = [1]", "a.b", stub(Ok(json!([1])), 250)),
        ];
        for (text, tool, stub) in cases {
            let read = ToolStub::read(text).unwrap();
            assert_eq!((read.tool.as_str(), read.stub), (tool, stub), "{text}");
        }
        let all = ToolStub::read_all(r#"a={"x": ";"}; b!="no; not now";"#).unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(all["b"], stub(Err("no; not now"), 0));
    }

    #[test]
    fn what_is_no_stand_in_says_what_it_must_be() {
        for (text, words) in [
            ("get", "TOOL=RESULT"),
            ("=1", "TOOL=RESULT"),
            ("get@soon=1", "the delay"),
            ("get=1; get=2", "twice"),
        ] {
            let error = ToolStub::read_all(text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}

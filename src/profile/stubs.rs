//! Stand-ins that a launch puts in the place of tools: `get_weather={"sky": "clear"}`.

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
    /// The tool's name.
    pub tool: String,
    /// The stand-in for each call of the tool.
    pub stub: Stub,
}

/// Why a text is no stand-in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StubError {
    /// There is no tool or no equals sign.
    #[error("`{0}` must be TOOL=RESULT, TOOL!=ERROR or TOOL@2s=RESULT")]
    Malformed(String),
    /// The delay is none.
    #[error("`{text}`: the delay after `@` {problem}")]
    Delay {
        /// The text as it was written.
        text: String,
        /// The form that the delay must have, in words.
        problem: String,
    },
    /// A tool has two of them.
    #[error("`{0}` is replaced twice: leave one out")]
    Twice(String),
}

impl ToolStub {
    /// Reads `TOOL=RESULT`, `TOOL!=ERROR`, and either with a delay behind the tool: `TOOL@2s=RESULT`. The result is JSON, else text.
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

    /// Reads several, parted by semicolons outside of quotes and brackets.
    ///
    /// # Errors
    /// [`StubError`].
    pub fn read_all(text: &str) -> Result<IndexMap<String, Stub>, StubError> {
        let written = parts(text, ';').into_iter().map(str::trim);
        let stubs = written.filter(|part| !part.is_empty()).map(Self::read);
        by_tool(stubs.collect::<Result<Vec<_>, _>>()?)
    }
}

/// Stand-ins by the names of their tools.
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
    /// The stand-in for the tool of that name, whatever else it is bound to.
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

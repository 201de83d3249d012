//! `--answers FILE`: what is answered without asking a person.
//!
//! ```yaml
//! messages: [Ada, a garden robot]
//! tools: {book_taxi: [{receipt: T-1}]}
//! confirm: {refund: true, drop: {reason: not today}, pay: {arguments: {euros: 5}}}
//! ```

use std::path::{Path, PathBuf};

use crate::base::files::{ReadError, read_text};
use crate::base::suggest::closest;
use crate::runs::{Answers, Confirmation};
use crate::spec::Format;
use crate::spec::syntax::{Entry, NodeId, NodeValue, Tree, parse};

/// What an answers file may hold.
const KEYS: [&str; 3] = ["messages", "tools", "confirm"];

/// Why a file of answers could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswersError {
    /// The file itself could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// It says something that is no answer.
    #[error("`{}`, line {line}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
}

/// Reads a file of answers, YAML or JSON.
///
/// # Errors
/// [`AnswersError`], of the first fault.
pub(crate) fn read_answers(path: &Path) -> Result<Answers, AnswersError> {
    let text = read_text(path)?;
    answers_of(&text).map_err(|Fault { line, problem }| AnswersError::Malformed {
        path: path.to_owned(),
        line,
        problem,
    })
}

#[derive(Debug)]
struct Fault {
    line: usize,
    problem: String,
}

fn answers_of(text: &str) -> Result<Answers, Fault> {
    let (tree, problems) = parse(text, Format::guess(text));
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(Fault {
            line: problem.place.line,
            problem: problem.message.clone(),
        });
    }
    let mut answers = Answers::default();
    let Some(root) = tree.root() else {
        return Ok(answers);
    };
    let reader = Reader { tree: &tree };
    for entry in reader.entries(
        root,
        "answers are a mapping of `messages`, `tools`, `confirm`",
    )? {
        match entry.key.as_str() {
            "messages" => {
                for item in reader.items(entry.value, "`messages` is a list of texts")? {
                    let text = tree.text(*item);
                    let text = text.ok_or_else(|| reader.fault(*item, "a message is a text"))?;
                    answers.messages.push_back(text.to_owned());
                }
            }
            "tools" => {
                for tool in reader.entries(entry.value, "`tools` is a mapping of tool names")? {
                    let wanted = "the results of a tool are a list, one for each call";
                    let results = reader.items(tool.value, wanted)?;
                    let results = results.iter().map(|item| tree.to_written(*item)).collect();
                    answers.tools.insert(tool.key.to_string(), results);
                }
            }
            "confirm" => {
                for tool in reader.entries(entry.value, "`confirm` is a mapping of tool names")? {
                    let confirmation = reader.confirmation(tool.value)?;
                    answers
                        .confirmations
                        .insert(tool.key.to_string(), confirmation);
                }
            }
            unknown => return Err(reader.unknown_key(entry, unknown)),
        }
    }
    Ok(answers)
}

struct Reader<'t> {
    tree: &'t Tree,
}

impl<'t> Reader<'t> {
    fn fault(&self, node: NodeId, problem: &str) -> Fault {
        Fault {
            line: self.tree.place(node).line,
            problem: problem.to_owned(),
        }
    }

    fn unknown_key(&self, entry: &Entry, key: &str) -> Fault {
        let help = closest(key, KEYS).map_or_else(
            || format!("; it may have {}", KEYS.join(", ")),
            |name| format!("; did you mean `{name}`?"),
        );
        Fault {
            line: self.tree.key_place(entry).line,
            problem: format!("unknown key `{key}`{help}"),
        }
    }

    fn entries(&self, node: NodeId, wanted: &str) -> Result<&'t [Entry], Fault> {
        let entries = self.tree.entries(node);
        entries.ok_or_else(|| self.fault(node, wanted))
    }

    fn items(&self, node: NodeId, wanted: &str) -> Result<&'t [NodeId], Fault> {
        let items = self.tree.items(node);
        items.ok_or_else(|| self.fault(node, wanted))
    }

    fn confirmation(&self, node: NodeId) -> Result<Confirmation, Fault> {
        let wanted = "a confirmation is `true`, `false`, `{reason: …}` for no, or `{arguments: {…}}` for yes";
        match self.tree.value(node) {
            NodeValue::Bool(true) => Ok(Confirmation::Confirm { arguments: None }),
            NodeValue::Bool(false) => Ok(Confirmation::Reject { reason: None }),
            NodeValue::Object([entry]) => {
                let written = self.tree.to_written(entry.value);
                match (entry.key.as_str(), written.as_str()) {
                    ("reason", Some(reason)) => Ok(Confirmation::Reject {
                        reason: Some(reason.to_owned()),
                    }),
                    ("arguments", _) if written.is_object() => Ok(Confirmation::Confirm {
                        arguments: Some(written),
                    }),
                    _ => Err(self.fault(node, wanted)),
                }
            }
            _ => Err(self.fault(node, wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_holds_messages_results_and_confirmations() {
        let answers = answers_of(
            "messages: [Ada, more]\n\
             tools:\n  lookup:\n    - {found: true}\n    - 7\n\
             confirm: {a: true, b: false, c: {reason: no}, d: {arguments: {x: 1}}}\n",
        );
        // `no` is a boolean in YAML 1.1, so it is no reason.
        let fault = answers.expect_err("a reason is a text");
        assert_eq!(fault.line, 6);
        let answers = answers_of(
            "messages: [Ada, more]\n\
             tools:\n  lookup:\n    - {found: true}\n    - 7\n\
             confirm: {a: true, b: false, c: {reason: 'no'}, d: {arguments: {x: 1}}}\n",
        )
        .expect("no fault");
        assert_eq!(answers.messages, ["Ada", "more"]);
        assert_eq!(
            answers.tools["lookup"],
            [json!({"found": true}).into(), json!(7).into()]
        );
        let confirm = |name: &str| answers.confirmations[name].clone();
        assert_eq!(confirm("a"), Confirmation::Confirm { arguments: None });
        assert_eq!(confirm("b"), Confirmation::Reject { reason: None });
        assert_eq!(
            confirm("c"),
            Confirmation::Reject {
                reason: Some("no".to_owned())
            }
        );
        assert!(matches!(
            confirm("d"),
            Confirmation::Confirm { arguments: Some(_) }
        ));
    }

    #[test]
    fn what_is_no_answer_is_told_with_its_line() {
        let cases = [
            ("mesages: []", 1, "did you mean `messages`?"),
            ("{\"messages\": [\n7]}", 2, "a message is a text"),
            ("tools:\n  lookup: 7\n", 2, "are a list"),
            ("- 1\n", 1, "answers are a mapping"),
            ("messages: [", 1, ""),
        ];
        for (text, line, problem) in cases {
            let fault = answers_of(text).expect_err(text);
            assert_eq!(fault.line, line, "{text}: {fault:?}");
            assert!(fault.problem.contains(problem), "{fault:?}");
        }
        assert_eq!(
            answers_of("").expect("nothing is no fault"),
            Answers::default()
        );
    }
}

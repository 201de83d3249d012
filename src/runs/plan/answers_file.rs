//! `--answers FILE`: answers that are given without asking a person.
//!
//! ```yaml
//! messages: [Ada, a garden robot]
//! tools: {book_taxi: [{receipt: T-1}]}
//! confirm: {refund: true, drop: {reason: not today}, pay: {arguments: {euros: 5}}}
//! replies:
//!   - {question: "*which city*", node: ask_city, messages: [Paris]}
//! rows:
//!   2: {messages: [Grace], confirm: {refund: false}}
//! ```
//!
//! docs/answers.md says what each means.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use crate::base::files::{ReadError, read_text};
use crate::base::suggest::closest;
use crate::runs::{Answers, Confirmation};
use crate::spec::Format;
use crate::spec::syntax::{Entry, NodeId, NodeValue, Tree, parse};
use crate::trace::PreparedReply;

/// The keys of an answers file at the top level.
const KEYS: &[&str] = &["messages", "tools", "confirm", "replies", ROWS];

/// The keys of a row: all but [`ROWS`].
const KEYS_OF_ROW: &[&str] = KEYS.split_at(KEYS.len() - 1).0;

/// The key with the answers of each row.
const ROWS: &str = "rows";

/// The content of an answers file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileAnswers {
    /// The answers for all runs.
    pub all: Answers,
    /// The answers for the runs of a row, by its number from 1.
    pub of_rows: BTreeMap<usize, Answers>,
}

/// The reason why an answers file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswersError {
    /// The file itself could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The content is not valid.
    #[error("`{}`, line {line}: {problem}", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
}

/// Returns whether a file has one of the extensions of answers files.
pub(crate) fn is_answers_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["yaml", "yml", "json"].contains(&ending.to_lowercase().as_str()))
}

/// Reads an answers file, YAML or JSON.
///
/// # Errors
/// [`AnswersError`], for the first problem.
pub(crate) fn read_answers(path: &Path) -> Result<FileAnswers, AnswersError> {
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

fn answers_of(text: &str) -> Result<FileAnswers, Fault> {
    let (tree, problems) = parse(text, Format::guess(text));
    if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
        return Err(Fault {
            line: problem.place.line,
            problem: problem.message.clone(),
        });
    }
    let mut answers = FileAnswers::default();
    let Some(root) = tree.root() else {
        return Ok(answers);
    };
    let reader = Reader { tree: &tree };
    for entry in reader.entries(
        root,
        "answers are a mapping of `messages`, `tools`, `confirm`, `replies`, `rows`",
    )? {
        if entry.key.as_str() != ROWS {
            reader.take(entry, &mut answers.all, KEYS)?;
            continue;
        }
        for row in reader.entries(entry.value, "`rows` is a mapping of row numbers")? {
            let number = row.key.as_str().parse().ok().filter(|number| *number > 0);
            let number = number.ok_or_else(|| Fault {
                line: tree.key_place(row).line,
                problem: format!(
                    "`{}` is not the number of a row; rows count from 1",
                    row.key
                ),
            })?;
            let of_row = answers.of_rows.entry(number).or_default();
            for entry in reader.entries(row.value, "the answers of a row are a mapping")? {
                reader.take(entry, of_row, KEYS_OF_ROW)?;
            }
        }
    }
    Ok(answers)
}

struct Reader<'t> {
    tree: &'t Tree,
}

impl<'t> Reader<'t> {
    /// Reads the value of one key; `known` are the keys that may stand here.
    fn take(&self, entry: &Entry, answers: &mut Answers, known: &[&str]) -> Result<(), Fault> {
        match entry.key.as_str() {
            "messages" => answers.messages = self.texts(entry.value, "`messages`")?,
            "tools" => {
                for tool in self.entries(entry.value, "`tools` is a mapping of tool names")? {
                    let wanted = "the results of a tool are a list, one for each call";
                    let results = self.items(tool.value, wanted)?.iter();
                    let results = results.map(|item| self.tree.to_written(*item)).collect();
                    answers.tools.insert(tool.key.to_string(), results);
                }
            }
            "confirm" => {
                for tool in self.entries(entry.value, "`confirm` is a mapping of tool names")? {
                    let confirmation = self.confirmation(tool.value)?;
                    answers
                        .confirmations
                        .insert(tool.key.to_string(), confirmation);
                }
            }
            "replies" => {
                for item in self.items(entry.value, "`replies` is a list")? {
                    answers.replies.push(self.reply(*item)?);
                }
            }
            unknown => return Err(self.unknown_key(entry, unknown, known)),
        }
        Ok(())
    }

    fn texts(&self, node: NodeId, name: &str) -> Result<VecDeque<String>, Fault> {
        let items = self.items(node, &format!("{name} is a list of texts"))?;
        let text = |item: &NodeId| {
            let text = self.tree.text(*item).map(str::to_owned);
            text.ok_or_else(|| self.fault(*item, "a message is a text"))
        };
        items.iter().map(text).collect()
    }

    fn reply(&self, node: NodeId) -> Result<PreparedReply, Fault> {
        let wanted = "a reply is `{question: …, node: …, messages: [text, …]}`";
        let mut reply = PreparedReply::default();
        for entry in self.entries(node, wanted)? {
            let text = || {
                let text = self.tree.text(entry.value).map(str::to_owned);
                text.ok_or_else(|| self.fault(entry.value, wanted))
            };
            match entry.key.as_str() {
                "question" => reply.question = Some(text()?),
                "node" => reply.nodes = vec![text()?],
                "messages" => reply.messages = self.texts(entry.value, "`messages`")?,
                _ => return Err(self.fault(node, wanted)),
            }
        }
        if reply.messages.is_empty() {
            return Err(self.fault(node, wanted));
        }
        Ok(reply)
    }

    fn fault(&self, node: NodeId, problem: &str) -> Fault {
        Fault {
            line: self.tree.place(node).line,
            problem: problem.to_owned(),
        }
    }

    fn unknown_key(&self, entry: &Entry, key: &str, known: &[&str]) -> Fault {
        let help = closest(key, known.iter().copied()).map_or_else(
            || format!("; known keys are {}", known.join(", ")),
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
        .expect("no fault")
        .all;
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
            ("rows: {zero: {}}", 1, "not the number of a row"),
            (
                "rows: {1: {rows: {}}}",
                1,
                "unknown key `rows`; known keys are messages, tools, confirm, replies",
            ),
            ("row: {}", 1, "did you mean `rows`?"),
            ("x: 1", 1, "confirm, replies, rows"),
            ("replies:\n  - {question: a}", 2, "a reply is"),
            ("replies: [{nod: a, messages: [b]}]", 1, "a reply is"),
        ];
        for (text, line, problem) in cases {
            let fault = answers_of(text).expect_err(text);
            assert_eq!(fault.line, line, "{text}: {fault:?}");
            assert!(fault.problem.contains(problem), "{fault:?}");
        }
        assert_eq!(
            answers_of("").expect("nothing is no fault"),
            FileAnswers::default()
        );
    }

    #[test]
    fn replies_are_by_question_and_node_and_a_row_has_its_own() {
        let answers = answers_of(
            "messages: [Ada]\n\
             replies:\n- {question: '*city*', messages: [Paris]}\n- {node: days, messages: ['3', '4']}\n\
             rows:\n  2: {messages: [Grace], replies: [{messages: [yes please]}]}\n",
        )
        .expect("no fault");
        let reply = |question: Option<&str>, node: Option<&str>, messages: &[&str]| PreparedReply {
            question: question.map(str::to_owned),
            nodes: node.map(str::to_owned).into_iter().collect(),
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
        };
        let expected = [
            reply(Some("*city*"), None, &["Paris"]),
            reply(None, Some("days"), &["3", "4"]),
        ];
        assert_eq!(answers.all.replies, expected);
        let of_row = &answers.of_rows[&2];
        assert_eq!(of_row.messages, ["Grace"]);
        assert_eq!(of_row.replies, [reply(None, None, &["yes please"])]);
    }
}

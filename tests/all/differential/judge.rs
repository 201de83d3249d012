//! The reference SDK as a judge: one Python process that answers any number of questions.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use flowdeck::spec::Format;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::generator::Vocabulary;
use crate::interpreters::{PYAGENTSPEC, WAYFLOW, python};

/// A running judge.
pub(super) struct Judge {
    process: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

/// What the SDK is asked about one document.
#[derive(Debug, Serialize)]
pub(super) struct Question<'q> {
    /// The text.
    pub(super) document: &'q str,
    /// How it is written.
    #[serde(serialize_with = "format_name")]
    pub(super) format: Format,
    /// What it may refer to by key: components and plain values.
    pub(super) supplied: &'q Map<String, Value>,
    /// What was written of it.
    pub(super) exports: &'q [Export],
}

/// A document as it was written.
#[derive(Debug, Serialize)]
pub(super) struct Export {
    pub(super) text: String,
    #[serde(serialize_with = "format_name")]
    pub(super) format: Format,
    /// The version that was asked for; null is the least that will do.
    pub(super) version: Option<&'static str>,
    /// Whether it holds the document's secrets.
    pub(super) secrets: bool,
    /// What was split off it.
    pub(super) set: Option<String>,
}

/// What the SDK makes of it.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    /// Why the SDK refuses the document.
    pub(super) refused: Option<String>,
    /// The versions that the SDK can write it in, oldest first.
    pub(super) versions: Vec<String>,
    /// How each export differs from what the SDK writes.
    pub(super) exports: Vec<Option<String>>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn format_name<S: serde::Serializer>(format: &Format, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(format.extension())
}

impl Judge {
    /// Starts one that has these types; none where there is no such Python.
    pub(super) fn start(vocabulary: Vocabulary) -> Option<Self> {
        let (variable, options) = match vocabulary {
            Vocabulary::Specification => (PYAGENTSPEC, &[][..]),
            Vocabulary::Wayflow => (WAYFLOW, &["--wayflow"][..]),
        };
        Some(Self::run(&python(variable)?, options))
    }

    fn run(python: &Path, options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pyagentspec_judge.py");
        let mut process = Command::new(python)
            .arg(script)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut judge = Self {
            questions: process.stdin.take(),
            process,
            answers,
        };
        let greeting: Value = serde_json::from_str(&judge.line()).unwrap();
        assert_eq!(greeting["pyagentspec"], "26.3.1");
        judge
    }

    /// Asks one question.
    pub(super) fn ask(&mut self, question: &Question<'_>) -> Answer {
        let questions = self.questions.as_mut().unwrap();
        writeln!(questions, "{}", serde_json::to_string(question).unwrap()).unwrap();
        let line = self.line();
        serde_json::from_str(&line).unwrap()
    }

    /// How a document in JSON differs from one in YAML.
    pub(super) fn difference(&mut self, yaml: &str, json: String) -> Option<String> {
        let answer = self.ask(&Question {
            document: yaml,
            format: Format::Yaml,
            supplied: &Map::new(),
            exports: &[Export {
                text: json,
                format: Format::Json,
                version: None,
                secrets: false,
                set: None,
            }],
        });
        answer.refused.or(answer.exports.into_iter().next()?)
    }

    fn line(&mut self) -> String {
        let line = self.answers.next();
        line.expect("the judge ended before it answered").unwrap()
    }
}

/// The judge ends when there are no more questions.
impl Drop for Judge {
    fn drop(&mut self) {
        self.questions = None;
        self.process.wait().unwrap();
    }
}

//! A document to judge, what we make of it, and whether the reference SDK agrees.

use std::collections::HashSet;
use std::fmt::Write;

use flowdeck::spec::IdSource;
use flowdeck::spec::{
    AgentSpecVersion, Diagnostic, ExportOptions, Exported, Format, LoadOptions, Loaded, SplitOff,
    Supplied, export, load,
};
use serde_json::{Map, Value, json};

use super::judge::{Answer, Export, Judge, Question};
use super::splitting;

/// A text and what it may refer to.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// What it is an example of.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) format: Format,
    /// Components and plain values by their keys.
    pub(super) supplied: Map<String, Value>,
}

impl Document {
    /// A document in JSON.
    pub(super) fn of(name: impl Into<String>, value: &Value) -> Self {
        Self {
            name: name.into(),
            text: serde_json::to_string_pretty(value).unwrap(),
            format: Format::Json,
            supplied: Map::new(),
        }
    }

    /// What we make of it.
    pub(super) fn load(&self) -> Loaded {
        self.load_with(false)
    }

    /// What we make of it when we are strict.
    pub(super) fn load_strictly(&self) -> Loaded {
        self.load_with(true)
    }

    fn load_with(&self, strict: bool) -> Loaded {
        let set = json!({"$referenced_components": self.supplied});
        let supplied = Supplied {
            name: "supplied.json".to_owned(),
            text: set.to_string(),
        };
        let options = LoadOptions {
            format: Some(self.format),
            ids: IdSource::counted(),
            supplied: if self.supplied.is_empty() {
                Vec::new()
            } else {
                vec![supplied]
            },
            strict,
            ..LoadOptions::default()
        };
        load(&self.text, &options)
    }

    /// The value that a JSON document is.
    pub(super) fn value(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

/// How much is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whether it is accepted.
    Verdict,
    /// That, and what every export of it means.
    Meaning,
}

/// What both sides make of a document.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) ours: Loaded,
    pub(super) theirs: Answer,
    /// What they disagree on, one line each.
    pub(super) disagreements: Vec<String>,
}

impl Findings {
    /// Both sides accept the document.
    pub(super) fn are_both_content(&self) -> bool {
        !self.ours.has_errors() && self.theirs.refused.is_none()
    }
}

/// Asks both sides.
pub(super) fn compare(judge: &mut Judge, document: &Document, depth: Depth) -> Findings {
    let ours = document.load();
    let (exports, versions) = if depth == Depth::Meaning && !ours.has_errors() {
        (exports(&ours), versions(&ours))
    } else {
        (Vec::new(), Vec::new())
    };
    let theirs = judge.ask(&Question {
        document: &document.text,
        format: document.format,
        supplied: &document.supplied,
        exports: &exports,
    });
    let mut disagreements = Vec::new();
    match (&theirs.refused, ours.has_errors()) {
        (Some(reason), false) => disagreements.push(format!("the SDK alone refuses it: {reason}")),
        (None, true) => {
            disagreements.push(format!("we alone refuse it:\n{}", told(&ours.diagnostics)));
        }
        (None, false) if depth == Depth::Meaning => {
            if theirs.versions != versions {
                let theirs = theirs.versions.join(", ");
                let ours = versions.join(", ");
                disagreements.push(format!("it can be written in {theirs}; we say {ours}"));
            }
            for (export, difference) in exports.iter().zip(&theirs.exports) {
                if let Some(difference) = difference {
                    let version = export.version.unwrap_or("the least version");
                    let secrets = if export.secrets { " with secrets" } else { "" };
                    let split = if export.set.is_some() {
                        " in parts"
                    } else {
                        ""
                    };
                    disagreements.push(format!(
                        "{:?} at {version}{secrets}{split}: {difference}",
                        export.format
                    ));
                }
            }
        }
        _ => {}
    }
    Findings {
        ours,
        theirs,
        disagreements,
    }
}

/// The exports of a document: in both formats at its least and at the newest version and in parts, and with its secrets;
/// each text once.
fn exports(loaded: &Loaded) -> Vec<Export> {
    let newest = Some(AgentSpecVersion::LATEST);
    let parts = loaded.component.as_ref().map(splitting::separable);
    let parts = parts.unwrap_or_default();
    let mut texts = HashSet::new();
    [
        (Format::Json, None, false, &[][..]),
        (Format::Yaml, None, false, &[]),
        (Format::Json, newest, false, &[]),
        (Format::Yaml, newest, false, &[]),
        (Format::Json, None, true, &[]),
        (Format::Json, None, false, &parts),
        (Format::Yaml, None, false, &parts),
    ]
    .into_iter()
    .filter_map(|(format, version, secrets, parts)| {
        let exported = exported(loaded, format, version, secrets, parts)?;
        texts.insert(exported.text.clone()).then(|| Export {
            text: exported.text,
            format,
            version: version.map(AgentSpecVersion::as_str),
            secrets,
            set: exported.set,
        })
    })
    .collect()
}

/// The versions that a document can be written in, oldest first.
fn versions(loaded: &Loaded) -> Vec<&'static str> {
    let is_writable = |version: &AgentSpecVersion| {
        exported(loaded, Format::Json, Some(*version), false, &[]).is_some()
    };
    let writable = AgentSpecVersion::ALL.into_iter().filter(is_writable);
    writable.map(AgentSpecVersion::as_str).collect()
}

fn exported(
    loaded: &Loaded,
    format: Format,
    version: Option<AgentSpecVersion>,
    include_sensitive: bool,
    parts: &[SplitOff],
) -> Option<Exported> {
    let options = ExportOptions {
        version,
        include_sensitive,
        disaggregate: parts.to_vec(),
        ..ExportOptions::new(format)
    };
    export(loaded.component.as_ref()?, &options).ok()
}

/// Problems as lines.
pub(super) fn told(problems: &[Diagnostic]) -> String {
    let mut lines = String::new();
    for problem in problems {
        let severity = problem.severity.name();
        let (code, message) = (problem.code, &problem.message);
        writeln!(lines, "    {severity} {code}: {message}").unwrap();
    }
    lines
}

/// The smallest document that still shows what `is_telling` looks for, by leaving out keys and elements as long as it
/// does.
pub(super) fn smallest(
    document: &Document,
    mut is_telling: impl FnMut(&Document) -> bool,
) -> Document {
    let Some(mut value) = document.value() else {
        return document.clone();
    };
    let with = |value: &Value| Document {
        text: serde_json::to_string_pretty(value).unwrap(),
        ..document.clone()
    };
    let mut at = 0;
    while let Some(pointer) = parts(&value, "").into_iter().nth(at) {
        let mut less = value.clone();
        remove(&mut less, &pointer);
        if is_telling(&with(&less)) {
            value = less;
        } else {
            at += 1;
        }
    }
    with(&value)
}

/// Where everything is that can be left out, as JSON pointers, outermost first.
fn parts(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                (format!("{at}/{key}"), value)
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("{at}/{index}"), value))
            .collect(),
        _ => return Vec::new(),
    };
    let mut pointers: Vec<String> = children.iter().map(|(at, _)| at.clone()).collect();
    for (at, value) in children {
        pointers.extend(parts(value, &at));
    }
    pointers
}

/// Takes out what a JSON pointer leads to.
pub(super) fn remove(value: &mut Value, pointer: &str) -> Option<Value> {
    let (owner, last) = pointer.rsplit_once('/')?;
    match value.pointer_mut(owner)? {
        Value::Object(entries) => entries.shift_remove(&last.replace("~1", "/").replace("~0", "~")),
        Value::Array(items) => Some(items.remove(last.parse().ok()?)),
        _ => None,
    }
}

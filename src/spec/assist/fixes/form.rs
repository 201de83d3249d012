//! Fixes for syntax errors: they insert what is missing and remove what is superfluous.
//!
//! The proposals ignore the parser's message; a proposal is offered only if it leaves fewer errors.

use super::Proposal;
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::recover::{closing, unclosed};
use crate::spec::assist::write::{INDENT, Layout};
use crate::spec::syntax::{Format, Place};

/// Python's names for JSON values, each with the JSON name.
const PYTHON_WORDS: [(&str, &str); 3] = [("True", "true"), ("False", "false"), ("None", "null")];

/// Returns edits that may remove a syntax error.
pub(super) fn mend(text: &str, format: Format, place: Place) -> Vec<Proposal> {
    match format {
        Format::Json => in_json(text, place),
        Format::Yaml => in_yaml(text, place),
    }
}

fn in_json(text: &str, place: Place) -> Vec<Proposal> {
    let written = text.get(place.bytes()).unwrap_or_default();
    let replace = |by: String| {
        let title = format!("replace `{written}` by `{by}`");
        (title, vec![TextEdit::replace(place.bytes(), by)])
    };
    let remove = |what| {
        let title = format!("remove the {what}");
        (title, vec![TextEdit::remove(place.bytes())])
    };
    let is_comment = ["//", "/*", "#"]
        .iter()
        .any(|start| written.starts_with(start));
    let is_word = written.starts_with(char::is_alphabetic);
    let mut proposals = Vec::new();
    if let Some((_, word)) = PYTHON_WORDS.iter().find(|(word, _)| *word == written) {
        proposals.push(replace((*word).to_owned()));
    } else if is_comment {
        proposals.push(remove("comment"));
    } else if written == "," {
        proposals.push(remove("comma"));
    } else if is_word {
        proposals.push(replace(Layout::Line.text(written)));
    } else if written.starts_with('"') {
        let line = written.lines().next().unwrap_or_default();
        let end = place.start + line.trim_end_matches([' ', ',']).len();
        proposals.push(insert("\"", end));
    }
    let before = text.get(..place.start).unwrap_or_default().trim_end();
    proposals.push(insert(",", before.len()));
    let missing = closing(text);
    if !missing.is_empty() {
        proposals.push(insert(&missing, text.trim_end().len()));
    }
    proposals
}

fn in_yaml(text: &str, place: Place) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let tabs = leading_tabs(text);
    if !tabs.is_empty() {
        proposals.push(("indent with blanks, not tabs".to_owned(), tabs));
    }
    if let Some((missing, at)) = unclosed(text, place.line - 1) {
        proposals.push(insert(&missing, at));
    }
    let before = text.get(..place.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..).unwrap_or_default().lines().next();
    let line = line.unwrap_or_default().trim_end();
    let Some((key, value)) = line.split_once(':') else {
        return proposals;
    };
    let from = start + key.len() + 1;
    if value.starts_with(' ') {
        let value = value.trim_start();
        let bytes = start + line.len() - value.len()..start + line.len();
        let edit = TextEdit::replace(bytes, Layout::Line.text(value));
        proposals.push(("put the value in quotes".to_owned(), vec![edit]));
    } else if !value.is_empty() {
        let edit = TextEdit::insert(from, " ");
        proposals.push(("put a blank after the colon".to_owned(), vec![edit]));
    }
    proposals
}

fn insert(missing: &str, at: usize) -> Proposal {
    (
        format!("add `{missing}`"),
        vec![TextEdit::insert(at, missing)],
    )
}

/// Makes edits that replace tabs at the beginning of lines with blanks.
fn leading_tabs(text: &str) -> Vec<TextEdit> {
    let mut at = 0;
    let mut edits = Vec::new();
    for line in text.split_inclusive('\n') {
        let tabs = line.len() - line.trim_start_matches('\t').len();
        if tabs > 0 {
            edits.push(TextEdit::replace(at..at + tabs, " ".repeat(INDENT * tabs)));
        }
        at += line.len();
    }
    edits
}

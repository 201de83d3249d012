//! Quick fixes: edits that remove a problem.
//!
//! A fix is offered only after a trial: the edited text is loaded again, and the problem must be
//! gone without a new one. Only a problem that hides others, such as a syntax error, may give way
//! to the problems that it hid.

mod decisions;
mod filling;
mod form;
mod moving;
mod settling;
mod version;

use std::collections::BTreeMap;

pub use self::decisions::decision;
use self::filling::filling;
use self::moving::{
    define_at_the_root, define_what_is_inline, leave_to_an_input, make_header_secret,
};
use self::settling::{
    add_title, leave_out, list_what_is_inferred, make_object_schema, name_a_type, refer_to_secret,
    remove_open_header, set_to_null, spell_as_now, write_what_is_read,
};
use self::version::{add_version, set_version};
use super::cursor::Cursor;
use super::edit::{TextEdit, apply};
use super::entries::{add_entries, remove_entry};
use super::expected::type_of;
use super::parts;
use super::recover::{Token, recover};
use super::references::Named;
use super::write::Layout;
use crate::spec::diagnostic::{Code, Diagnostic};
use crate::spec::load::{LoadOptions, load};
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::{Format, Place};

/// A set of edits that removes one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The title in a list: ``replace `urll` by `url` ``.
    pub title: String,
    /// The rule that the text keeps after the fix.
    pub code: Code,
    /// The position of the problem.
    pub place: Place,
    /// The edits to apply.
    pub edits: Vec<TextEdit>,
}

/// A problem, with the text around it.
struct Fault<'f> {
    text: &'f str,
    options: &'f LoadOptions,
    problem: &'f Diagnostic,
    /// The cursor at the position of the problem.
    cursor: &'f Cursor<'f>,
}

/// A proposed fix: a title with edits.
type Proposal = (String, Vec<TextEdit>);

/// A function that proposes fixes for a problem.
type Propose = fn(&Fault<'_>) -> Vec<Proposal>;

/// The rules with fixes, by code, each with the function that proposes them. A problem whose help
/// says `did you mean` has a fix without an entry here.
const FIXES: &[(&str, Propose)] = &[
    ("AS003", spell_as_now),
    ("AS005", name_a_type),
    ("AS006", remove),
    ("AS007", add_required_fields),
    ("AS008", quote),
    ("AS011", remove),
    ("AS012", remove),
    ("AS101", define_what_is_inline),
    ("AS105", define_at_the_root),
    ("AS107", remove),
    ("AS108", remove),
    ("AS109", name_as_the_id),
    ("AS201", add_version),
    ("AS301", name_a_type),
    ("AS303", add_title),
    ("AS401", list_what_is_inferred),
    ("AS401", leave_out),
    ("AS402", leave_out),
    ("AS405", leave_out),
    ("AS408", list_what_is_inferred),
    ("AS408", leave_out),
    ("AS510", use_a_part),
    ("AS521", use_a_part),
    ("AS605", write_what_is_read),
    ("AS608", leave_out),
    ("AS701", remove),
    ("AS701", remove_open_header),
    ("AS702", set_to_null),
    ("AS703", set_to_null),
    ("AS704", make_object_schema),
    ("AS707", set_to_null),
    ("AS801", refer_to_secret),
    ("AS803", make_header_secret),
    ("AS803", leave_to_an_input),
];

/// Rules whose problems can hide other problems, which may appear after the fix: what can't be read
/// is not checked, a field that the declared version lacks is not checked, and a secret in a field
/// of its own is reported as a secret.
const HIDING: [Code; 5] = [
    FORM,
    Code("AS003"),
    Code("AS005"),
    Code("AS203"),
    Code("AS803"),
];

/// The rule for syntax errors, whose fixes are in a module of their own.
const FORM: Code = Code("AS001");

/// The maximum number of problems that are examined per line, and of fixes that are tried per
/// problem.
const MAX_TRIED: usize = 8;

/// Returns the fixes for the problems on the line of a byte; problems that cover the byte come
/// first.
pub fn fixes(text: &str, options: &LoadOptions, at: usize) -> Vec<Fix> {
    let loaded = load(text, options);
    let line = text
        .get(..text.floor_char_boundary(at))
        .unwrap_or_default()
        .matches('\n')
        .count()
        + 1;
    let mut problems: Vec<&Diagnostic> = loaded
        .diagnostics
        .iter()
        .filter(|problem| (problem.place.line..=problem.place.end_line).contains(&line))
        .collect();
    problems.sort_by_key(|problem| !(problem.place.start..=problem.place.end).contains(&at));
    tried(text, options, &loaded.diagnostics, problems)
}

/// Returns the fixes for the problems at exactly this position.
pub fn fixes_at(text: &str, options: &LoadOptions, place: Place) -> Vec<Fix> {
    let loaded = load(text, options);
    let problems = loaded.diagnostics.iter();
    let problems = problems.filter(|problem| problem.place == place).collect();
    tried(text, options, &loaded.diagnostics, problems)
}

/// Returns the proposed fixes that work, without duplicates.
fn tried(
    text: &str,
    options: &LoadOptions,
    all: &[Diagnostic],
    problems: Vec<&Diagnostic>,
) -> Vec<Fix> {
    let before = count(all);
    let mut fixes: Vec<Fix> = Vec::new();
    for problem in problems.into_iter().take(MAX_TRIED) {
        for (title, edits) in proposals(text, options, problem)
            .into_iter()
            .take(MAX_TRIED)
        {
            let after = count(&load(&apply(text, &edits), options).diagnostics);
            let number = |counts: &BTreeMap<Code, usize>, code| {
                counts.get(&code).copied().unwrap_or_default()
            };
            let is_gone = number(&after, problem.code) < number(&before, problem.code);
            let is_all_new = after
                .keys()
                .all(|code| number(&after, *code) <= number(&before, *code));
            let is_known = fixes.iter().any(|fix| fix.edits == edits);
            let is_better = is_gone && (is_all_new || HIDING.contains(&problem.code));
            if is_better && !is_known {
                fixes.push(Fix {
                    title,
                    code: problem.code,
                    place: problem.place,
                    edits,
                });
            }
        }
    }
    fixes
}

fn count(diagnostics: &[Diagnostic]) -> BTreeMap<Code, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics {
        *counts.entry(diagnostic.code).or_default() += 1;
    }
    counts
}

fn proposals(text: &str, options: &LoadOptions, problem: &Diagnostic) -> Vec<Proposal> {
    let format = options.format.unwrap_or_else(|| Format::guess(text));
    if problem.code == FORM {
        return form::mend(text, format, problem.place);
    }
    if let Some(proposals) = set_version(text, format, problem) {
        return proposals;
    }
    let on_it = Cursor::on(text, options, first_token(text, problem.place));
    let on_key = || Cursor::on(text, options, key_before(text, format, problem.place)?);
    let Some(cursor) = on_it.or_else(on_key) else {
        return Vec::new();
    };
    let fault = Fault {
        text,
        options,
        problem,
        cursor: &cursor,
    };
    let makers = FIXES.iter().filter(|(code, _)| problem.code == Code(code));
    let mut proposals = use_what_was_meant(&fault);
    proposals.extend(makers.flat_map(|(_, make)| make(&fault)));
    proposals
}

/// Returns the byte of a problem's first key or value, which may come after a bracket or a dash.
fn first_token(text: &str, place: Place) -> usize {
    let written = text.get(place.bytes()).unwrap_or_default();
    let mut rest = written;
    loop {
        let next = rest.trim_start_matches(|c: char| matches!(c, '{' | '[') || c.is_whitespace());
        let after_dash = next
            .strip_prefix('-')
            .filter(|after| after.starts_with(' '));
        if let Some(after) = after_dash {
            rest = after;
        } else if next.is_empty() {
            return place.start;
        } else {
            return place.start + written.len() - next.len();
        }
    }
}

/// Returns the byte of the key whose value is at `place`. Needed for empty lists and objects, which
/// have no token for the cursor.
fn key_before(text: &str, format: Format, place: Place) -> Option<usize> {
    let tree = recover(text, format).tree;
    let mut objects = tree.objects(tree.root()?);
    objects.find_map(|(_, entries)| {
        let entry = entries.iter().find(|it| tree.place(it.value) == place)?;
        Some(entry.key_span.start())
    })
}

impl Fault<'_> {
    /// Formats a key or text so that it can be inserted anywhere in this text, with quotes if
    /// needed.
    fn written(&self, text: &str) -> String {
        match self.cursor.format {
            Format::Json => Layout::Line.text(text),
            Format::Yaml => Layout::Flow.text(text),
        }
    }

    /// Proposes to replace the key or value of the problem with `by`.
    fn replace(&self, by: &str) -> Vec<Proposal> {
        let old = self.cursor.content().unwrap_or_default();
        let title = format!("replace `{old}` by `{by}`");
        let edit = TextEdit::replace(self.problem.place.bytes(), self.written(by));
        vec![(title, vec![edit])]
    }

    /// Returns the help of the problem.
    fn help(&self) -> &str {
        self.problem.help.as_deref().unwrap_or_default()
    }

    /// Returns the name that the problem suggests (`did you mean …`).
    fn meant(&self) -> Option<&str> {
        self.help()
            .strip_prefix("did you mean `")?
            .split('`')
            .next()
    }
}

fn use_what_was_meant(fault: &Fault<'_>) -> Vec<Proposal> {
    fault
        .meant()
        .map_or_else(Vec::new, |meant| fault.replace(meant))
}

/// Removes the entry whose key has the problem. If that is the only definition, removes the key of
/// all definitions as well.
fn remove(fault: &Fault<'_>) -> Vec<Proposal> {
    let cursor = fault.cursor;
    let (Token::Key(object, entry), Some(key)) = (cursor.token, cursor.content()) else {
        return Vec::new();
    };
    let levels = cursor.levels.len();
    let outer = cursor.levels.get(levels.wrapping_sub(2));
    let is_only = cursor
        .tree()
        .entries(object)
        .is_some_and(|entries| entries.len() == 1);
    let (object, entry) = match outer {
        Some(outer) if is_only && cursor.key_of(outer) == Some(DEFINITIONS_KEY) => {
            (outer.node, outer.step)
        }
        _ => (object, entry),
    };
    let range = remove_entry(cursor, object, entry);
    range.map_or_else(Vec::new, |range| {
        vec![(format!("remove `{key}`"), vec![TextEdit::remove(range)])]
    })
}

/// Adds every missing required field, with the smallest values that can be loaded.
fn add_required_fields(fault: &Fault<'_>) -> Vec<Proposal> {
    let cursor = fault.cursor;
    let tree = cursor.tree();
    let Some(level) = cursor.owner() else {
        return Vec::new();
    };
    let Some(ty) = type_of(tree, level.node) else {
        return Vec::new();
    };
    let missing = ty.fields().filter(|field| {
        let is_required = field.default.is_required();
        let is_expected = ty.is_declared() || field.name == "name";
        is_required && is_expected && tree.get(level.node, field.name).is_none()
    });
    let values: Option<Vec<_>> = missing
        .map(|field| Some((field.name, filling(cursor, level, field)?)))
        .collect();
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return Vec::new();
    };
    let names: Vec<String> = values.iter().map(|(name, _)| format!("`{name}`")).collect();
    let edit = add_entries(cursor, level.node, &values);
    vec![(format!("add {}", names.join(", ")), vec![edit])]
}

/// Puts quotes around text that YAML readers would take for another type.
fn quote(fault: &Fault<'_>) -> Vec<Proposal> {
    let help = fault.help();
    let source = fault
        .text
        .get(fault.problem.place.bytes())
        .unwrap_or_default();
    let quoted = Layout::Line.text(source);
    let is_named = help.starts_with(&format!("write {quoted}"));
    if source.is_empty() || !(is_named || help.starts_with("write it as text")) {
        return Vec::new();
    }
    let edit = TextEdit::replace(fault.problem.place.bytes(), quoted.as_str());
    vec![(format!("write {quoted}"), vec![edit])]
}

/// Renames a definition to the id of its component, together with its references.
fn name_as_the_id(fault: &Fault<'_>) -> Vec<Proposal> {
    let cursor = fault.cursor;
    let tree = cursor.tree();
    let id = match cursor.token {
        Token::Key(object, entry) => tree
            .entries(object)
            .and_then(|entries| entries.get(entry))
            .and_then(|entry| tree.text(tree.get(entry.value, "id")?)),
        Token::Value(_) => None,
    };
    let (Some(id), Some(named)) = (id, Named::at(cursor)) else {
        return Vec::new();
    };
    let places = named.definition.into_iter().chain(named.uses);
    let edits = places.map(|place| TextEdit::replace(place.bytes(), fault.written(id)));
    vec![(format!("call it `{id}` here too"), edits.collect())]
}

/// Replaces an unknown branch, input or output with an existing one, the suggested name first.
fn use_a_part(fault: &Fault<'_>) -> Vec<Proposal> {
    let Some(choice) = parts::choice(fault.cursor, fault.options) else {
        return Vec::new();
    };
    let meant = fault.meant();
    let mut names: Vec<String> = choice.names.into_iter().map(|named| named.name).collect();
    names.sort_by_key(|name| meant != Some(name));
    names.iter().flat_map(|name| fault.replace(name)).collect()
}

#[cfg(test)]
mod tests;

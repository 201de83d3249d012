//! Completions for placeholders (`{{name}}`) in text.

use indexmap::IndexMap;

use super::{Completion, CompletionKind, Completions};
use crate::spec::assist::cursor::Cursor;
use crate::spec::assist::parts::{Named, properties};
use crate::spec::assist::recover::{MARK, Token};
use crate::spec::placeholder;
use crate::spec::syntax::NodeId;

/// Returns the inputs that match an open pair of braces before the cursor; `None` if no braces are
/// open there.
pub(super) fn complete(cursor: &Cursor<'_>) -> Option<Completions> {
    if !matches!(cursor.token, Token::Value(_)) {
        return None;
    }
    let range = cursor.range();
    let before = cursor.text.get(range.start..cursor.at)?;
    let open = before.rfind("{{")? + 2;
    let inside = before.get(open..)?;
    let word = inside.trim_start_matches(' ');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if !word.chars().all(is_word) {
        return None;
    }
    let typed_from = cursor.at - word.len();
    let after = cursor.text.get(cursor.at..)?;
    let rest = after.trim_start_matches(is_word);
    let end = cursor.at + after.len() - rest.len();
    let is_closed = rest.trim_start_matches(' ').starts_with("}}");
    let rest_of_word = after.get(..end - cursor.at)?;
    // The word at the cursor itself, with the letter that was put into it.
    let typing = format!("{word}{MARK}{rest_of_word}");
    let owner = cursor.owner()?;
    let items = inputs(cursor, owner.node)
        .into_values()
        .filter(|named| named.name != typing)
        .map(|named| {
            let insert = if is_closed {
                named.name.clone()
            } else {
                format!("{}}}}}", named.name)
            };
            Completion {
                label: named.name,
                detail: named.detail,
                doc: named.doc,
                kind: CompletionKind::Placeholder,
                cursor: insert.len(),
                insert,
                also: Vec::new(),
            }
        })
        .collect();
    Some(Completions {
        range: typed_from..end,
        typed_from,
        items,
    })
}

/// Returns the inputs of a component: first the declared ones, then those that its texts already
/// use as placeholders.
pub(in crate::spec::assist) fn inputs(
    cursor: &Cursor<'_>,
    owner: NodeId,
) -> IndexMap<String, Named> {
    let tree = cursor.tree();
    let mut inputs: IndexMap<String, Named> = properties(tree, owner, "inputs")
        .map(|(named, _)| (named.name.clone(), named))
        .collect();
    let is_own =
        |node: NodeId| tree.get(node, "component_type").is_none() && tree.items(node).is_none();
    for entry in tree.entries(owner).unwrap_or_default() {
        if !is_own(entry.value) {
            continue;
        }
        for name in placeholder::names_in_value(&tree.to_json(entry.value)) {
            inputs.entry(name.clone()).or_insert_with(|| Named {
                name,
                detail: "string".to_owned(),
                doc: "Named in another text of this component; not declared.".to_owned(),
            });
        }
    }
    inputs
}

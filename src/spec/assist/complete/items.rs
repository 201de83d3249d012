//! Completions for new list items, on a blank line of YAML below the list's key or below its items.

use super::{Completions, at_place};
use crate::spec::assist::cursor::Cursor;
use crate::spec::assist::recover::Token;
use crate::spec::load::LoadOptions;
use crate::spec::syntax::Format;

/// The text that begins an item.
const DASH: &str = "- ";

/// Returns the completions for the next item of the list around a blank line, each with its dash,
/// and whether the list is still empty.
pub(super) fn complete(
    text: &str,
    options: &LoadOptions,
    at: usize,
) -> Option<(Completions, bool)> {
    let at = text.floor_char_boundary(at);
    let format = options.format.unwrap_or_else(|| Format::guess(text));
    let (before, after) = text.split_at_checked(at)?;
    let line = before.rsplit('\n').next()?;
    let rest = after.lines().next().unwrap_or_default();
    if format != Format::Yaml || !line.trim().is_empty() || !rest.trim().is_empty() {
        return None;
    }
    let draft = format!("{before}{DASH}{after}");
    let within = at + DASH.len();
    let cursor = Cursor::typing(&draft, options, within)?;
    let list = cursor.levels.last()?;
    let items = cursor.tree().items(list.node)?;
    let is_item = matches!(cursor.token, Token::Value(_)) && cursor.range().start == within;
    if !is_item {
        return None;
    }
    let is_first = items.len() == 1;
    let mut completions = at_place(&draft, options, within);
    for item in &mut completions.items {
        item.label.insert_str(0, DASH);
        item.insert.insert_str(0, DASH);
        item.cursor += DASH.len();
    }
    completions.range = at..at;
    completions.typed_from = at;
    Some((completions, is_first))
}

//! Giving another name to what references name.

use std::ops::Range;

use super::cursor::Cursor;
use super::edit::TextEdit;
use super::references::Named;
use super::write::Layout;
use crate::spec::load::LoadOptions;
use crate::spec::syntax::{Format, Place};

/// A name that can be changed, with the text of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// Its name.
    pub name: String,
    /// Where the name is, with its quotes.
    pub range: Range<usize>,
    /// The number of places where the name is written.
    pub n_places: usize,
}

/// Why something can't be renamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is no name at that place that the document can change.
    #[error(
        "there is nothing to rename here; put the cursor on a reference, the key of a definition, or an `id`"
    )]
    Nothing,
    /// The new name is empty.
    #[error("a name may not be empty")]
    Empty,
    /// The new name is that of something else.
    #[error("`{0}` is the name of something else in this document")]
    Taken(String),
}

/// Returns what can be renamed at a byte of a text: a definition by its key, its `id` or a reference to it; a component
/// that is written in its place by its `id`.
pub fn renamable(text: &str, options: &LoadOptions, at: usize) -> Option<Renamable> {
    let cursor = Cursor::on_name(text, options, at)?;
    let named = Named::at(&cursor)?;
    let n_places = named.places().len();
    (named.is_of_this_text()).then(|| Renamable {
        range: cursor.range(),
        n_places,
        name: named.name,
    })
}

/// The edits that give what is named at a byte another name, everywhere: the key that defines it, the `id` where it was
/// the same, every reference, and the references in the place of its secrets.
///
/// # Errors
/// See [`RenameError`].
pub fn rename(
    text: &str,
    options: &LoadOptions,
    at: usize,
    name: &str,
) -> Result<Vec<TextEdit>, RenameError> {
    let cursor = Cursor::on_name(text, options, at).ok_or(RenameError::Nothing)?;
    let named = Named::at(&cursor)
        .filter(Named::is_of_this_text)
        .ok_or(RenameError::Nothing)?;
    if name.trim().is_empty() {
        return Err(RenameError::Empty);
    }
    if name == named.name {
        return Ok(Vec::new());
    }
    if Named::is_taken(&cursor, name) {
        return Err(RenameError::Taken(name.to_owned()));
    }
    let layout = match cursor.format {
        Format::Json => Layout::Line,
        // What is allowed in brackets is allowed anywhere.
        Format::Yaml => Layout::Flow,
    };
    let edit = |place: Place, name: &str| {
        let range = cursor.recovered.original_range(place.bytes());
        TextEdit::replace(range, layout.text(name))
    };
    let mut edits: Vec<TextEdit> = named
        .places()
        .into_iter()
        .map(|place| edit(place, name))
        .collect();
    let secrets = named.secrets.iter();
    edits.extend(secrets.map(|(place, field)| edit(*place, &format!("{name}.{field}"))));
    edits.sort_by_key(|edit| edit.range.start);
    Ok(edits)
}

impl Named {
    /// Whether it is defined in this text, so that it can be renamed here.
    fn is_of_this_text(&self) -> bool {
        self.definition.is_some() || self.id.is_some()
    }

    /// Returns every place where the name is written by itself.
    fn places(&self) -> Vec<Place> {
        let own = self.definition.into_iter().chain(self.id);
        own.chain(self.uses.iter().copied()).collect()
    }
}

//! Renames a definition together with its references.

use std::ops::Range;

use super::cursor::Cursor;
use super::edit::TextEdit;
use super::references::Named;
use super::write::Layout;
use crate::spec::load::LoadOptions;
use crate::spec::syntax::{Format, Place};

/// A name that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// The current name.
    pub name: String,
    /// The range of the name, quotes included.
    pub range: Range<usize>,
    /// The number of places where the name is written.
    pub n_places: usize,
}

/// A reason why a name can't be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// The cursor is not on a name that the document defines.
    #[error(
        "there is nothing to rename here; put the cursor on a reference, the key of a definition, or an `id`"
    )]
    Nothing,
    /// The new name is empty.
    #[error("a name may not be empty")]
    Empty,
    /// Another definition or id already has the new name.
    #[error("`{0}` is the name of something else in this document")]
    Taken(String),
}

/// Returns the name that can be changed at a byte of a text: that of a definition (on its key, its
/// `id` or a reference to it), or the `id` of an inline component.
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

/// Renames the definition at a byte everywhere: its key, the `id` if it was the same, every
/// reference, and the references to its secrets.
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
    /// Returns whether this text defines the name, so that it can be renamed here.
    fn is_of_this_text(&self) -> bool {
        self.definition.is_some() || self.id.is_some()
    }

    /// Returns every place where the name is written in full, without a field after it.
    fn places(&self) -> Vec<Place> {
        let own = self.definition.into_iter().chain(self.id);
        own.chain(self.uses.iter().copied()).collect()
    }
}

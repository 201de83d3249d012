//! Editor support for a document: completions, hover texts, definitions, references, renames, quick
//! fixes, an outline, a form for the most used fields, and formatting.
//!
//! All functions are pure and take a text and a byte offset. They read the language table, and they
//! also work on broken text, since a text is broken most of the time while someone types. Ranges
//! are byte ranges of the given text, on character boundaries; changes are returned as data
//! ([`TextEdit`]).

mod complete;
mod cursor;
mod definition;
mod edit;
mod entries;
mod expected;
mod fixes;
mod form;
mod format;
mod hover;
mod outline;
mod parts;
mod recover;
mod references;
mod rename;
mod set;
mod symbols;
#[cfg(test)]
mod tests;
mod write;

pub use self::complete::{Completion, CompletionKind, Completions, complete};
pub use self::definition::{Definition, definition};
pub use self::edit::{TextEdit, apply};
pub use self::fixes::{Fix, decision, fixes, fixes_at};
pub use self::form::{FormField, FormItem, FormKind, form};
pub use self::format::{FormatError, format};
pub use self::hover::{Hover, hover};
pub use self::outline::{OutlineItem, OutlineKind, outline};
pub use self::references::{Reference, references};
pub use self::rename::{Renamable, RenameError, renamable, rename};
pub use self::set::{SetError, ToolChange, set_field, set_number, set_tools};

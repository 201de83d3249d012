//! Help for an editor with a document: completions, explanations, definitions, references, renames,
//! quick fixes, an outline; a form for the most used fields, the canonical form.
//!
//! Pure functions of a text and a byte in it. They read the language table and know no types of their own, and they
//! work on broken text, as any text is while someone types. Ranges are bytes of the text that was given, on character
//! boundaries; changes are data ([`TextEdit`]).

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

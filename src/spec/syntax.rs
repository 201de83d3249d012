//! Parsing of YAML and JSON to a tree in which every node has its position.

mod builder;
mod json;
mod place;
mod scalar;
mod tokens;
mod tree;
mod yaml;

pub use self::builder::MAX_DEPTH;
pub use self::place::{LineIndex, Place, Span};
pub use self::tokens::{LineState, Token, TokenKind, line_states, line_tokens};
use self::tree::Scalar;
pub use self::tree::{Entry, NodeId, NodeValue, Seen, Tree};

use crate::spec::diagnostic::{Code, Diagnostic};

/// The maximum size of a text in bytes. No hand-written document comes near it, and everything
/// after parsing needs a multiple of the size in memory.
pub const MAX_TEXT_BYTES: usize = 8 << 20;

/// Parses a text to a tree; also returns the syntax errors, sorted by position. Never fails: for a
/// broken text, the tree has the part before the error.
pub fn parse(text: &str, format: Format) -> (Tree, Vec<Diagnostic>) {
    if text.len() > MAX_TEXT_BYTES {
        let message = format!(
            "a document of {} bytes; at most {} MiB are read",
            text.len(),
            MAX_TEXT_BYTES >> 20
        );
        return (
            Tree::default(),
            vec![Diagnostic::error(Code("AS001"), Place::START, message)],
        );
    }
    match format {
        Format::Yaml => yaml::parse(text),
        Format::Json => json::parse(text),
    }
}

/// Returns whether readers of YAML 1.1 and 1.2 both read an unquoted scalar with this content as a
/// string.
pub(super) fn is_plain_text(content: &str) -> bool {
    let is_text = |meaning| meaning == scalar::Meaning::Text;
    is_text(scalar::yaml_1_1(content)) && is_text(scalar::yaml_1_2(content))
}

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML 1.1, as the reference implementation reads it.
    Yaml,
    /// JSON without any extensions.
    Json,
}

impl Format {
    /// Returns the format for a file's extension, in upper or lower case.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Guesses the format from the beginning of a text: JSON if it begins with a bracket that is
    /// followed by something valid in JSON.
    pub fn guess(text: &str) -> Self {
        let mut visible = text
            .trim_start_matches('\u{feff}')
            .chars()
            .filter(|c| !c.is_ascii_whitespace());
        let is_bracket = matches!(visible.next(), Some('{' | '['));
        let next = visible.next();
        // YAML has brackets too; there, a word without quotes usually follows.
        if is_bracket && next.is_none_or(|c| "\"'{}[]/".contains(c) || c.is_ascii_digit()) {
            Self::Json
        } else {
            Self::Yaml
        }
    }

    /// Returns the usual file extension of the format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }
}

#[cfg(test)]
mod tests;

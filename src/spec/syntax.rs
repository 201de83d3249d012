//! Text to a tree whose every node has its place, for YAML and JSON.

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

/// Longer texts are refused: no document that a person wrote comes near, and everything after parsing takes a multiple
/// of it in memory.
pub const MAX_TEXT_BYTES: usize = 8 << 20;

/// Parses a text into a tree and its problems of form, in the order of their places. Never fails: of a broken text the
/// tree holds what is before the fault.
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

/// Whether an unquoted YAML scalar with this content is text for readers of YAML 1.1 and 1.2 alike.
pub(super) fn is_plain_text(content: &str) -> bool {
    let is_text = |meaning| meaning == scalar::Meaning::Text;
    is_text(scalar::yaml_1_1(content)) && is_text(scalar::yaml_1_2(content))
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML 1.1, as the reference implementation reads it.
    Yaml,
    /// JSON, strictly.
    Json,
}

impl Format {
    /// The format by a file's extension, upper or lower case.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The format by how a text begins: a bracket with something after it that JSON allows there begins JSON.
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

    /// The usual extension of files in this format.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }
}

#[cfg(test)]
mod tests;

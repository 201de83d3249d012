//! Text to a tree whose every node has its place, for YAML and JSON.

mod place;
mod tree;

pub use self::place::{LineIndex, Place};
pub use self::tree::{Entry, Node, NodeId, NodeValue, Tree};

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

    /// The format by the first character that is not white space: `{` and `[` begin JSON.
    ///
    /// YAML in flow style begins so too, but then it is rarely a whole document.
    pub fn guess(text: &str) -> Self {
        match text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .chars()
            .next()
        {
            Some('{' | '[') => Self::Json,
            _ => Self::Yaml,
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

//! From text to a component and every problem of the text.

use std::sync::Arc;

use crate::base::ids::IdSource;
use crate::spec::component::Component;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::places::Places;
use crate::spec::syntax::{Format, Tree};
use crate::spec::version::AgentSpecVersion;

/// How a document is to be loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// How the text is written; `None` to tell by its first character.
    pub format: Option<Format>,
    /// Where ids come from for components that have none.
    pub ids: IdSource,
    /// Parts that the document may refer to.
    pub supplied: Vec<Supplied>,
    /// Whether references to what is neither in the document nor supplied may stay open: warnings then, not errors.
    pub partial: bool,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            format: None,
            ids: IdSource::Random,
            supplied: Vec::new(),
            partial: false,
        }
    }
}

/// A text whose `$referenced_components` (components, and plain values) a document may refer to.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// What people know it by, usually its path; for messages.
    pub name: String,
    /// The text, YAML or JSON.
    pub text: String,
}

/// What a text turned out to be.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The component that the document describes. Missing if the text is too broken to have one; perhaps incomplete
    /// if there are errors.
    pub component: Option<Arc<Component>>,
    /// Every problem, in the order of its place.
    pub diagnostics: Vec<Diagnostic>,
    /// The text as values with places.
    pub tree: Tree,
    /// The version that the document declares, or that it is read as.
    pub version: AgentSpecVersion,
    /// How the text is written.
    pub format: Format,
}

impl Loaded {
    /// Where the components stand in the text.
    pub fn places(&self) -> Places<'_> {
        Places::new(&self.tree)
    }

    /// Whether any problem is an error, so that the component may be looked at but not run or exported.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a document. Never fails: problems are in the result.
pub fn load(text: &str, options: &LoadOptions) -> Loaded {
    Loaded {
        component: None,
        diagnostics: Vec::new(),
        tree: Tree::default(),
        version: AgentSpecVersion::LATEST,
        format: options.format.unwrap_or_else(|| Format::guess(text)),
    }
}

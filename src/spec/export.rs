//! Exports components as canonical text.
//!
//! Canonical means: every field of the version is written, in the order of the table; a component
//! that fills one slot is inline, and one that fills several is defined once, at its closest common
//! owner; secrets become references. Exporting the result of loading an export gives the same
//! bytes. Source: Agent Spec 26.3.1, *Export rules*. flowdeck's own choices: JSON is indented by 2
//! and escapes only what it must; definitions are in the order of first use.

mod canonical;
mod json;
mod placement;
mod round_trip;
mod sink;
mod yaml;

use std::collections::HashSet;
use std::sync::Arc;

use self::canonical::ExportContext;
use self::json::JsonText;
use self::placement::Elsewhere;
pub(super) use self::round_trip::THE_ID;
pub use self::round_trip::{Loss, losses};
use self::sink::Sink;
use self::yaml::YamlText;
pub(super) use self::yaml::text_in_line;
use crate::spec::component::Component;
use crate::spec::requirements::{Reason, requirements};
use crate::spec::source::DEFINITIONS_KEY;
use crate::spec::syntax::Format;
use crate::spec::version::AgentSpecVersion;

/// The options of an export.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The format of the text.
    pub format: Format,
    /// The version to write; `None` for the lowest version that can hold everything.
    pub version: Option<AgentSpecVersion>,
    /// Whether secrets are written in clear text. The file must then be protected like a key.
    pub include_sensitive: bool,
    /// Components to move to a second document, a component set, to which the first document
    /// refers.
    pub disaggregate: Vec<SplitOff>,
    /// Generated ids to leave out. A component that is referred to is still written with its id.
    pub unwritten_ids: HashSet<String>,
}

/// A component to move to a component set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitOff {
    /// The id of the component.
    pub id: String,
    /// The key under which the set defines the component and the document refers to it; usually the
    /// id.
    pub key: String,
}

impl SplitOff {
    /// Moves a component under its own id as the key.
    pub fn of(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            key: id.clone(),
            id,
        }
    }
}

impl ExportOptions {
    /// Returns the default options: the lowest version, secrets masked.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            version: None,
            include_sensitive: false,
            disaggregate: Vec::new(),
            unwritten_ids: HashSet::new(),
        }
    }
}

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The text, ending in a line break.
    pub text: String,
    /// The component set with the split-off components, to be supplied when the text is loaded;
    /// `None` if there are none.
    pub set: Option<String>,
    /// The secrets that were replaced by references, as `ID.field`, in the order of the text.
    pub masked: Vec<String>,
    /// The version of the written document.
    pub version: AgentSpecVersion,
}

/// A reason why a component can't be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The requested version is too old for a part of the component.
    #[error("version {asked} is too old: {what} needs {needed}")]
    VersionTooLow {
        /// The requested version.
        asked: AgentSpecVersion,
        /// The lowest version that is possible.
        needed: AgentSpecVersion,
        /// The part that needs the version.
        what: String,
    },
    /// A field could not be read and would be lost.
    #[error("component `{id}` could not be read in full")]
    Incomplete {
        /// The id of the component.
        id: String,
    },
    /// No component has the id of a component to split off.
    #[error("no component to split off is called `{id}`")]
    NothingToSplitOff {
        /// The requested id.
        id: String,
    },
    /// Two components to split off would have the same key.
    #[error("what is split off can't be called `{key}`: another component has that name")]
    SameKey {
        /// The key in question.
        key: String,
    },
    /// The outermost component can't be split off.
    #[error("`{id}` is the document itself and can't be split off from it")]
    SplitOffRoot {
        /// The id of the outermost component.
        id: String,
    },
}

/// Exports a component and everything below it.
///
/// # Errors
/// [`ExportError::VersionTooLow`] if the requested version can't hold the component;
/// [`ExportError::Incomplete`] if a part could not be read; [`ExportError::NothingToSplitOff`],
/// [`ExportError::SplitOffRoot`] and [`ExportError::SameKey`] if a component can't be split off.
pub fn export(root: &Arc<Component>, options: &ExportOptions) -> Result<Exported, ExportError> {
    match options.format {
        Format::Json => export_to::<JsonText>(root, options),
        Format::Yaml => export_to::<YamlText>(root, options),
    }
}

fn export_to<S: Sink>(
    root: &Arc<Component>,
    options: &ExportOptions,
) -> Result<Exported, ExportError> {
    let version = version_for(root, options.version)?;
    let parts = parts(root, &options.disaggregate)?;
    let context = ExportContext {
        version,
        include_sensitive: options.include_sensitive,
        elsewhere: parts
            .iter()
            .map(|(part, key)| (Arc::as_ptr(part), (*key).to_owned()))
            .collect(),
        unwritten_ids: &options.unwritten_ids,
    };
    let mut text = S::default();
    let mut masked = canonical::document(root, &context, &mut text)?;
    let mut set = None;
    if !parts.is_empty() {
        let mut defined = S::default();
        defined.begin_object();
        defined.key(DEFINITIONS_KEY);
        defined.begin_object();
        for (part, key) in parts {
            // Each is a document of its own: what it shares with others is in each of them, and it
            // has its own version.
            let context = ExportContext {
                version: version_for(part, options.version)?,
                elsewhere: Elsewhere::default(),
                ..context
            };
            defined.key(key);
            masked.extend(canonical::document(part, &context, &mut defined)?);
        }
        defined.end_object();
        defined.end_object();
        set = Some(defined.finish());
    }
    let mut seen = HashSet::new();
    masked.retain(|name| seen.insert(name.clone()));
    Ok(Exported {
        text: text.finish(),
        set,
        masked,
        version,
    })
}

/// Returns the components to split off, with their keys.
fn parts<'c>(
    root: &'c Arc<Component>,
    wanted: &'c [SplitOff],
) -> Result<Vec<(&'c Arc<Component>, &'c str)>, ExportError> {
    let all = root.walk();
    let mut keys = HashSet::new();
    let mut part = |SplitOff { id, key }: &'c SplitOff| {
        let is_taken = key != id && all.iter().any(|component| component.id() == key);
        if is_taken || !keys.insert(key) {
            return Err(ExportError::SameKey { key: key.clone() });
        }
        match all.iter().find(|component| component.id() == id) {
            Some(found) if Arc::ptr_eq(found, root) => {
                Err(ExportError::SplitOffRoot { id: id.clone() })
            }
            Some(found) => Ok((*found, key.as_str())),
            None => Err(ExportError::NothingToSplitOff { id: id.clone() }),
        }
    };
    wanted.iter().map(&mut part).collect()
}

/// Returns the lowest version that can hold a component and everything below it, and the part that
/// needs this version.
///
/// A component that was read from a document needs at least that document's version: a re-export
/// never goes below it.
pub fn least_version(root: &Arc<Component>) -> (AgentSpecVersion, String) {
    let mut least = (AgentSpecVersion::V25_4_1, String::new());
    for component in root.walk() {
        let named = || format!("{} `{}`", component.type_name(), component.id());
        for needed in requirements(component) {
            if needed.version > least.0 {
                let what = match needed.reason {
                    Reason::Type => named(),
                    Reason::Field(field) => format!("`{field}` of {}", named()),
                    Reason::PlainBody => format!("a body that is not an object, in {},", named()),
                    Reason::StructuredOutput => format!("the structured output of {}", named()),
                };
                least = (needed.version, what);
            }
        }
        if component.document_version() > least.0 {
            least = (
                component.document_version(),
                "the document it was read from".to_owned(),
            );
        }
    }
    least
}

fn version_for(
    root: &Arc<Component>,
    asked: Option<AgentSpecVersion>,
) -> Result<AgentSpecVersion, ExportError> {
    let (needed, what) = least_version(root);
    match asked {
        Some(asked) if asked < needed => Err(ExportError::VersionTooLow {
            asked,
            needed,
            what,
        }),
        Some(asked) => Ok(asked),
        None => Ok(needed),
    }
}

#[cfg(test)]
mod tests;

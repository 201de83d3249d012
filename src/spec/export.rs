//! Exports components as canonical text.
//!
//! Canonical: every field that the version has, in the order of the table; a component that fills one slot inline, one
//! that fills several defined once at its closest common owner; secrets as references. Exporting what was loaded from
//! an export gives the same bytes. Source: Agent Spec 26.3.1, *Export rules*; our choices: JSON is indented by 2 and
//! not escaped beyond need, definitions come in the order in which they are first met.

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

/// The options of writing a component.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// How the text is written.
    pub format: Format,
    /// The version to write; `None` for the least that holds everything.
    pub version: Option<AgentSpecVersion>,
    /// Whether secrets are written as they are. The text must then be kept as one keeps a key.
    pub include_sensitive: bool,
    /// Components to split off: the document refers to them, and a second one, the set, defines them.
    pub disaggregate: Vec<SplitOff>,
    /// Ids that are left out, because they were made up when the component was read. A component that is referred to is
    /// written with its id all the same.
    pub unwritten_ids: HashSet<String>,
}

/// A component to split off from its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitOff {
    /// Its id.
    pub id: String,
    /// The key that the set defines it under and the document refers to it by; usually the id.
    pub key: String,
}

impl SplitOff {
    /// Under its own id.
    pub fn of(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            key: id.clone(),
            id,
        }
    }
}

impl ExportOptions {
    /// The usual options: the least version, secrets masked.
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

/// A written component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The text, ending in a line break.
    pub text: String,
    /// The set that defines what was split off, to be supplied when the text is loaded; none if nothing was.
    pub set: Option<String>,
    /// The secrets that became references, as `ID.field`, in the order of the text.
    pub masked: Vec<String>,
    /// The version that it is written in.
    pub version: AgentSpecVersion,
}

/// The reason why a component can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The version asked for is older than something in it needs.
    #[error("version {asked} is too old: {what} needs {needed}")]
    VersionTooLow {
        /// The version asked for.
        asked: AgentSpecVersion,
        /// The least that would do.
        needed: AgentSpecVersion,
        /// The part that needs the version.
        what: String,
    },
    /// A field could not be read, so that writing the component would lose it.
    #[error("component `{id}` could not be read in full")]
    Incomplete {
        /// The component.
        id: String,
    },
    /// Nothing in the document has the id of a component to split off.
    #[error("no component to split off is called `{id}`")]
    NothingToSplitOff {
        /// The id.
        id: String,
    },
    /// A component to split off would have the same key as another one.
    #[error("what is split off can't be called `{key}`: another component has that name")]
    SameKey {
        /// The key.
        key: String,
    },
    /// The outermost component can't be split off.
    #[error("`{id}` is the document itself and can't be split off from it")]
    SplitOffRoot {
        /// The id.
        id: String,
    },
}

/// Writes a component and everything below it.
///
/// # Errors
/// [`ExportError::VersionTooLow`] if the version asked for can't hold it;
/// [`ExportError::Incomplete`] if part of it could not be read; [`ExportError::NothingToSplitOff`],
/// [`ExportError::SplitOffRoot`] and [`ExportError::SameKey`] if one of the components to split off
/// can't be.
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

/// The components to split off, with their keys.
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

/// Returns the least version that holds a component and everything below it, and the part that
/// needs it.
///
/// What was read from a document needs that document's version: a re-export never goes below it.
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

//! Loads the spec and the profile of a recorded batch again, to resume or repeat it.

use std::path::Path;
use std::sync::Arc;

use super::resume::TakenBatch;
use crate::base::files::{ReadError, read_text};
use crate::base::keeping::Keeping;
use crate::profile::{Profile, ProfileError, ProfileFile};
use crate::runs::Variant;
use crate::spec::{Component, Diagnostic, Format, LoadOptions, Supplied, load};
use crate::trace::RunTerms;

/// The changes to a recorded batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReloadOptions<'o> {
    /// The name of the profile.
    pub profile: Option<&'o str>,
    /// The tools file.
    pub tools: Option<&'o Path>,
    /// Whether workers execute the batch, which may have profiles that are unknown here.
    pub is_at_workers: bool,
}

/// A recorded batch with its spec and profile loaded again.
#[derive(Debug)]
pub struct Reloaded {
    /// The recorded spec, with the component files that it was loaded with.
    pub component: Arc<Component>,
    /// The variants of the spec.
    pub variants: Vec<Variant>,
    /// The profile.
    pub profile: Profile,
    /// Whether the profile has changed since the batch began.
    pub is_other_profile: bool,
}

/// The reason why a recorded batch can't be executed again.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The batch has no runs, and therefore no spec.
    #[error("the batch has no runs")]
    Empty,
    /// The profile file or the tools file is invalid.
    #[error(transparent)]
    Profile(ProfileError),
    /// The profile no longer exists.
    #[error(transparent)]
    NoSuchProfile(ProfileError),
    /// A component file can't be read.
    #[error(transparent)]
    Part(#[from] ReadError),
    /// The text of the spec was not recorded.
    #[error("its spec was not recorded, only names, times and counts")]
    Outline,
    /// The recorded text can't be loaded.
    #[error("the spec of the batch can't be loaded any more")]
    Spec {
        /// All problems of the text.
        problems: Vec<Diagnostic>,
        /// The text, with asterisks instead of secrets.
        shown_text: String,
    },
}

impl TakenBatch {
    /// Loads the spec, its variants and the profile again.
    ///
    /// # Errors
    /// [`ReloadError`].
    pub fn reload(&self, options: ReloadOptions<'_>) -> Result<Reloaded, ReloadError> {
        let terms = self.terms().ok_or(ReloadError::Empty)?;
        let origin = &self.batch.terms.origin;
        let beside = origin.spec.as_deref().and_then(Path::parent);
        let folder = beside
            .filter(|folder| ProfileFile::find(folder).is_some())
            .unwrap_or(&origin.workspace);
        let file = ProfileFile::find_and_read(folder).map_err(ReloadError::Profile)?;
        let name = options.profile.unwrap_or(&terms.profile.name);
        let mut profile = match file.profile(Some(name)) {
            Err(_theirs) if options.is_at_workers => Profile::of_workers(name),
            found => found.map_err(ReloadError::NoSuchProfile)?,
        };
        if let Some(tools) = options.tools.or(origin.tools.as_deref()) {
            profile.layer_tools(ProfileFile::read_tools_file(tools).map_err(ReloadError::Profile)?);
        }
        profile.stubs.clone_from(&self.batch.terms.stubs);
        let parts = profile.component_files.iter().chain(&origin.components);
        let supplied = parts.map(|path| {
            Ok(Supplied {
                name: path.display().to_string(),
                text: read_text(path)?,
            })
        });
        let supplied: Vec<Supplied> = supplied.collect::<Result<_, ReadError>>()?;
        let variants = self.variants().into_iter().map(|terms| {
            Ok(Variant {
                settings: terms.settings.clone(),
                component: kept_spec(terms, supplied.clone())?,
                spec: Arc::clone(&terms.spec),
                notes: Vec::new(),
            })
        });
        Ok(Reloaded {
            variants: variants.collect::<Result<_, ReloadError>>()?,
            component: kept_spec(terms, supplied)?,
            is_other_profile: profile.fingerprint() != terms.profile.fingerprint,
            profile,
        })
    }
}

/// Returns the recorded text of the spec.
///
/// # Errors
/// [`ReloadError::Outline`].
pub fn kept_text(terms: &RunTerms) -> Result<&str, ReloadError> {
    match terms.keeping {
        Keeping::All => Ok(&terms.spec.text),
        Keeping::Outline | Keeping::Nothing => Err(ReloadError::Outline),
    }
}

/// Loads the recorded spec with parts from other files.
///
/// # Errors
/// [`ReloadError::Outline`], [`ReloadError::Spec`].
pub fn kept_spec(terms: &RunTerms, supplied: Vec<Supplied>) -> Result<Arc<Component>, ReloadError> {
    let options = LoadOptions {
        supplied,
        format: Some(Format::Json),
        ..LoadOptions::default()
    };
    let loaded = load(kept_text(terms)?, &options);
    match loaded.component {
        Some(ref component) if !loaded.has_errors() => Ok(Arc::clone(component)),
        _ => Err(ReloadError::Spec {
            shown_text: loaded.shown_text(),
            problems: loaded.diagnostics,
        }),
    }
}

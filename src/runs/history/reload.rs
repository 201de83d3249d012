//! Loading the spec and the profile of a kept batch again, so that it goes on or is run again.

use std::path::Path;
use std::sync::Arc;

use super::resume::TakenBatch;
use crate::base::files::{ReadError, read_text};
use crate::base::keeping::Keeping;
use crate::profile::{Profile, ProfileError, ProfileFile};
use crate::runs::Variant;
use crate::spec::{Component, Diagnostic, Format, LoadOptions, Supplied, load};
use crate::trace::RunTerms;

/// The changes that a person wants to a kept batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReloadOptions<'o> {
    /// The profile, by its name.
    pub profile: Option<&'o str>,
    /// The file of tools.
    pub tools: Option<&'o Path>,
    /// Whether it is carried out by workers: they may have a profile that is not here.
    pub is_at_workers: bool,
}

/// The plan of a kept batch as it is carried out now.
#[derive(Debug)]
pub struct Reloaded {
    /// The spec that was kept, with what the files supply that it was loaded with.
    pub component: Arc<Component>,
    /// The variants of the spec.
    pub variants: Vec<Variant>,
    /// The profile of that name.
    pub profile: Profile,
    /// Whether the profile says something else than when the batch began.
    pub is_other_profile: bool,
}

/// Why a kept batch can't be carried out any more.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The batch has no runs, and so no spec.
    #[error("the batch has no runs")]
    Empty,
    /// The profile file or the file of tools is not right.
    #[error(transparent)]
    Profile(ProfileError),
    /// The profile is not there any more.
    #[error(transparent)]
    NoSuchProfile(ProfileError),
    /// A file with further components can't be read.
    #[error(transparent)]
    Part(#[from] ReadError),
    /// Its text is not kept.
    #[error("its spec was not recorded, only names, times and counts")]
    Outline,
    /// The kept text can't be loaded.
    #[error("the spec of the batch can't be loaded any more")]
    Spec {
        /// Everything that is wrong.
        problems: Vec<Diagnostic>,
        /// The text that they are about, with stars in place of secrets.
        shown_text: String,
    },
}

impl TakenBatch {
    /// Loads its spec, the variants of that, and its profile again.
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

/// The text of the spec that was kept.
///
/// # Errors
/// [`ReloadError::Outline`].
pub fn kept_text(terms: &RunTerms) -> Result<&str, ReloadError> {
    match terms.keeping {
        Keeping::All => Ok(&terms.spec.text),
        Keeping::Outline | Keeping::Nothing => Err(ReloadError::Outline),
    }
}

/// The spec that was kept, loaded with parts of other files.
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

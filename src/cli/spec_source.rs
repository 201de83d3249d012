//! Specs of the command line, loaded with the parts of their profiles and of `--component`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::{Context, is_stdin, shown};
use super::outcome::{Exit, Stop};
use crate::base::files::{ReadError, read_text};
use crate::profile::{Profile, ProfileFile};
use crate::spec::{Component, Format, LoadOptions, Loaded, Supplied, load};
use crate::workspace::name_sets_beside;

/// A spec that was read.
#[derive(Clone, Debug)]
pub(super) struct SpecSource {
    /// The name for messages: the path as given by the person, or `<stdin>`.
    pub(super) name: String,
    /// The text as it was read.
    pub(super) text: String,
    /// The result of loading the text.
    pub(super) loaded: Loaded,
}

impl SpecSource {
    /// Reads a spec and all parts that it is loaded with. Problems of the spec itself are in
    /// [`Loaded`].
    ///
    /// # Errors
    /// The text can't be read.
    pub(super) fn read(
        path: &Path,
        supplied: Vec<Supplied>,
        context: &Context,
    ) -> Result<Self, ReadError> {
        let options = LoadOptions {
            supplied,
            ..LoadOptions::default()
        };
        Self::read_with(path, options, context)
    }

    /// Loads a spec with the given function; only the format is determined by the name.
    ///
    /// # Errors
    /// The text can't be read.
    pub(super) fn read_with(
        path: &Path,
        options: LoadOptions,
        context: &Context,
    ) -> Result<Self, ReadError> {
        let text = context.read_spec(path)?;
        let options = LoadOptions {
            format: path
                .extension()
                .and_then(|extension| Format::from_extension(extension.to_str()?)),
            ..options
        };
        let mut loaded = load(&text, &options);
        if !is_stdin(path) {
            name_sets_beside(&context.resolved(path), &text, &mut loaded.diagnostics);
        }
        Ok(Self {
            name: shown(path),
            text,
            loaded,
        })
    }

    /// Returns the problems as text, one after the other.
    pub(super) fn told(&self, context: &Context) -> String {
        let colours = context.output.notes_colours;
        let text = self.shown_text();
        self.loaded
            .diagnostics
            .iter()
            .map(|problem| problem.render(&self.name, &text, colours))
            .collect()
    }

    /// Returns the text with stars in place of its secrets, for display.
    pub(super) fn shown_text(&self) -> String {
        self.loaded.shown_text()
    }
}

/// Loads a spec with the parts of its profile and of `--component`, and reports its problems;
/// errors end the command. `consequence` is the end of the message: `nothing is written`.
///
/// # Errors
/// The spec can't be read or has errors, or as in [`profile_for`] and [`supplied`].
pub(super) fn valid(
    path: &Path,
    components: &[PathBuf],
    options: LoadOptions,
    consequence: &str,
    context: &Context,
) -> Result<(SpecSource, Arc<Component>), Stop> {
    let profile = profile_for(path, context)?;
    let options = LoadOptions {
        supplied: supplied(&profile.component_files, components, context)?,
        ..options
    };
    let source = SpecSource::read_with(path, options, context)
        .map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
    let told = source.told(context);
    match &source.loaded.component {
        Some(component) if !source.loaded.has_errors() => {
            context.output.note_block(&told);
            let component = Arc::clone(component);
            Ok((source, component))
        }
        _ => {
            context.output.problems(&told);
            let message = format!("`{}` has errors: {consequence}", source.name);
            Err(Stop::new(Exit::Invalid, message))
        }
    }
}

/// Returns the profile of a spec: from the nearest `flowdeck.toml` in its folder or above, or else
/// from the workspace.
///
/// # Errors
/// The file or the profile is not valid (exit code 3), or the requested profile doesn't exist (exit
/// code 2).
pub(super) fn profile_for(path: &Path, context: &Context) -> Result<Profile, Stop> {
    let file = profile_file_for(path, context)?;
    let asked = context.profile.as_deref();
    file.profile(asked).map_err(|error| {
        let exit = if asked.is_some() {
            Exit::Usage
        } else {
            Exit::Invalid
        };
        Stop::from_profile(exit, &error)
    })
}

/// Returns the profile file of a spec.
///
/// # Errors
/// The file is not valid (exit code 3).
pub(super) fn profile_file_for(path: &Path, context: &Context) -> Result<ProfileFile, Stop> {
    let spec_folder = (!is_stdin(path))
        .then(|| context.resolved(path))
        .and_then(|path| path.parent().map(folder_of));
    let start = spec_folder
        .filter(|folder| ProfileFile::find(folder).is_some())
        .unwrap_or_else(|| context.working_folder());
    ProfileFile::find_and_read(&start).map_err(|error| Stop::from_error(Exit::Invalid, &error))
}

/// Returns the folder of a path; an empty parent, as of `a.yaml`, is the current folder.
fn folder_of(parent: &Path) -> PathBuf {
    if parent.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    }
}

/// Returns the parts with which specs are loaded: those of the profile, by their full paths, and
/// those of `--component`.
///
/// # Errors
/// A file can't be read (exit code 3).
pub(super) fn supplied(
    of_profile: &[PathBuf],
    components: &[PathBuf],
    context: &Context,
) -> Result<Vec<Supplied>, Stop> {
    let of_options = components.iter().map(|path| context.resolved(path));
    of_profile
        .iter()
        .cloned()
        .chain(of_options)
        .map(|path| {
            let text = read_text(&path).map_err(|error| Stop::from_error(Exit::Invalid, &error))?;
            Ok(Supplied {
                name: path.display().to_string(),
                text,
            })
        })
        .collect()
}

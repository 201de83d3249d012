//! A folder of specs: finding, reading, saving and watching its files.
//!
//! All functions block on files and must be called where blocking is allowed, except
//! [`Watcher::changed`], which is async.

mod discover;
mod document;
mod open;
mod paths;
mod samples;
mod sets;
mod trash;
mod trust;
mod walk;
mod watch;

pub(crate) use discover::{
    Discovered, Family, SpecFile, discover, discover_again, format_of, has_ignored_spec,
};
pub(crate) use document::{SaveError, create, duplicate, free_name, rename, save};
pub use open::Workspace;
pub(crate) use open::open;
pub(crate) use paths::paths_like;
#[cfg(test)]
pub(crate) use samples::unpack as unpack_samples;
pub(crate) use sets::name_sets_beside;
pub(crate) use trash::{Trashed, restore, trash};
pub use trust::Trust;
pub(crate) use trust::{SpecDigest, is_sample, remember};
pub(crate) use watch::{Changes, Depth, Watcher};

//! A folder of specs: which files are specs, their text, writing it back, and what changes on disk.
//!
//! Everything here blocks on files and is called where that is allowed, except [`Watcher::changed`],
//! which waits.

mod discover;
mod document;
mod open;
mod paths;
mod samples;
mod sets;
mod trust;
mod watch;

pub use discover::{Discovered, Family, SpecFile, discover, family_of, format_of};
pub use document::{SaveError, create, duplicate, free_name, rename, save};
pub use open::{OpenError, Workspace, open};
pub use paths::paths_like;
pub use samples::{SamplesError, unpack as unpack_samples};
pub use sets::name_sets_beside;
pub use trust::{SpecDigest, Trust, is_sample, remember};
pub use watch::{Changes, Watcher};

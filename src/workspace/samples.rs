//! The samples that come with the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::files::write_atomic;

macro_rules! samples {
    ($($path:literal),* $(,)?) => {
        /// Every file of `sample_specs/`, with its text.
        const SAMPLES: &[(&str, &str)] = &[
            $(($path, include_str!(concat!("../../sample_specs/", $path)))),*
        ];
    };
}

samples![
    "agents/city_desk.yaml",
    "agents/guide_async.yaml",
    "agents/invoice_reader.json",
    "agents/party_planner.yaml",
    "agents/refund_desk.yaml",
    "agents/week_planner.yaml",
    "flowdeck.toml",
    "flows/broken_greeting.yaml",
    "flows/capital_facts.json",
    "flows/draft_and_review.yaml",
    "flows/interview.yaml",
    "flows/newsletter.yaml",
    "flows/purchase_approval.yaml",
    "flows/review_digest.yaml",
    "flows/support_triage.yaml",
    "flows/trip_plan.yaml",
    "inputs/approval_answers.yaml",
    "inputs/calendar_answers.yaml",
    "inputs/cities.csv",
    "inputs/interview_answers.yaml",
    "inputs/invoices.csv",
    "inputs/messages.csv",
    "tools/count_words.py",
    "tools/review_draft.py",
    "tools/work.py",
];

/// The texts of all files of the samples.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|(_, text)| *text)
}

/// Why the samples could not be unpacked.
#[derive(Debug, thiserror::Error)]
#[error("can't unpack the samples to `{}`", path.display())]
pub struct SamplesError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system said.
    #[source]
    pub source: io::Error,
}

/// Writes the samples into a folder. A file that is there already is left alone, whatever a person
/// has made of it.
///
/// # Errors
/// When a folder or file can't be written.
pub fn unpack(folder: &Path) -> Result<(), SamplesError> {
    for (name, text) in SAMPLES {
        let path = folder.join(name);
        let failed = |source| SamplesError {
            path: path.clone(),
            source,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if fs::symlink_metadata(&path).is_err() {
            write_atomic(&path, text).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths of the files below a folder, relative to it, without what Python or git leave behind.
    fn files_below(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                if !name.ends_with("__pycache__") {
                    files_below(&entry.path(), &format!("{name}/"), found);
                }
            } else if !name.starts_with('.') {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_sample_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs");
        let mut files = Vec::new();
        files_below(&folder, "", &mut files);
        files.sort();
        let known: Vec<_> = SAMPLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, files);
    }

    #[test]
    fn unpacking_again_keeps_what_was_edited() {
        let folder = tempfile::tempdir().unwrap();
        unpack(folder.path()).unwrap();
        let edited = folder.path().join(SAMPLES[0].0);
        fs::write(&edited, "mine").unwrap();
        unpack(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(edited).unwrap(), "mine");
    }
}

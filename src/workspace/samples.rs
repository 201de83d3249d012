//! The samples bundled with the program.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::digest::hex_digest;
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
    "flows/guest_book.yaml",
    "flows/interview.yaml",
    "flows/model_server.yaml",
    "flows/newsletter.yaml",
    "flows/purchase_approval.yaml",
    "flows/review_digest.yaml",
    "flows/slogan_race.yaml",
    "flows/support_triage.yaml",
    "flows/trip_plan.yaml",
    "inputs/approval_answers.yaml",
    "inputs/calendar_answers.yaml",
    "inputs/cities.csv",
    "inputs/interview_answers.yaml",
    "inputs/invoices.csv",
    "inputs/messages.csv",
    "teams/help_desk.yaml",
    "teams/news_desk.yaml",
    "tools/count_words.py",
    "tools/review_draft.py",
    "tools/work.py",
];

/// Returns the texts of all sample files.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    SAMPLES.iter().map(|(_, text)| *text)
}

/// The reason why the samples could not be unpacked.
#[derive(Debug, thiserror::Error)]
#[error("can't unpack the samples to `{}`", path.display())]
pub(crate) struct SamplesError {
    /// The file or folder.
    pub path: PathBuf,
    /// The operating system's error.
    #[source]
    pub source: io::Error,
}

/// The file in the samples' folder that records what was unpacked. Each line has the digest of the
/// last text written for a file, a blank and the file's name. A file that still has this digest was
/// not changed by a person.
const MEMORY: &str = ".unpacked";

/// Writes the samples into a folder. Files of an earlier version that nobody has changed are
/// replaced; changed files stay. In a folder without a record, all files that differ count as
/// changed.
///
/// Returns the files that stay although this version has a newer text for them, each one only once
/// per newer text.
///
/// # Errors
/// A folder or file can't be written.
pub(crate) fn unpack(folder: &Path) -> Result<Vec<&'static str>, SamplesError> {
    let remembered = fs::read_to_string(folder.join(MEMORY)).unwrap_or_default();
    let digests: HashMap<_, _> = remembered
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(digest, name)| (name, digest))
        .collect();
    let mut kept = Vec::new();
    let mut memory = String::new();
    for (name, text) in SAMPLES {
        let path = folder.join(name);
        let newest = hex_digest(text.as_bytes());
        let before = digests.get(name).copied();
        let there = digest_of_file(&path);
        let there = there.as_deref();
        if there != Some(newest.as_str()) {
            let is_free = fs::symlink_metadata(&path).is_err();
            if is_free || (there.is_some() && there == before) {
                write(&path, text)?;
            } else if before != Some(newest.as_str()) {
                kept.push(*name);
            }
        }
        // Writing to a string can't fail.
        let _ = writeln!(memory, "{newest} {name}");
    }
    if memory != remembered {
        write(&folder.join(MEMORY), &memory)?;
    }
    Ok(kept)
}

/// Returns the digest of a file's contents; `None` if the path is missing or not a regular file,
/// such as a link made by a person.
fn digest_of_file(path: &Path) -> Option<String> {
    let is_file = fs::symlink_metadata(path).ok()?.is_file();
    is_file
        .then(|| fs::read(path).ok())?
        .map(|bytes| hex_digest(&bytes))
}

fn write(path: &Path, text: &str) -> Result<(), SamplesError> {
    let failed = |source| SamplesError {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    write_atomic(path, text).map(drop).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects the paths of files below a folder, relative to it, without files that Python or git
    /// create.
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

    /// Makes a folder look as if another version had unpacked other texts there.
    fn unpacked_by_another_version(folder: &Path, changed: &[&str]) {
        unpack(folder).unwrap();
        let mut memory = fs::read_to_string(folder.join(MEMORY)).unwrap();
        for name in changed {
            let path = folder.join(name);
            let now = hex_digest(&fs::read(&path).unwrap());
            fs::write(&path, "from another version").unwrap();
            memory = memory.replace(&now, &hex_digest(b"from another version"));
        }
        fs::write(folder.join(MEMORY), memory).unwrap();
    }

    #[test]
    fn what_nobody_changed_is_replaced_and_what_was_changed_stays_and_is_told_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        unpacked_by_another_version(
            folder,
            &["flowdeck.toml", "tools/work.py", "inputs/cities.csv"],
        );
        fs::remove_file(folder.join("inputs/cities.csv")).unwrap();
        fs::write(folder.join("flowdeck.toml"), "mine").unwrap();
        // Changed, but there is nothing newer to tell about.
        fs::write(folder.join("tools/count_words.py"), "mine too").unwrap();

        assert_eq!(unpack(folder).unwrap(), ["flowdeck.toml"]);
        for (name, text) in SAMPLES {
            let there = fs::read_to_string(folder.join(name)).unwrap();
            match *name {
                "flowdeck.toml" => assert_eq!(there, "mine"),
                "tools/count_words.py" => assert_eq!(there, "mine too"),
                _ => assert_eq!(there, *text, "{name}"),
            }
        }
        assert!(unpack(folder).unwrap().is_empty(), "told once");
        fs::remove_file(folder.join("flowdeck.toml")).unwrap();
        unpack(folder).unwrap();
        assert_ne!(
            fs::read_to_string(folder.join("flowdeck.toml")).unwrap(),
            "mine"
        );
    }

    #[test]
    fn without_a_memory_whatever_differs_is_a_persons() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        unpacked_by_another_version(folder, &["flowdeck.toml"]);
        fs::remove_file(folder.join(MEMORY)).unwrap();
        assert_eq!(unpack(folder).unwrap(), ["flowdeck.toml"]);
        let there = fs::read_to_string(folder.join("flowdeck.toml")).unwrap();
        assert_eq!(there, "from another version");
        assert!(unpack(folder).unwrap().is_empty(), "told once");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_a_persons_even_where_it_leads_to_an_old_sample() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("samples");
        unpacked_by_another_version(&folder, &["flowdeck.toml"]);
        let elsewhere = home.path().join("elsewhere.toml");
        fs::rename(folder.join("flowdeck.toml"), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.join("flowdeck.toml")).unwrap();
        assert_eq!(unpack(&folder).unwrap(), ["flowdeck.toml"]);
        assert_eq!(
            fs::read_to_string(elsewhere).unwrap(),
            "from another version"
        );
    }
}

//! Finds the specs of a folder, by what is in the files.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::walk::{self, IgnoreFiles};
use crate::base::suggest;
use crate::spec::language::{AgenticComponent, Flow, ManagerWorkers, Swarm};
use crate::spec::{Format, language};

/// How deep folders are looked into.
const MAX_DEPTH: usize = 12;
/// How many entries of folders are looked at.
const MAX_ENTRIES: usize = 50_000;
/// How many specs are found.
const MAX_FILES: usize = 5_000;
/// How much of a file is read to see whether it is a spec, in bytes.
const SAMPLED_BYTES: u64 = 256 * 1024;
/// How deep folders are looked into for one spec, before anything is shown.
const MAX_PROBED_DEPTH: usize = 4;
/// How many entries of folders are looked at for one spec.
const MAX_PROBED_ENTRIES: usize = 5_000;
/// How many files are opened to find one spec.
const MAX_PROBED_FILES: usize = 500;

/// The family of what a spec describes, as far as its sign in the tree goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// An agent of any kind.
    Agent,
    /// A flow.
    Flow,
    /// Several agents together.
    Team,
    /// Anything else, such as a model configuration or a set of parts.
    Component,
}

/// A file that holds a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpecFile {
    /// The file.
    pub path: PathBuf,
    /// The family of what the file describes.
    pub family: Family,
}

/// The specs and files that a folder turned out to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Discovered {
    /// The specs: folders before files, each by name.
    pub files: Vec<SpecFile>,
    /// YAML and JSON files that hold no spec, in the same order.
    pub others: Vec<PathBuf>,
    /// Folders that can't be read, and why.
    pub unread: Vec<(PathBuf, String)>,
    /// Whether there is more than is looked at.
    pub is_cut: bool,
}

/// Finds the specs below a folder. A file that can't be read is among them, so that opening it says why.
pub(crate) fn discover(root: &Path) -> Discovered {
    discover_again(root, &HashSet::new(), &HashSet::new())
}

/// Finds the specs below a folder again. A file that was one before, or is open, and is there still is one, whatever was done
/// to its text. What is open is found even where ignore files name it.
pub(crate) fn discover_again(
    root: &Path,
    known: &HashSet<PathBuf>,
    open: &HashSet<PathBuf>,
) -> Discovered {
    let mut found = Discovered::default();
    let mut paths = candidates(root, &mut found);
    let open_below = open
        .iter()
        .filter(|path| path.starts_with(root) && format_of(path).is_some());
    paths.extend(open_below.cloned());
    // After the walk, so that of a folder no more is held than is looked at.
    paths.sort_by(|one, other| folders_first(one, other));
    paths.dedup();
    for path in paths {
        if found.files.len() == MAX_FILES {
            found.is_cut = true;
            break;
        }
        match kind_of_file(&path) {
            FileKind::Spec(family) => found.files.push(SpecFile { path, family }),
            FileKind::Unreadable => found.files.push(SpecFile {
                path,
                family: Family::Component,
            }),
            FileKind::Other if known.contains(&path) || open.contains(&path) => {
                found.files.push(SpecFile {
                    path,
                    family: Family::Component,
                });
            }
            FileKind::Other => found.others.push(path),
            FileKind::Foreign => {}
        }
    }
    found
}

/// The files below a folder that may be specs by their names, in no order.
fn candidates(root: &Path, found: &mut Discovered) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut entries_left = MAX_ENTRIES;
    for entry in walk::below(root, MAX_DEPTH + 1, IgnoreFiles::Respected) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.unread.extend(walk::unread(error));
                continue;
            }
        };
        if entry.depth() == 0 {
            if !root.is_dir() {
                let error = io::Error::from(io::ErrorKind::NotADirectory);
                found.unread.push((root.to_owned(), error.to_string()));
            }
            continue;
        }
        if entries_left == 0 {
            found.is_cut = true;
            break;
        }
        entries_left -= 1;
        if walk::is_folder(&entry) {
            found.is_cut |= entry.depth() > MAX_DEPTH;
        } else if format_of(entry.path()).is_some() {
            paths.push(entry.into_path());
        }
    }
    found.unread.sort();
    paths
}

/// The folders in which specs are looked for, the outermost one among them.
pub(super) fn folders(root: &Path) -> BTreeSet<PathBuf> {
    walk::folders(root, MAX_DEPTH, MAX_ENTRIES)
}

fn folders_first(one: &Path, other: &Path) -> Ordering {
    let (mut rest, mut other_rest) = (one.components(), other.components());
    loop {
        let (part, other_part) = (rest.next(), other_rest.next());
        if part.is_none() || part != other_part {
            let is_file = rest.as_path().as_os_str().is_empty();
            let other_is_file = other_rest.as_path().as_os_str().is_empty();
            return is_file.cmp(&other_is_file).then(part.cmp(&other_part));
        }
    }
}

/// Whether a folder holds a spec, itself or below; none where that is not known, because there is
/// more than is looked through before anything is shown. Near folders are looked into first.
pub(super) fn has_spec(root: &Path) -> Option<bool> {
    probe(root, IgnoreFiles::Respected)
}

/// Whether a folder without specs would have one if there were no ignore files. It is not looked for too far.
pub(crate) fn has_ignored_spec(root: &Path) -> bool {
    probe(root, IgnoreFiles::Overruled) == Some(true)
}

fn probe(root: &Path, ignore_files: IgnoreFiles) -> Option<bool> {
    let mut entries_left = MAX_PROBED_ENTRIES;
    let mut files_left = MAX_PROBED_FILES;
    for depth in 1..=MAX_PROBED_DEPTH + 1 {
        let mut goes_on = false;
        // What lies nearer was counted before.
        let level = walk::below(root, depth, ignore_files)
            .flatten()
            .filter(|entry| entry.depth() == depth);
        for entry in level {
            if entries_left == 0 || files_left == 0 {
                return None;
            }
            entries_left -= 1;
            if walk::is_folder(&entry) {
                goes_on = true;
            } else if format_of(entry.path()).is_some() {
                files_left -= 1;
                if matches!(kind_of_file(entry.path()), FileKind::Spec(_)) {
                    return Some(true);
                }
            }
        }
        if !goes_on {
            return Some(false);
        }
    }
    None
}

/// The kind of a file to a workspace.
enum FileKind {
    /// A spec.
    Spec(Family),
    /// YAML or JSON that is no spec.
    Other,
    /// YAML or JSON by its name, and it can't be read; a link to nowhere, too.
    Unreadable,
    /// A file of another format, or a pipe.
    Foreign,
}

fn kind_of_file(path: &Path) -> FileKind {
    let Some(format) = format_of(path) else {
        return FileKind::Foreign;
    };
    match fs::metadata(path) {
        Ok(file) if file.is_file() => {}
        // A pipe would block.
        Ok(_) => return FileKind::Foreign,
        Err(_) if fs::symlink_metadata(path).is_ok() => return FileKind::Unreadable,
        Err(_gone) => return FileKind::Foreign,
    }
    match sample(path) {
        Ok(text) => family_of(&text, format).map_or(FileKind::Other, FileKind::Spec),
        // Between the listing and now it went.
        Err(error) if error.kind() == io::ErrorKind::NotFound => FileKind::Foreign,
        Err(_unreadable) => FileKind::Unreadable,
    }
}

/// The beginning of a file.
fn sample(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(SAMPLED_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The format that a file's name says; none for what is never a spec.
pub(crate) fn format_of(path: &Path) -> Option<Format> {
    Format::from_extension(path.extension()?.to_str()?)
}

/// Keys of the outermost object that only specs have.
const KEYS_OF_SPECS: [&str; 3] = [
    "component_type",
    "$referenced_components",
    "agentspec_version",
];

/// Returns what a text describes: it is a spec if its outermost object has one of the keys that only specs have, a slip in
/// its name forgiven. Looks at the text alone, so that broken specs are found too.
fn family_of(text: &str, format: Format) -> Option<Family> {
    let text = text.trim_start_matches('\u{feff}');
    let keys = match format {
        Format::Yaml if !text.trim_start().starts_with('{') => yaml_top_keys(text),
        Format::Yaml | Format::Json => json_top_keys(text),
    };
    let mut family = None;
    for (key, value) in keys {
        match key {
            "component_type" => return Some(family_of_type(value)),
            key if is_key_of_specs(key) => family = Some(Family::Component),
            _ => {}
        }
    }
    family
}

fn is_key_of_specs(key: &str) -> bool {
    KEYS_OF_SPECS
        .iter()
        .any(|known| suggest::is_slip_of(key, known))
}

fn family_of_type(name: &str) -> Family {
    let Some(component_type) = language::find(name) else {
        return Family::Component;
    };
    if component_type.is::<Flow>() {
        Family::Flow
    } else if component_type.is::<Swarm>() || component_type.is::<ManagerWorkers>() {
        Family::Team
    } else if component_type.is::<AgenticComponent>() {
        Family::Agent
    } else {
        Family::Component
    }
}

/// Keys at the margin with the word that follows each.
fn yaml_top_keys(text: &str) -> Vec<(&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| key.starts_with(|c: char| c.is_alphanumeric() || "$\"'".contains(c)))
        .map(|(key, value)| {
            let value = value.split('#').next().unwrap_or_default();
            (bare(key), bare(value))
        })
        .collect()
}

/// A word without the blanks and quotes around it.
fn bare(word: &str) -> &str {
    word.trim().trim_matches(['"', '\''])
}

/// Keys of the outermost object with the string that follows each, if it is one.
fn json_top_keys(text: &str) -> Vec<(&str, &str)> {
    let mut keys = Vec::new();
    let mut depth = 0usize;
    let mut key = None;
    let mut last_string = "";
    let mut rest = text.char_indices();
    while let Some((at, character)) = rest.next() {
        match character {
            '{' | '[' => {
                key = None;
                depth += 1;
            }
            '}' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 1 => {
                key = Some(last_string);
                if last_string == "$referenced_components" {
                    keys.push((last_string, ""));
                }
            }
            '"' => {
                let mut is_escaped = false;
                let end = rest.find(|(_, c)| {
                    let is_end = *c == '"' && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    is_end
                });
                let end = end.map_or(text.len(), |(end, _)| end);
                last_string = text.get(at + 1..end).unwrap_or_default();
                if depth == 1
                    && let Some(key) = key.take()
                {
                    keys.push((key, last_string));
                }
            }
            ',' => key = None,
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests;

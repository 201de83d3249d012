//! Finds the specs of a folder by the contents of its files.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::walk::{self, IgnoreFiles};
use crate::base::suggest;
use crate::spec::language::{AgenticComponent, Flow, ManagerWorkers, Swarm};
use crate::spec::{Format, language};

/// The maximum depth of folders that are searched.
const MAX_DEPTH: usize = 12;
/// The maximum number of folder entries that are examined.
const MAX_ENTRIES: usize = 50_000;
/// The maximum number of specs that are found.
const MAX_FILES: usize = 5_000;
/// The number of bytes of a file that are read to decide whether it is a spec.
const SAMPLED_BYTES: u64 = 256 * 1024;
/// The maximum depth of folders that are searched for a first spec, before anything is shown.
const MAX_PROBED_DEPTH: usize = 4;
/// The maximum number of folder entries that are examined for a first spec.
const MAX_PROBED_ENTRIES: usize = 5_000;
/// The maximum number of files that are opened to find a first spec.
const MAX_PROBED_FILES: usize = 500;

/// The family of a spec's component, which determines its symbol in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// An agent of any kind.
    Agent,
    /// A flow.
    Flow,
    /// Several agents together.
    Team,
    /// Any other component, such as a model configuration or a set of components.
    Component,
}

/// A file with a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpecFile {
    /// The file.
    pub path: PathBuf,
    /// The family of the file's component.
    pub family: Family,
}

/// The result of searching a folder for specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Discovered {
    /// The specs: folders before files, each by name.
    pub files: Vec<SpecFile>,
    /// YAML and JSON files that are not specs, in the same order.
    pub others: Vec<PathBuf>,
    /// Folders that can't be read, with the reasons.
    pub unread: Vec<(PathBuf, String)>,
    /// Whether a limit was reached, so that more files may exist.
    pub is_cut: bool,
}

/// Finds the specs below a folder. An unreadable file is included, so that opening it shows the
/// reason.
pub(crate) fn discover(root: &Path) -> Discovered {
    discover_again(root, &HashSet::new(), &HashSet::new())
}

/// Finds the specs below a folder again. A file that was a spec before or is open is included as
/// long as it exists, whatever its text is now. Open files are found even if ignore files name
/// them.
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

/// Returns the files below a folder that may be specs by their names, in no order.
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

/// Returns the folders in which specs are searched, including the outermost one.
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

/// Whether a folder contains a spec at any depth; `None` if this is unknown because a limit was
/// reached. Near folders are searched first.
pub(super) fn has_spec(root: &Path) -> Option<bool> {
    probe(root, IgnoreFiles::Respected)
}

/// Whether a folder without specs would have one without the ignore files. The search is limited.
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

/// The kind of a file for a workspace.
enum FileKind {
    /// A spec.
    Spec(Family),
    /// A YAML or JSON file that is not a spec.
    Other,
    /// A file with a YAML or JSON name that can't be read, including a broken link.
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

/// Reads the beginning of a file.
fn sample(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(SAMPLED_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the format by a file's name; `None` for a file that can't be a spec.
pub(crate) fn format_of(path: &Path) -> Option<Format> {
    Format::from_extension(path.extension()?.to_str()?)
}

/// Keys of the outermost object that only specs have.
const KEYS_OF_SPECS: [&str; 3] = [
    "component_type",
    "$referenced_components",
    "agentspec_version",
];

/// Returns the family of a text's component, if it is a spec: its outermost object has a key that
/// only specs have, or a misspelled one. Only the text is examined, so that broken specs are found
/// too.
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

/// Returns the unindented keys, each with the word after it.
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

/// Returns a word without surrounding blanks and quotes.
fn bare(word: &str) -> &str {
    word.trim().trim_matches(['"', '\''])
}

/// Returns the keys of the outermost object, each with the string after it, if there is one.
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

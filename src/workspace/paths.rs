//! Completion of typed paths.

use std::fs;
use std::path::Path;

/// The maximum number of entries of a folder that are examined.
const MAX_LOOKED_AT: usize = 10_000;
/// The maximum number of returned paths.
const MAX_FOUND: usize = 200;

/// Returns the paths below `root` (or absolute ones) that begin with the typed text, sorted:
/// folders, which end in `/`, and files for which `is_wanted` is true. Hidden entries are found
/// after their dot was typed.
pub(crate) fn paths_like(root: &Path, typed: &str, is_wanted: fn(&Path) -> bool) -> Vec<String> {
    let (folder, beginning) = typed
        .rsplit_once('/')
        .map_or(("", typed), |(folder, rest)| {
            (typed.get(..=folder.len()).unwrap_or_default(), rest)
        });
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Vec::new();
    };
    let mut found: Vec<String> = entries
        .flatten()
        .take(MAX_LOOKED_AT)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_hidden = name.starts_with('.') && !beginning.starts_with('.');
            if is_hidden || !name.starts_with(beginning) || name.contains(char::is_control) {
                return None;
            }
            // A link counts as what it leads to.
            if entry.path().is_dir() {
                return Some(format!("{folder}{name}/"));
            }
            is_wanted(&entry.path()).then(|| format!("{folder}{name}"))
        })
        .collect();
    found.sort();
    found.truncate(MAX_FOUND);
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn folders_and_wanted_files_that_go_on_with_what_is_typed_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("cases")).unwrap();
        for name in [
            "cities.csv",
            "cars.csv",
            "cats.md",
            ".cache.csv",
            "cases/a.csv",
        ] {
            fs::write(root.join(name), "").unwrap();
        }
        let like = |typed: &str| {
            paths_like(root, typed, |path| {
                path.extension().is_some_and(|end| end == "csv")
            })
        };
        assert_eq!(like("c"), ["cars.csv", "cases/", "cities.csv"]);
        assert_eq!(like("ci"), ["cities.csv"]);
        assert_eq!(like("cases/"), ["cases/a.csv"]);
        assert_eq!(like("."), [".cache.csv"]);
        assert_eq!(like("nowhere/x"), [""; 0]);
        let absolute = root.join("ca").display().to_string();
        assert_eq!(like(&absolute).len(), 2);
    }
}

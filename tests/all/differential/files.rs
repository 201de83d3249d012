//! The documents of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use flowdeck::spec::{Format, is_spec};
use serde_json::Map;

use super::document::Document;

/// Every document below a folder of the repository, by path.
pub(super) fn documents(folder: &str) -> Vec<Document> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = |path: &PathBuf| {
        let format = Format::from_extension(path.extension()?.to_str()?)?;
        let text = fs::read_to_string(path).unwrap();
        is_spec(&text).then(|| Document {
            name: path.strip_prefix(package).unwrap().display().to_string(),
            text,
            format,
            supplied: Map::new(),
        })
    };
    files(&package.join(folder))
        .iter()
        .filter_map(document)
        .collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

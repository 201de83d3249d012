//! Component sets among the validated files, for the documents that refer to them.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use crate::cli::context::{Context, is_stdin, shown};
use crate::spec::{Supplied, open_references, set_keys};

/// The sets among the files.
#[derive(Debug)]
pub(super) struct Sets(Vec<Set>);

#[derive(Debug)]
struct Set {
    path: PathBuf,
    text: String,
    keys: Vec<String>,
}

impl Sets {
    /// Finds the sets among the readable files.
    pub(super) fn among(files: &[PathBuf], context: &Context) -> Self {
        let readable = files.iter().filter(|path| !is_stdin(path));
        let set = |path: &PathBuf| {
            let text = context.read_spec(path).ok()?;
            let keys = set_keys(&text)?;
            Some(Set {
                path: path.clone(),
                text,
                keys,
            })
        };
        Self(readable.filter_map(set).collect())
    }

    /// Returns the sets that a document needs in addition to its supplied parts: each set that
    /// resolves an otherwise unresolved reference in the document or in another such set. If
    /// several sets could, the nearest one is taken.
    pub(super) fn needed_by(
        &self,
        document: &Path,
        supplied: &[Supplied],
        context: &Context,
    ) -> Vec<Supplied> {
        if self.0.is_empty() || is_stdin(document) {
            return Vec::new();
        }
        let Ok(text) = context.read_spec(document) else {
            return Vec::new();
        };
        let mut others: Vec<&Set> = self.0.iter().filter(|set| set.path != document).collect();
        others.sort_by_key(|set| Reverse(shared_folders(&set.path, document)));
        let mut answered: Vec<String> = supplied
            .iter()
            .filter_map(|part| set_keys(&part.text))
            .flatten()
            .collect();
        let mut open = open_references(&text);
        let mut needed = Vec::new();
        loop {
            open.retain(|name| !answered.contains(name));
            let next = others
                .iter()
                .position(|set| set.keys.iter().any(|key| open.contains(key)));
            let Some(next) = next else {
                return needed;
            };
            let set = others.remove(next);
            answered.extend(set.keys.iter().cloned());
            open.extend(open_references(&set.text));
            needed.push(Supplied {
                name: shown(&set.path),
                text: set.text.clone(),
            });
        }
    }
}

/// Returns the number of leading folders that two paths have in common.
fn shared_folders(one: &Path, other: &Path) -> usize {
    let pairs = one.components().zip(other.components());
    pairs.take_while(|(one, other)| one == other).count()
}

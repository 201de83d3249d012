//! Sets of components among the files that are validated, for the documents that refer to them.

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
    /// Finds those among the files that can be read.
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

    /// The sets that a document needs beside what it is supplied with: each that answers a reference which is open
    /// without it, in the document or in such a set. Where several could, the one that lies nearest does.
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

/// How many folders from the start of their paths on two files have in common.
fn shared_folders(one: &Path, other: &Path) -> usize {
    let pairs = one.components().zip(other.components());
    pairs.take_while(|(one, other)| one == other).count()
}

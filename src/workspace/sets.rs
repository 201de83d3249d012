//! Finds component sets in the folder of a document for references that nothing resolves.

use std::fs;
use std::path::{Path, PathBuf};

use crate::base::files::read_text;
use crate::spec::diagnostic::Code;
use crate::spec::{Diagnostic, set_keys};
use crate::workspace::format_of;

/// The code of an unresolved reference. Source: Agent Spec 26.3.1, *References*.
const OPEN_REFERENCE: Code = Code("AS101");
/// The maximum number of files of a folder that are examined.
const MAX_FILES: usize = 200;

/// Adds to each unresolved reference of a document which set beside it would resolve it. Reads the
/// files of the folder only if there is such a reference. `document` is the path of `text`.
pub(crate) fn name_sets_beside(document: &Path, text: &str, problems: &mut [Diagnostic]) {
    let mut sets = None;
    for problem in problems {
        if problem.code != OPEN_REFERENCE || problem.help.is_some() {
            continue;
        }
        let written = text.get(problem.place.start..problem.place.end);
        let name = written.unwrap_or_default().trim_matches(['"', '\'']);
        let sets = sets.get_or_insert_with(|| sets_beside(document));
        let answers = |(_, keys): &&(PathBuf, Vec<String>)| keys.iter().any(|key| key == name);
        let file_name = sets
            .iter()
            .find(answers)
            .and_then(|(path, _)| path.file_name());
        if let Some(file_name) = file_name {
            problem.help = Some(format!(
                "`{0}` beside it defines `{name}`: supply it with `--component {0}` or as one of the profile's `component_files`",
                file_name.display(),
            ));
        }
    }
}

/// Returns the sets in the folder of a document, by name, with the components that each defines.
fn sets_beside(document: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let folder = match document.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| format_of(path).is_some());
    paths.sort();
    paths.truncate(MAX_FILES);
    let set = |path: PathBuf| {
        let keys = set_keys(&read_text(&path).ok()?)?;
        Some((path, keys))
    };
    paths.into_iter().filter_map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{LoadOptions, load};

    #[test]
    fn the_set_that_defines_what_is_missing_is_named_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.yaml",
            "$referenced_components: {other: {component_type: VllmConfig}}",
        );
        write("b.json", r#"{"$referenced_components": {"model": {}}}"#);
        write("c.txt", "$referenced_components: {model: {}}");
        let text = "component_type: Agent\nname: a\nsystem_prompt: s\nagentspec_version: 26.1.0\n\
                    llm_config: {$component_ref: \"model\"}\ntools: [{$component_ref: gone}]\n";
        let mut problems = load(text, &LoadOptions::default()).diagnostics;
        name_sets_beside(&folder.path().join("agent.yaml"), text, &mut problems);
        let helps: Vec<_> = problems
            .iter()
            .map(|it| (it.code.0, it.help.as_deref()))
            .collect();
        let expected = "`b.json` beside it defines `model`: supply it with `--component b.json` or as one of the profile's \
                        `component_files`";
        assert_eq!(helps, [("AS101", Some(expected)), ("AS101", None)]);
    }
}

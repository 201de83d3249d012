//! The sections `[tools.NAME]` and `[python]`, which bind `ServerTool`s.

use std::path::{Component as PathPart, Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;

use super::binding::{Binding, HttpBinding, PythonSettings, Stub, ToolBinding};
use super::quantity::{PYTHON_WORKERS, duration};
use super::secret_source::SecretSource;
use crate::base::toml_table::{Entry, TableReader, TomlProblems};

/// The methods of an `http` binding.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Resolves a path against the file's folder, and removes `.` and `a/..` from it.
pub(super) fn resolved(folder: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            PathPart::CurDir => {}
            PathPart::ParentDir
                if matches!(clean.components().next_back(), Some(PathPart::Normal(_))) =>
            {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// Reads the section `[tools]`.
pub(super) fn read_tools(
    tools: &Entry<'_>,
    folder: &Path,
    problems: &mut TomlProblems<'_>,
) -> IndexMap<String, ToolBinding> {
    let mut bindings = IndexMap::new();
    let Some(table) = tools.table(problems) else {
        return bindings;
    };
    for (name, entry) in table.entries() {
        if let Some(binding) = read_tool(&entry, folder, problems) {
            bindings.insert(name.to_owned(), binding);
        }
    }
    bindings
}

fn read_tool(
    entry: &Entry<'_>,
    folder: &Path,
    problems: &mut TomlProblems<'_>,
) -> Option<ToolBinding> {
    let mut table = entry.table(problems)?;
    let mut given = Vec::new();
    if let Some(argv) = table.get("command") {
        given.push(read_command(&argv, problems));
    }
    if let Some(target) = table.get("python") {
        given.push(read_python(&target, folder, problems));
    }
    if let Some(http) = table.get("http") {
        given.push(read_http(&http, folder, problems));
    }
    if let Some(ask) = table.get("ask") {
        given.push(read_ask(&ask, problems));
    }
    let delay = table.get("delay");
    let stub = |outcome| {
        Binding::Stub(Stub {
            outcome,
            delay: Duration::ZERO,
        })
    };
    if let Some(value) = table.get("value") {
        given.push(value.written(problems).map(|value| stub(Ok(value))));
    }
    if let Some(error) = table.get("error") {
        let message = error.string(problems);
        given.push(message.map(|message| stub(Err(message.to_owned()))));
    }
    let timeout = table
        .get("timeout")
        .map(|entry| read_time(&entry, problems));
    let is_idempotent = table
        .get("idempotent")
        .and_then(|entry| entry.flag(problems))
        .unwrap_or_default();
    let (name, span) = (table.name().to_owned(), table.span());
    table.finish(problems);
    if given.len() != 1 {
        let message = format!(
            "`[{name}]` must have one of `command`, `python`, `http`, `ask`, `value` and `error`"
        );
        problems.add(span, message);
        return None;
    }
    let mut binding = given.pop().flatten()?;
    if let Some(entry) = delay {
        if let Binding::Stub(stub) = &mut binding {
            stub.delay = read_time(&entry, problems).unwrap_or_default();
        } else {
            let message = format!("`{}` can only be used with `value` and `error`", entry.name);
            problems.add(entry.span(), message);
        }
    }
    Some(ToolBinding {
        binding,
        timeout: timeout.flatten(),
        is_idempotent,
    })
}

fn read_command(entry: &Entry<'_>, problems: &mut TomlProblems<'_>) -> Option<Binding> {
    let argv: Vec<String> = entry
        .strings(problems)?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if argv.first().is_none_or(String::is_empty) {
        problems.add(entry.span(), format!("`{}` names no program", entry.name));
        return None;
    }
    Some(Binding::Command { argv })
}

fn read_python(
    entry: &Entry<'_>,
    folder: &Path,
    problems: &mut TomlProblems<'_>,
) -> Option<Binding> {
    let text = entry.string(problems)?;
    match text.rsplit_once(':') {
        Some((file, function)) if !file.is_empty() && !function.is_empty() => {
            Some(Binding::Python {
                file: resolved(folder, file),
                function: function.to_owned(),
            })
        }
        _ => {
            let message = format!("`{}` must be like `tools/work.py:heavy_work`", entry.name);
            problems.add(entry.span(), message);
            None
        }
    }
}

fn read_http(entry: &Entry<'_>, folder: &Path, problems: &mut TomlProblems<'_>) -> Option<Binding> {
    let mut table = entry.table(problems)?;
    let url = table.get("url");
    let method = table.get("method");
    let headers = table.get("headers");
    let name = table.name().to_owned();
    table.finish(problems);
    let Some(url) = url else {
        problems.add(entry.span(), format!("`{name}` needs `url`"));
        return None;
    };
    let mut binding = HttpBinding {
        url: url.string(problems)?.to_owned(),
        method: "POST".to_owned(),
        headers: IndexMap::new(),
    };
    if let Some(entry) = method {
        binding.method = entry.string(problems)?.to_ascii_uppercase();
        if !METHODS.contains(&binding.method.as_str()) {
            let message = format!("`{}` must be one of {}", entry.name, METHODS.join(", "));
            problems.add(entry.span(), message);
        }
    }
    if let Some(table) = headers.and_then(|headers| headers.table(problems)) {
        for (name, value) in table.entries() {
            if let Some(source) = SecretSource::read(&value, folder, problems) {
                binding.headers.insert(name.to_owned(), source);
            }
        }
    }
    Some(Binding::Http(binding))
}

fn read_ask(entry: &Entry<'_>, problems: &mut TomlProblems<'_>) -> Option<Binding> {
    if entry.flag(problems)? {
        return Some(Binding::Ask);
    }
    problems.add(entry.span(), format!("`{}` can only be true", entry.name));
    None
}

fn read_time(entry: &Entry<'_>, problems: &mut TomlProblems<'_>) -> Option<Duration> {
    match duration(entry.string(problems)?) {
        Ok(duration) => Some(duration),
        Err(problem) => {
            problems.add(entry.span(), format!("`{}` {problem}", entry.name));
            None
        }
    }
}

/// Reads the section `[python]`.
pub(super) fn read_python_settings(
    entry: &Entry<'_>,
    problems: &mut TomlProblems<'_>,
) -> PythonSettings {
    let mut settings = PythonSettings::default();
    let Some(mut table): Option<TableReader<'_>> = entry.table(problems) else {
        return settings;
    };
    if let Some(command) = table
        .get("command")
        .and_then(|entry| entry.string(problems))
    {
        command.clone_into(&mut settings.command);
    }
    if let Some(workers) = table
        .get("workers")
        .and_then(|entry| entry.count(&PYTHON_WORKERS, problems))
    {
        settings.workers = workers;
    }
    table.finish(problems);
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_from_the_folder_of_the_file() {
        for (path, expected) in [
            ("tools/a.py", "/home/me/specs/tools/a.py"),
            ("./a.py", "/home/me/specs/a.py"),
            ("../a.py", "/home/me/a.py"),
            ("/a.py", "/a.py"),
        ] {
            assert_eq!(
                resolved(Path::new("/home/me/specs"), path),
                Path::new(expected)
            );
        }
        assert_eq!(resolved(Path::new("."), "../a.py"), Path::new("../a.py"));
    }
}

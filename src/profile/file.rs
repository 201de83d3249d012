//! Finds and reads `flowdeck.toml`, and selects one of its profiles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::binding::{PythonSettings, ToolBinding};
use super::call_limits::CallLimits;
use super::error::{ProfileError, ProfileProblem};
use super::example::Example;
use super::llm_rule::LlmRule;
use super::model_endpoint::Api;
use super::quantity::{AT_ONCE, rate_per_second};
use super::secret_source::SecretSource;
use super::tool_table::{read_python_settings, read_tools, resolved};
use super::traces::Tracing;
use super::{ModelSource, Profile};
use crate::base::files::read_text;
use crate::base::keeping::Keeping;
use crate::base::suggest::closest;
use crate::base::toml_table::{Entry, TableReader, TomlProblems};
use crate::spec::language::kind::FieldKind;
use crate::spec::language::objects::{LlmGenerationConfig, PlainObject};

/// The name of the file with the profiles.
pub(super) const FILE_NAME: &str = "flowdeck.toml";

/// The profiles that exist without a file.
const BUILT_IN: [&str; 2] = ["offline", "spec"];

/// A `flowdeck.toml`, read and checked. [`ProfileFile::default`] is used if there is no file.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileFile {
    path: Option<PathBuf>,
    folder: PathBuf,
    default_profile: String,
    /// The profiles by name, each with only its own settings.
    profiles: IndexMap<String, Profile>,
    tools: IndexMap<String, ToolBinding>,
    python: PythonSettings,
    /// The examples by the path of the spec, which is absolute if `folder` is, else relative.
    examples: IndexMap<PathBuf, Example>,
}

impl Default for ProfileFile {
    fn default() -> Self {
        Self {
            path: None,
            folder: PathBuf::from("."),
            default_profile: "spec".to_owned(),
            profiles: IndexMap::from([
                ("offline".to_owned(), Profile::offline()),
                ("spec".to_owned(), Profile::spec()),
            ]),
            tools: IndexMap::new(),
            python: PythonSettings::default(),
            examples: IndexMap::new(),
        }
    }
}

impl ProfileFile {
    /// Returns the nearest `flowdeck.toml` in `folder` or one of its ancestors.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_gone| folder.to_owned());
        absolute
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file())
    }

    /// Finds and reads the file that applies to specs in `folder`; without a file, returns the
    /// built-in profiles. Tools of a built-in profile have `folder` as their working folder.
    ///
    /// # Errors
    /// As [`ProfileFile::read`].
    pub fn find_and_read(folder: &Path) -> Result<Self, ProfileError> {
        match Self::find(folder) {
            Some(path) => Self::read(&path),
            None => Ok(Self {
                folder: folder.to_owned(),
                ..Self::default()
            }),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ProfileError::Read`] if the file can't be read; [`ProfileError::Invalid`] with all
    /// problems of the file.
    pub fn read(path: &Path) -> Result<Self, ProfileError> {
        Self::parse(&read_text(path)?, path)
    }

    /// Reads the text of a file at `path`.
    ///
    /// # Errors
    /// [`ProfileError::Invalid`] with all problems of the text.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ProfileError> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = Self {
            path: Some(path.to_owned()),
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            ..Self::default()
        };
        let (root, mut problems) = TomlProblems::parse(text);
        // Behind a mistake of syntax everything looks unknown.
        if problems.is_empty() {
            file.read_root(TableReader::new(&root, "", 0..0), &mut problems);
        }
        checked(file, problems, path)
    }

    /// Reads a tools file (`--tools FILE`), which has only `[tools.*]`. Its paths are made
    /// absolute, so that the bindings work with any profile.
    ///
    /// # Errors
    /// As [`ProfileFile::read`].
    pub fn read_tools_file(path: &Path) -> Result<IndexMap<String, ToolBinding>, ProfileError> {
        let text = read_text(path)?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_gone| path.to_owned());
        let folder = absolute.parent().unwrap_or(Path::new("/"));
        let (root, mut problems) = TomlProblems::parse(&text);
        let mut table = TableReader::new(&root, "", 0..0);
        let tools = match table.get("tools") {
            Some(tools) => read_tools(&tools, folder, &mut problems),
            None => IndexMap::new(),
        };
        table.finish(&mut problems);
        checked(tools, problems, path)
    }

    fn read_root(&mut self, mut table: TableReader<'_>, problems: &mut TomlProblems<'_>) {
        if let Some(profiles) = table.get("profiles")
            && let Some(profiles) = profiles.table(problems)
        {
            for (name, entry) in profiles.entries() {
                if let Some(settings) = read_profile(name, &entry, &self.folder, problems) {
                    self.profiles.insert(name.to_owned(), settings);
                }
            }
        }
        if let Some(name) = table.get("default_profile")
            && let Some(text) = name.string(problems)
        {
            if self.profiles.contains_key(text) {
                text.clone_into(&mut self.default_profile);
            } else {
                let known = self.profiles.keys().map(String::as_str);
                let help = closest(text, known).map_or_else(
                    || format!("add `[profiles.{text}]`"),
                    |meant| format!("did you mean `{meant}`?"),
                );
                problems.add_with_help(name.span(), format!("there is no profile `{text}`"), help);
            }
        }
        if let Some(tools) = table.get("tools") {
            self.tools = read_tools(&tools, &self.folder, problems);
        }
        if let Some(python) = table.get("python") {
            self.python = read_python_settings(&python, problems);
        }
        if let Some(examples) = table.get("examples")
            && let Some(examples) = examples.table(problems)
        {
            for (path, entry) in examples.entries() {
                if let Some(example) = Example::read(&entry, &self.folder, problems) {
                    self.examples.insert(resolved(&self.folder, path), example);
                }
            }
        }
        table.finish(problems);
    }

    /// Returns the name of the default profile.
    pub fn default_profile(&self) -> &str {
        &self.default_profile
    }

    /// Returns the names of all profiles: the built-in ones, then those of the file in order.
    pub fn names(&self) -> Vec<&str> {
        self.profiles.keys().map(String::as_str).collect()
    }

    /// Returns the profile with a name; the default profile for `None`.
    ///
    /// # Errors
    /// [`ProfileError::NoSuchProfile`].
    pub fn profile(&self, name: Option<&str>) -> Result<Profile, ProfileError> {
        let name = name.unwrap_or(&self.default_profile);
        let Some(profile) = self.profiles.get(name) else {
            return Err(ProfileError::NoSuchProfile {
                name: name.to_owned(),
                known: self.profiles.keys().cloned().collect(),
            });
        };
        Ok(Profile {
            file: self.path.clone(),
            folder: self.folder.clone(),
            tools: self.tools.clone(),
            python: self.python.clone(),
            ..profile.clone()
        })
    }

    /// Returns the profile with a name; the default profile for `None`. If workers execute the
    /// runs, an unknown name stands for a profile of the workers.
    ///
    /// # Errors
    /// [`ProfileError::NoSuchProfile`].
    pub fn profile_here_or_of_workers(
        &self,
        name: Option<&str>,
        is_at_workers: bool,
    ) -> Result<Profile, ProfileError> {
        match (name, self.profile(name)) {
            (Some(name), Err(ProfileError::NoSuchProfile { .. })) if is_at_workers => {
                Ok(Profile::of_workers(name))
            }
            (_, found) => found,
        }
    }

    /// Returns the example of a spec by its path, which must be absolute if the file's path is,
    /// else relative.
    pub fn example(&self, spec: &Path) -> Option<&Example> {
        self.examples
            .get(&resolved(Path::new(""), &spec.to_string_lossy()))
            .or_else(|| {
                let wanted = std::path::absolute(spec).ok()?;
                self.examples
                    .iter()
                    .find(|(path, _)| std::path::absolute(path).is_ok_and(|path| path == wanted))
                    .map(|(_, example)| example)
            })
    }
}

/// Returns the result of reading, or all problems.
fn checked<T>(read: T, problems: TomlProblems<'_>, path: &Path) -> Result<T, ProfileError> {
    let problems: Vec<ProfileProblem> = problems
        .into_found()
        .into_iter()
        .map(|problem| ProfileProblem {
            path: path.to_owned(),
            problem,
        })
        .collect();
    if problems.is_empty() {
        Ok(read)
    } else {
        Err(ProfileError::Invalid { problems })
    }
}

fn read_profile(
    name: &str,
    entry: &Entry<'_>,
    folder: &Path,
    problems: &mut TomlProblems<'_>,
) -> Option<Profile> {
    let mut table = entry.table(problems)?;
    let model = match name {
        "offline" => ModelSource::Offline,
        _ => ModelSource::Spec,
    };
    let mut profile = Profile::built_in(name, model);
    if let Some(model) = table.get("model") {
        match model.string(problems) {
            Some("offline") if name != "spec" => profile.model = ModelSource::Offline,
            Some("spec") if name != "offline" => profile.model = ModelSource::Spec,
            Some(_) if BUILT_IN.contains(&name) => {
                problems.add(
                    model.span(),
                    format!("`{}` can only be \"{name}\"", model.name),
                );
            }
            Some(_) => problems.add(
                model.span(),
                format!("`{}` must be \"offline\" or \"spec\"", model.name),
            ),
            None => {}
        }
    }
    if let Some(rules) = table.get("llm") {
        for rule in rules.list(problems).unwrap_or_default() {
            profile.llm.extend(read_rule(&rule, folder, problems));
        }
    }
    if let Some(at_once) = table.get("at_once") {
        profile.at_once = at_once.count(&AT_ONCE, problems);
    }
    if let Some(bound) = table.get("max_concurrency") {
        profile.max_concurrency = bound.count(&AT_ONCE, problems);
    }
    if let Some(rate) = table.get("rate_limit")
        && let Some(text) = rate.string(problems)
    {
        match rate_per_second(text) {
            Ok(per_second) => profile.requests_per_second = Some(per_second),
            Err(problem) => problems.add(rate.span(), format!("`{}` {problem}", rate.name)),
        }
    }
    profile.call_limits = CallLimits::read(&mut table, problems);
    if let Some(history) = table.get("history") {
        profile.keeping = read_history(&history, problems);
    }
    if let Some(tracing) = table.get("tracing") {
        profile.tracing = Tracing::read(&tracing, folder, problems).map(Arc::new);
    }
    if let Some(files) = table.get("component_files") {
        let files = files.strings(problems).unwrap_or_default();
        profile.component_files = files.iter().map(|path| resolved(folder, path)).collect();
    }
    table.finish(problems);
    Some(profile)
}

/// Reads `[profiles.NAME.history]`, which controls what the history keeps.
fn read_history(entry: &Entry<'_>, problems: &mut TomlProblems<'_>) -> Keeping {
    let Some(mut table) = entry.table(problems) else {
        return Keeping::All;
    };
    let mut read_flag = |name| table.get(name).and_then(|entry| entry.flag(problems));
    let (is_enabled, has_content) = (read_flag("enabled"), read_flag("content"));
    table.finish(problems);
    Keeping::chosen(is_enabled, has_content)
}

fn read_rule(entry: &Entry<'_>, folder: &Path, problems: &mut TomlProblems<'_>) -> Option<LlmRule> {
    let mut table = entry.table(problems)?;
    let pattern = table.get("match");
    let mut rule = LlmRule {
        pattern: String::new(),
        config: None,
        url: None,
        api_provider: None,
        api_type: None,
        model_id: None,
        api_key: None,
        generation: Map::new(),
        call_limits: CallLimits::read(&mut table, problems),
    };
    if let Some(path) = table.get("config") {
        rule.config = path.string(problems).map(|path| resolved(folder, path));
    }
    if let Some(url) = table.get("url") {
        rule.url = url.string(problems).map(str::to_owned);
        if let Some(text) = &rule.url
            && let Err(error) = super::endpoint_url(text, Api::ChatCompletions)
        {
            problems.add(url.span(), format!("`{}`: {error}", url.name));
        }
    }
    if let Some(provider) = table.get("api_provider") {
        rule.api_provider = provider.string(problems).map(str::to_owned);
    }
    if let Some(api_type) = table.get("api_type") {
        rule.api_type = api_type.string(problems).map(str::to_owned);
    }
    if let Some(model_id) = table.get("model_id") {
        rule.model_id = model_id.string(problems).map(str::to_owned);
    }
    if let Some(key) = table.get("api_key") {
        rule.api_key = SecretSource::read(&key, folder, problems);
    }
    if let Some(generation) = table.get("generation")
        && let Some(parameters) = generation.table(problems)
    {
        for (name, value) in parameters.entries() {
            if let Some(value) = read_parameter(name, &value, problems) {
                rule.generation.insert(name.to_owned(), value);
            }
        }
    }
    if rule.config.is_some() && (rule.url.is_some() || rule.api_provider.is_some()) {
        let message = format!(
            "`{}` can't have `config` together with `url` or `api_provider`",
            entry.name
        );
        problems.add(entry.span(), message);
    }
    table.finish(problems);
    let Some(pattern) = pattern else {
        problems.add(entry.span(), format!("`{}` needs `match`", entry.name));
        return None;
    };
    pattern.string(problems)?.clone_into(&mut rule.pattern);
    Some(rule)
}

/// Reads a generation parameter; those of the specification must have the types that they have in a
/// spec.
fn read_parameter(name: &str, entry: &Entry<'_>, problems: &mut TomlProblems<'_>) -> Option<Value> {
    let value = entry.json(problems)?;
    let fields = LlmGenerationConfig::DEFINITION.fields;
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        return Some(value);
    };
    let kind = field.kind.inner();
    if !kind.takes(&value) {
        let message = format!("`{}` must be {}, not {value}", entry.name, kind.describe());
        problems.add(entry.span(), message);
        return None;
    }
    match (kind, value.as_f64()) {
        (FieldKind::Number, Some(number)) => Some(number.into()),
        _ => Some(value),
    }
}

#[cfg(test)]
mod tests;

//! The check of a text together with its folder's profile.

use std::path::Path;
use std::sync::Arc;

use crate::base::files::read_text;
use crate::profile::{Binding, Profile, ProfileFile};
use crate::runs::check_runnable;
use crate::spec::assist::{self, OutlineItem, OutlineKind};
use crate::spec::diagnostic::Code;
use crate::spec::language::{AgenticComponent, ComponentKind};
use crate::spec::{Component, LoadOptions, Loaded, Place, Severity, Supplied};
use crate::trace::{Failure, FailureKind};
use crate::workspace;

/// The result of checking a text.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The text.
    pub text: Arc<str>,
    /// The loaded component.
    pub loaded: Loaded,
    /// All errors and warnings: problems of the text in the order of their positions, then problems
    /// of the profile.
    pub problems: Vec<Problem>,
    /// Whether the component is of a type that can't be run yet; one of the problems names the
    /// type.
    pub cannot_run: bool,
    /// The outline.
    pub outline: Vec<OutlineRow>,
    /// The `flowdeck.toml` that applies to the file, or the built-in one.
    pub profiles: Arc<ProfileFile>,
    /// The selected profile in that file.
    pub profile: Arc<Profile>,
    /// The problem of the `flowdeck.toml`. Runs are not started then, because the built-in profile
    /// would be used instead.
    pub profile_problem: Option<String>,
}

/// An error or a warning about a spec or its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The severity of the problem.
    pub severity: Severity,
    /// The position in the text; `None` for a problem elsewhere.
    pub place: Option<Place>,
    /// The problem.
    pub message: String,
    /// A suggestion how to solve the problem.
    pub help: Option<String>,
    /// The language rule that the text violates; `None` for other problems, which are not marked in
    /// the text.
    pub rule: Option<Code>,
}

impl Problem {
    /// Whether the problem is in the text itself, and is marked there.
    pub(crate) fn is_of_text(&self) -> bool {
        self.rule.is_some()
    }
}

/// A row of the outline, with a note from the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutlineRow {
    /// The row.
    pub item: OutlineItem,
    /// For a tool, its implementation: `python`, `asks you`, `at workers`, `unbound`. Empty for
    /// other components.
    pub note: String,
    /// Whether the note is a warning.
    pub is_warning: bool,
}

impl Checked {
    /// Returns the number of errors and of warnings.
    pub(crate) fn counts(&self) -> Verdict {
        let errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .count();
        Verdict {
            errors,
            warnings: self.problems.len() - errors,
            cannot_run: self.cannot_run,
        }
    }
}

/// The number of problems of a spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The number of problems that prevent the spec from running.
    pub errors: usize,
    /// The number of problems that don't.
    pub warnings: usize,
    /// Whether the component is of a type that can't be run yet.
    pub cannot_run: bool,
}

impl Verdict {
    /// The verdict on a file that can't be read.
    pub(crate) const UNREADABLE: Self = Self {
        errors: 1,
        warnings: 0,
        cannot_run: false,
    };
}

/// The profile requested on the command line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AskedProfile<'n> {
    /// The name of the profile; `None` selects each file's default.
    pub name: Option<&'n str>,
    /// Whether runs go to workers, which may have a profile that is not defined here.
    pub is_at_workers: bool,
}

/// The profile of a file's folder and the options for loading the file's text.
pub(super) struct Surroundings {
    profiles: ProfileFile,
    profile: Profile,
    /// The options for loading the text, with the parts that the profile supplies.
    pub(super) options: LoadOptions,
    /// The problems of the profile and its parts, each with a suggestion.
    problems: Vec<(String, Option<String>)>,
    /// Whether the first problem is that the profile can't be read.
    has_no_profile: bool,
}

impl Surroundings {
    /// Reads the profile of a file's folder and the parts that the profile supplies.
    pub(super) fn of(path: &Path, asked: AskedProfile<'_>) -> Self {
        let mut problems = Vec::new();
        let folder = path.parent().unwrap_or(Path::new("."));
        let profiles = ProfileFile::find_and_read(folder).unwrap_or_else(|error| {
            problems.push((error.to_string(), error.hint()));
            ProfileFile::default()
        });
        let profile = profiles
            .profile_here_or_of_workers(asked.name, asked.is_at_workers)
            .unwrap_or_else(|error| {
                problems.push((error.to_string(), error.hint()));
                Profile::spec()
            });
        let has_no_profile = !problems.is_empty();
        let mut supplied = Vec::new();
        for file in &profile.component_files {
            match read_text(file) {
                Ok(text) => supplied.push(Supplied {
                    name: file.display().to_string(),
                    text,
                }),
                Err(error) => {
                    let message = Failure::from_error(FailureKind::Profile, &error).message;
                    let help = format!("`component_files` of profile `{}` names it", profile.name);
                    problems.push((message, Some(help)));
                }
            }
        }
        Self {
            options: LoadOptions {
                format: workspace::format_of(path),
                supplied,
                sets: true,
                ..LoadOptions::default()
            },
            profiles,
            profile,
            problems,
            has_no_profile,
        }
    }
}

/// Checks a text as the contents of its file, with the parts that the folder's profile supplies.
/// Reads those parts' files, so it must run where blocking is allowed. `profile` is the requested
/// profile.
pub(super) fn check(path: &Path, text: &str, asked: AskedProfile<'_>) -> Checked {
    let Surroundings {
        profiles,
        profile,
        options,
        problems: elsewhere,
        has_no_profile,
    } = Surroundings::of(path, asked);
    let first = elsewhere.first().filter(|_| has_no_profile);
    let profile_problem = first.map(|(message, _)| message.clone());
    let mut loaded = crate::spec::load(text, &options);
    workspace::name_sets_beside(path, text, &mut loaded.diagnostics);
    let mut problems: Vec<Problem> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| Problem {
            severity: diagnostic.severity,
            place: Some(diagnostic.place),
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            rule: Some(diagnostic.code),
        })
        .collect();
    let strange = not_runnable(&loaded);
    problems.extend(strange.iter().map(|(part, message)| Problem {
        severity: Severity::Warning,
        place: loaded.places().of(part).field("component_type"),
        message: message.clone(),
        help: Some("it can be edited, checked, drawn, compared and exported".to_owned()),
        rule: None,
    }));
    problems.extend(unbound(&loaded, &profile));
    problems.extend(elsewhere.into_iter().map(|(message, help)| Problem {
        severity: Severity::Error,
        place: None,
        message,
        help,
        rule: None,
    }));
    Checked {
        text: Arc::from(text),
        problems,
        cannot_run: strange.is_some(),
        outline: outline(&loaded, &profile, strange.as_ref().map(|(part, _)| &**part)),
        loaded,
        profiles: Arc::new(profiles),
        profile: Arc::new(profile),
        profile_problem,
    }
}

/// Returns the part of a spec that can't be run yet, and the reason; `None` if the whole spec can
/// be run or is only a library for references.
fn not_runnable(loaded: &Loaded) -> Option<(Arc<Component>, String)> {
    let root = loaded.component.as_ref().filter(|_| !loaded.has_errors())?;
    if !root.is::<AgenticComponent>() {
        return None;
    }
    let failure = check_runnable(root).err()?;
    let parts = root.walk().into_iter();
    let mut named = parts.filter(|part| Some(part.name()) == failure.component.as_deref());
    let part = named.next().unwrap_or(root);
    Some((Arc::clone(part), failure.message))
}

/// Returns a problem for each tool that has no implementation here.
fn unbound(loaded: &Loaded, profile: &Profile) -> Vec<Problem> {
    let Some(component) = &loaded.component else {
        return Vec::new();
    };
    let unbound = profile.unbound_tools(component).into_iter();
    unbound
        .map(|unbound| Problem {
            severity: Severity::Warning,
            place: loaded.places().of(&unbound.tool).field("name"),
            message: unbound.message(),
            help: Some(unbound.lines.clone()),
            rule: None,
        })
        .collect()
}

fn outline(loaded: &Loaded, profile: &Profile, strange: Option<&Component>) -> Vec<OutlineRow> {
    let components = loaded.component.as_ref().map(Component::walk);
    let components = components.unwrap_or_default();
    assist::outline(loaded)
        .into_iter()
        .map(|item| {
            let is_tool = item.kind == OutlineKind::Tool;
            let tool = components
                .iter()
                .find(|tool| is_tool && item.component_id.as_deref() == Some(tool.id()));
            let is_strange =
                strange.is_some_and(|part| item.component_id.as_deref() == Some(part.id()));
            let (note, is_warning) = match tool {
                _ if is_strange => ("can't be run yet".to_owned(), true),
                Some(tool) => note(tool, profile),
                None => Default::default(),
            };
            OutlineRow {
                item,
                note,
                is_warning,
            }
        })
        .collect()
}

/// Returns the kind of a tool's implementation in one or two words, and whether it is a warning.
fn note(tool: &Component, profile: &Profile) -> (String, bool) {
    let (carrier, is_warning) = match tool.kind() {
        ComponentKind::ServerTool => match profile.binding(tool.name()).map(|bound| &bound.binding)
        {
            Some(Binding::Command { .. }) => ("command", false),
            Some(Binding::Python { .. }) => ("python", false),
            Some(Binding::Http(_)) => ("http", false),
            Some(Binding::Ask) => ("asks you", false),
            Some(Binding::Stub(_)) => ("fixed", false),
            None if profile.is_of_workers => ("at workers", false),
            None => ("unbound", true),
        },
        ComponentKind::ClientTool => ("asks you", false),
        ComponentKind::RemoteTool => ("http", false),
        ComponentKind::BuiltinTool => ("builtin", false),
        _ => ("", false),
    };
    let confirms = tool
        .field("requires_confirmation")
        .and_then(|value| value.as_value())
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    let mut note = carrier.to_owned();
    if confirms {
        note.push_str(if note.is_empty() {
            "confirms"
        } else {
            ", confirms"
        });
    }
    (note, is_warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_nothing_carries_out_is_a_warning_with_the_lines_to_add() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let text = "component_type: Agent\nagentspec_version: 26.1.2\nname: a\nid: a\nsystem_prompt: hi\nllm_config:\n  component_type: OllamaConfig\n  id: m\n  name: m\n  url: http://localhost\n  model_id: x\ntools:\n- component_type: ServerTool\n  id: t\n  name: get_time\n";
        let checked = check(&path, text, AskedProfile::default());
        let problems: Vec<_> = checked
            .problems
            .iter()
            .map(|problem| (problem.severity, problem.message.as_str()))
            .collect();
        assert_eq!(
            problems,
            [(
                Severity::Warning,
                "`get_time` is bound to nothing in `flowdeck.toml`"
            )]
        );
        let tool = checked.outline.iter().find(|row| row.note == "unbound");
        assert_eq!(tool.unwrap().item.label, "get_time");

        std::fs::write(
            folder.path().join("flowdeck.toml"),
            "[tools.get_time]\nask = true\n",
        )
        .unwrap();
        let checked = check(&path, text, AskedProfile::default());
        assert_eq!(checked.counts(), Verdict::default());
        assert!(checked.outline.iter().any(|row| row.note == "asks you"));
    }

    #[test]
    fn a_broken_profile_is_told_and_does_not_hide_the_spec() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("flowdeck.toml"), "default_profile = 3\n").unwrap();
        let path = folder.path().join("a.json");
        let checked = check(
            &path,
            r#"{"component_type": "Agnet"}"#,
            AskedProfile::default(),
        );
        assert!(checked.problems.first().unwrap().is_of_text());
        assert!(!checked.problems.last().unwrap().is_of_text());
    }

    #[test]
    fn a_profile_that_is_not_here_may_be_one_of_workers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let asked = |is_at_workers| AskedProfile {
            name: Some("far"),
            is_at_workers,
        };
        let checked = check(&path, "{component_type: Agent, name: a}", asked(true));
        assert_eq!(
            (&*checked.profile.name, &checked.profile_problem),
            ("far", &None)
        );
        assert!(checked.profile.is_of_workers);
        let checked = check(&path, "{component_type: Agent, name: a}", asked(false));
        assert!(checked.profile_problem.is_some());
    }
}

//! The access of a spec: the list of everything that the spec can reach outside of itself.
//!
//! The trust page and `flowdeck validate --explain-access` show this list.

mod components;
mod models;
mod tools;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::{Profile, SecretSource};
use crate::base::address::{shown_address, shown_text};
use crate::base::text::sanitised;
use crate::spec::Component;
use crate::spec::component::FieldValue;
use crate::spec::language::{LlmConfig, Tool, ToolBox};

/// Everything that a spec may do under a profile.
///
/// Derived only from the text of the spec and of the profile. What is known only at run time, such
/// as the tools of an MCP server, is listed by its source. Contains no secrets, only their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Access {
    grants: Vec<Grant>,
}

/// One permission of a spec.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Grant {
    /// The kind of permission.
    pub kind: GrantKind,
    /// The target: an address, a command line, a path, or the name of a tool or secret.
    pub target: String,
    /// The purpose, in a few words: ``model `main` (llama3.2)``.
    pub purpose: String,
    /// Whether the spec or the profile decides about the grant.
    pub origin: Origin,
    /// The component that needs the grant; `None` if the profile itself needs it.
    pub component: Option<GrantedTo>,
    /// For a tool: whether a person is asked before each call; `None` for other kinds.
    pub asks_first: Option<bool>,
    /// A warning about the grant in one sentence, if it needs attention.
    pub concern: Option<String>,
}

/// The component that a [`Grant`] is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct GrantedTo {
    /// The type of the component.
    pub component_type: String,
    /// The id of the component; `None` if the text has none, because a generated id means nothing
    /// to a reader.
    pub id: Option<String>,
    /// The name of the component.
    pub name: String,
}

/// The kind of a [`Grant`], in the order of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// Sends requests to a server.
    Endpoint,
    /// Starts a program on this machine.
    Program,
    /// Reads a file.
    File,
    /// Reads and writes a datastore.
    Datastore,
    /// Calls tools of an MCP server.
    McpServer,
    /// Calls a tool.
    Tool,
    /// Uses a secret.
    Secret,
    /// Asks a person for something.
    Person,
}

/// The side that decides about a [`Grant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The spec.
    Spec,
    /// The profile, which belongs to the user of this machine.
    Profile,
}

impl GrantKind {
    /// All kinds, in the order of display.
    pub const ALL: [Self; 8] = [
        Self::Endpoint,
        Self::Program,
        Self::File,
        Self::Datastore,
        Self::McpServer,
        Self::Tool,
        Self::Secret,
        Self::Person,
    ];

    /// Returns the heading for the grants of this kind.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Endpoint => "calls these servers",
            Self::Program => "starts these programs",
            Self::File => "reads these files",
            Self::Datastore => "keeps data in",
            Self::McpServer => "takes tools from these MCP servers",
            Self::Tool => "calls these tools",
            Self::Secret => "uses these secrets",
            Self::Person => "asks you for",
        }
    }
}

impl Grant {
    /// Returns the target, the purpose and the warning on one line.
    pub fn words(&self) -> String {
        let mut words = self.target.clone();
        if !self.purpose.is_empty() {
            words.push_str("  ");
            words.push_str(&self.purpose);
        }
        match self.asks_first {
            Some(true) => words.push_str(", asks you first"),
            Some(false) => words.push_str(", does not ask first"),
            None => {}
        }
        words
    }
}

impl Access {
    /// Lists everything that a component and its descendants may do under a profile. Pure: reads no
    /// file, runs no program and contacts no server.
    pub fn of(root: &Arc<Component>, profile: &Profile) -> Self {
        let mut survey = Survey {
            profile,
            grants: Vec::new(),
        };
        for path in &profile.component_files {
            let target = shown_path(path, &profile.folder);
            survey.add(Draft::of_profile(GrantKind::File, target).purpose("components and values"));
        }
        survey.traces();
        let mut seen = HashSet::new();
        let mut pending = vec![root];
        while let Some(component) = pending.pop() {
            if seen.insert(Arc::as_ptr(component)) && survey.visit(component) == Below::Look {
                pending.extend(component.children().into_iter().rev());
            }
        }
        let mut grants = survey.grants;
        // Stable, so that within a kind the order stays that of the spec.
        grants.sort_by_key(|grant| grant.kind);
        Self { grants }
    }

    /// Returns all grants, sorted by kind and then by their order in the spec.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Returns the grants of one kind.
    pub fn of_kind(&self, kind: GrantKind) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.kind == kind)
    }

    /// Formats the grants as lines for people: a heading for each kind, the grants of the kind, and
    /// the warning of each grant.
    pub fn lines(&self) -> Vec<AccessLine> {
        let mut lines = Vec::new();
        for kind in GrantKind::ALL {
            let mut of_kind = self.of_kind(kind).peekable();
            if of_kind.peek().is_some() {
                lines.push(AccessLine::Heading(kind.heading()));
            }
            for grant in of_kind {
                lines.push(AccessLine::Grant(grant.words()));
                lines.extend(grant.concern.clone().map(AccessLine::Concern));
            }
        }
        lines
    }

    /// Returns whether the spec reaches anything outside of flowdeck: a server, a program, a file,
    /// a database or a secret. Tools and questions alone do not count.
    pub fn reaches_out(&self) -> bool {
        self.grants.iter().any(|grant| match grant.kind {
            GrantKind::Endpoint
            | GrantKind::Program
            | GrantKind::File
            | GrantKind::Datastore
            | GrantKind::McpServer
            | GrantKind::Secret => true,
            GrantKind::Tool | GrantKind::Person => false,
        })
    }
}

/// A line of the formatted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLine {
    /// The heading of the following grants: `calls these servers`.
    Heading(&'static str),
    /// A grant.
    Grant(String),
    /// The warning of the grant above.
    Concern(String),
}

/// Whether the components below a component are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Look,
    /// Skipped, because the profile replaces them.
    Skip,
}

/// A walk over the components of a spec that collects its grants.
struct Survey<'p> {
    profile: &'p Profile,
    grants: Vec<Grant>,
}

/// A grant under construction.
struct Draft {
    grant: Grant,
}

impl Draft {
    fn of(component: &Component, kind: GrantKind, target: impl AsRef<str>) -> Self {
        let mut draft = Self::of_profile(kind, target);
        draft.grant.origin = Origin::Spec;
        draft.grant.component = Some(GrantedTo {
            component_type: component.type_name().to_owned(),
            id: component
                .has_written_id()
                .then(|| component.id().to_owned()),
            name: sanitised(component.name()),
        });
        draft
    }

    fn of_profile(kind: GrantKind, target: impl AsRef<str>) -> Self {
        Self {
            grant: Grant {
                kind,
                target: sanitised(target.as_ref()),
                purpose: String::new(),
                origin: Origin::Profile,
                component: None,
                asks_first: None,
                concern: None,
            },
        }
    }

    /// Marks the grant as decided by the profile.
    const fn by_profile(mut self) -> Self {
        self.grant.origin = Origin::Profile;
        self
    }

    fn purpose(mut self, purpose: impl AsRef<str>) -> Self {
        self.grant.purpose = sanitised(purpose.as_ref());
        self
    }

    const fn asks_first(mut self, asks_first: bool) -> Self {
        self.grant.asks_first = Some(asks_first);
        self
    }

    fn concern(mut self, concern: impl AsRef<str>) -> Self {
        self.grant.concern = Some(sanitised(concern.as_ref()));
        self
    }
}

impl Survey<'_> {
    fn add(&mut self, draft: Draft) {
        if !self.grants.contains(&draft.grant) {
            self.grants.push(draft.grant);
        }
    }

    fn visit(&mut self, component: &Arc<Component>) -> Below {
        if component.is::<LlmConfig>() {
            return self.model(component);
        }
        if component.is::<Tool>() {
            self.tool(component);
        } else if component.is::<ToolBox>() {
            self.tool_box(component);
        }
        self.component(component);
        Below::Look
    }

    /// Adds the collector that receives the traces of the runs.
    fn traces(&mut self) {
        let Some(tracing) = &self.profile.tracing else {
            return;
        };
        let target = match &tracing.endpoint {
            Some(endpoint) => shown_url(endpoint),
            None => "the collector that OTEL_EXPORTER_OTLP_ENDPOINT names".to_owned(),
        };
        let draft = Draft::of_profile(GrantKind::Endpoint, target);
        self.add(if tracing.has_content {
            draft
                .purpose("traces of runs, with content")
                .concern("all that is said, given, done and answered in the runs is sent there")
        } else {
            draft.purpose("traces of runs: names, times, counts, kinds of errors")
        });
        for source in tracing.headers.values() {
            self.secret_of_profile(source, "header for the collector of traces");
        }
    }

    /// Adds a secret that a profile names.
    fn secret_of_profile(&mut self, source: &SecretSource, purpose: &str) {
        let target = match source {
            SecretSource::Literal(_) => {
                let draft = Draft::of_profile(GrantKind::Secret, "a value in flowdeck.toml");
                let draft = draft.purpose(purpose).concern(
                    "whoever can read the file has it: name a variable, a file or a command instead",
                );
                return self.add(draft);
            }
            SecretSource::Env(name) => format!("the environment variable {name}"),
            SecretSource::File(path) => {
                let path = shown_path(path, &self.profile.folder);
                self.add(Draft::of_profile(GrantKind::File, &path).purpose(purpose));
                format!("the text of {path}")
            }
            SecretSource::Command(command) => {
                let line = command.shown();
                self.add(Draft::of_profile(GrantKind::Program, &line).purpose(purpose));
                format!("what `{line}` prints")
            }
        };
        self.add(Draft::of_profile(GrantKind::Secret, target).purpose(purpose));
    }

    /// Adds the sensitive fields of a component that have a value or need one.
    fn secrets(&mut self, component: &Component) {
        for (field, value) in component.fields() {
            let name = match value {
                FieldValue::Reference(reference) => reference.clone(),
                FieldValue::Secret(_) => format!("{}.{field}", name_of(component)),
                FieldValue::Value(_)
                | FieldValue::Component(_)
                | FieldValue::List(_)
                | FieldValue::Map(_) => continue,
            };
            let draft = Draft::of(component, GrantKind::Secret, name);
            let draft = draft.purpose(format!("`{field}` of {}", described(component)));
            self.add(match value {
                FieldValue::Reference(_) => draft.concern("no value is given for it"),
                _ => draft,
            });
        }
    }
}

/// Returns the id if the text has one, else the name.
fn name_of(component: &Component) -> &str {
    if component.has_written_id() {
        component.id()
    } else {
        component.name()
    }
}

/// Formats a component for messages: ``Agent `weather` ``.
fn described(component: &Component) -> String {
    format!("{} `{}`", component.type_name(), component.name())
}

/// Returns a string field.
fn text<'c>(component: &'c Component, field: &str) -> Option<&'c str> {
    component.field(field)?.as_value()?.as_str()
}

/// Returns a boolean field; false if it is missing.
fn flag(component: &Component, field: &str) -> bool {
    let value = component.field(field).and_then(FieldValue::as_value);
    value.and_then(Value::as_bool).unwrap_or(false)
}

/// Returns a URL without its secret parts. A URL with placeholders is returned unparsed.
fn shown_url(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) if !url.contains("{{") => shown_address(&parsed),
        _ => shown_text(url),
    }
}

/// Returns a path, relative to the folder of `flowdeck.toml` if it is inside.
fn shown_path(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.display().to_string()
}

#[cfg(test)]
mod tests;

//! The access of a spec: everything that it reaches outside of itself, in one list.
//!
//! The trust page and `flowdeck validate --explain-access` show this list and know nothing else.

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
/// Says what the two texts say: what comes up only at run time, such as the tools of an MCP server,
/// is named by where it comes from. Holds no secret, only the names of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Access {
    grants: Vec<Grant>,
}

/// A thing that a spec may do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Grant {
    /// The kind of thing that the spec does.
    pub kind: GrantKind,
    /// With what: an address, a command line, a path, the name of a tool or a secret.
    pub target: String,
    /// The purpose, in a few words: ``model `main` (llama3.2)``.
    pub purpose: String,
    /// The side that decides about the grant.
    pub origin: Origin,
    /// The component that leads to it; none where the profile does by itself.
    pub component: Option<GrantedTo>,
    /// Of a tool, whether a person is asked before each call; none for everything else.
    pub asks_first: Option<bool>,
    /// Why it deserves a second look, in one sentence.
    pub concern: Option<String>,
}

/// The component that a [`Grant`] is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct GrantedTo {
    /// Its type.
    pub component_type: String,
    /// Its id; none if the text gives none, because a made-up one names nothing.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
}

/// The kind of a [`Grant`], in the order in which people are shown them.
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
    /// The profile, which is the person's own.
    Profile,
}

impl GrantKind {
    /// Every kind, in the order in which people are shown them.
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

    /// Returns what the spec does, as the heading of a list of targets.
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
    /// The target, what it is for and what deserves a second look, in one line.
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
    /// Everything that a component and all below it may do under a profile. Pure: reads no file,
    /// runs nothing and asks no server.
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

    /// Everything, by kind, within a kind in the order of the spec.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Returns the grants of one kind.
    pub fn of_kind(&self, kind: GrantKind) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.kind == kind)
    }

    /// The whole as lines for people: a heading for each kind, what there is below it, and below that
    /// why something deserves a second look.
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

    /// Whether anything outside of flowdeck itself is reached: a server, a program, a file, a
    /// database or a secret. Tools and questions alone do not count.
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

/// A line of the list as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLine {
    /// The spec's use of the grants that follow: `calls these servers`.
    Heading(&'static str),
    /// A thing that the spec may do.
    Grant(String),
    /// Why the thing above deserves a second look.
    Concern(String),
}

/// Whether the components below one are looked at by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Look,
    /// The profile puts something else in their place.
    Skip,
}

/// A survey of what a spec may do, with what was found so far.
struct Survey<'p> {
    profile: &'p Profile,
    grants: Vec<Grant>,
}

/// A grant that is being written.
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

    /// Of a component, but by the profile's decision.
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

    /// Adds the collector that traces of the runs are sent to.
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

    /// Adds the secret that a profile names for something.
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

    /// Adds the sensitive fields of a component that hold something, or should.
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

/// The id as written, else the name.
fn name_of(component: &Component) -> &str {
    if component.has_written_id() {
        component.id()
    } else {
        component.name()
    }
}

/// ``Agent `weather` ``.
fn described(component: &Component) -> String {
    format!("{} `{}`", component.type_name(), component.name())
}

/// A text field.
fn text<'c>(component: &'c Component, field: &str) -> Option<&'c str> {
    component.field(field)?.as_value()?.as_str()
}

/// A flag; false where there is none.
fn flag(component: &Component, field: &str) -> bool {
    let value = component.field(field).and_then(FieldValue::as_value);
    value.and_then(Value::as_bool).unwrap_or(false)
}

/// An address as people may see it. One with placeholders is no address yet and is not read as one.
fn shown_url(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) if !url.contains("{{") => shown_address(&parsed),
        _ => shown_text(url),
    }
}

/// A path, relative to the folder of `flowdeck.toml` if it is below that.
fn shown_path(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.display().to_string()
}

#[cfg(test)]
mod tests;

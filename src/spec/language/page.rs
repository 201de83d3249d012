//! The table for people: a page for each type, family and plain object, as text or as Markdown.

use std::fmt::Write as _;

use super::kind::DefaultValue;
use super::{
    Availability, ComponentKind, ComponentType, FieldDefinition, ObjectDefinition, TypeStatus, all,
    groups, plain_objects,
};
use crate::spec::version::AgentSpecVersion;

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFormat {
    /// For a terminal.
    Text,
    /// For a file.
    Markdown,
}

/// The page of a type, a family or a plain object; `None` if nothing is called so.
pub fn page(name: &str, format: PageFormat) -> Option<String> {
    find(name).map(|page| page.write(format, 1))
}

/// Every name that has a page.
pub fn names() -> impl Iterator<Item = &'static str> {
    let types = all().map(ComponentType::name);
    types.chain(plain_objects().into_iter().map(|object| object.name))
}

/// Every page there is, under the headings of the table.
pub fn pages(format: PageFormat) -> String {
    let mut text = match format {
        PageFormat::Text => String::new(),
        PageFormat::Markdown => INTRODUCTION.to_owned(),
    };
    for (heading, pages) in chapters() {
        if format == PageFormat::Markdown {
            let _ = write!(text, "\n## {heading}\n");
        }
        for page in pages {
            text.push('\n');
            text.push_str(&page.write(format, 3));
        }
    }
    text
}

/// A line for each page, under the headings of the table.
pub fn index(format: PageFormat) -> String {
    let mut text = String::new();
    for (heading, pages) in chapters() {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = match format {
            PageFormat::Text => writeln!(text, "{heading}"),
            PageFormat::Markdown => write!(text, "## {heading}\n\n"),
        };
        for page in pages {
            let (name, doc) = (page.name, page.doc.trim());
            let _ = match format {
                PageFormat::Text => writeln!(text, "  {name}\n      {doc}"),
                PageFormat::Markdown => writeln!(text, "- `{name}`: {doc}"),
            };
        }
    }
    text
}

/// The text before all pages.
const INTRODUCTION: &str = "\
# Components of Agent Spec

Every component type of Agent Spec 26.3.1 and of WayFlow's plugins, as flowdeck reads and writes it. Made by
`flowdeck docs component --all --format markdown` from the table in `src/spec/language/`; a test holds the two together.

A field says what it takes, and what it is when left out. *Secret* fields leave in exports as references only. What needs
a newer version than its type says so. Every component has `id`, `name`, `description` and `metadata` beside its own fields.
";

/// Fields that components keep apart from the others; pages name them in one line.
const COMMON_FIELDS: [&str; 7] = [
    "id",
    "name",
    "description",
    "metadata",
    "inputs",
    "outputs",
    "branches",
];

/// The contents of a page.
struct Page {
    name: &'static str,
    doc: &'static str,
    /// Facts, each under a label.
    facts: Vec<(&'static str, String)>,
    fields: Vec<&'static FieldDefinition>,
    /// Since when there is any of it.
    since: AgentSpecVersion,
}

fn find(name: &str) -> Option<Page> {
    let object = || {
        plain_objects()
            .into_iter()
            .find(|object| object.name == name)
    };
    super::find(name)
        .map(Page::of_type)
        .or_else(|| object().map(Page::of_object))
}

/// All pages by their headings.
fn chapters() -> Vec<(&'static str, Vec<Page>)> {
    let types = groups().map(|(heading, types)| (heading, types.map(Page::of_type).collect()));
    let objects = plain_objects().into_iter().map(Page::of_object).collect();
    types.chain([("Plain objects", objects)]).collect()
}

impl Page {
    fn of_type(ty: &'static ComponentType) -> Self {
        let mut facts = vec![
            ("what", what(ty).to_owned()),
            ("since", ty.since().to_string()),
        ];
        let parents: Vec<_> = ty.ancestors().map(ComponentKind::name).collect();
        let heirs: Vec<_> = all()
            .filter(|other| other.parents().contains(&ty.kind()))
            .map(ComponentType::name)
            .collect();
        let (own, common): (Vec<&FieldDefinition>, Vec<&FieldDefinition>) = ty
            .fields()
            .partition(|field| ty.parents().is_empty() || !COMMON_FIELDS.contains(&field.name));
        let common: Vec<_> = common.iter().map(|field| field.name).collect();
        let lists = [
            ("is a", parents),
            ("extended by", heirs),
            ("also has", common),
        ];
        if let Some(plugin) = ty.plugin() {
            facts.push(("plugin", plugin.to_owned()));
        }
        for (label, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
            facts.push((label, names.join(", ")));
        }
        let slots = slots_for(ty);
        if !slots.is_empty() {
            facts.push(("stands in", slots.join(", ")));
        }
        Self {
            name: ty.name(),
            doc: ty.doc(),
            facts,
            fields: own,
            since: ty.since(),
        }
    }

    fn of_object(object: &'static ObjectDefinition) -> Self {
        let extras = if object.keeps_extras {
            "plain object; further keys are kept"
        } else {
            "plain object; further keys are dropped"
        };
        Self {
            name: object.name,
            doc: object.doc,
            facts: vec![("what", extras.to_owned())],
            fields: object.fields.iter().collect(),
            since: AgentSpecVersion::V25_4_1,
        }
    }

    /// The page, under a heading of this level where headings have levels.
    fn write(&self, format: PageFormat, level: usize) -> String {
        match format {
            PageFormat::Text => self.text(),
            PageFormat::Markdown => self.markdown(level),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n  {}\n\n", self.name, self.doc.trim());
        for (label, fact) in &self.facts {
            let _ = writeln!(text, "  {label:<12} {fact}");
        }
        for field in &self.fields {
            let _ = write!(
                text,
                "\n  {}: {}{}\n      {}\n",
                field.name,
                field.kind.notation(),
                remarks(field, self.since).concat(),
                field.doc.trim()
            );
        }
        text
    }

    fn markdown(&self, level: usize) -> String {
        let mut text = format!(
            "{} {}\n\n{}\n\n",
            "#".repeat(level),
            self.name,
            self.doc.trim()
        );
        for (label, fact) in &self.facts {
            let _ = writeln!(text, "- {label}: {fact}");
        }
        if !self.fields.is_empty() {
            text.push_str("\n| Field | Takes | Default | |\n|---|---|---|---|\n");
        }
        for field in &self.fields {
            let default = default(field).map_or_else(|| "–".to_owned(), |json| format!("`{json}`"));
            let remarks = notes(field, self.since).join(", ");
            let row = [
                format!("`{}`", field.name),
                field.kind.notation(),
                if field.default.is_required() {
                    "required".to_owned()
                } else {
                    default
                },
                if remarks.is_empty() {
                    field.doc.trim().to_owned()
                } else {
                    format!("{} *({remarks})*", field.doc.trim())
                },
            ];
            let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }
}

/// Returns what kind of entry a type is.
fn what(ty: &ComponentType) -> &'static str {
    match ty.standing() {
        TypeStatus::Type => "component",
        TypeStatus::Family => "family; documents hold its types",
        TypeStatus::Draft => "draft, which no document may hold",
        TypeStatus::Foreign => "component of a foreign plugin",
    }
}

/// Returns the fields that take a type, as `Type.field`, where they are declared.
fn slots_for(ty: &ComponentType) -> Vec<String> {
    let mut slots = Vec::new();
    for owner in all() {
        for field in owner.own_fields() {
            let takes = field.kind.slots().iter().any(|family| ty.is_a(*family));
            if takes {
                slots.push(format!("{}.{}", owner.name(), field.name));
            }
        }
    }
    slots
}

/// Default and notes of a field, each after a comma.
fn remarks(field: &FieldDefinition, base: AgentSpecVersion) -> Vec<String> {
    let default = if field.default.is_required() {
        Some("required".to_owned())
    } else {
        default(field).map(|json| format!("default {json}"))
    };
    let notes = notes(field, base).into_iter();
    let remarks = default.into_iter().chain(notes);
    remarks.map(|remark| format!(", {remark}")).collect()
}

/// The default of a field for people; `None` if there is none to show.
fn default(field: &FieldDefinition) -> Option<String> {
    match field.default {
        DefaultValue::Component(made) => Some(format!("a new {}", made.ty)),
        DefaultValue::Text("") if field.name == "id" => None,
        default => default.to_json(&field.kind).map(|json| json.to_string()),
    }
}

/// Returns what else there is to say about a field of something that has been there since `base`.
fn notes(field: &FieldDefinition, base: AgentSpecVersion) -> Vec<String> {
    let mut notes = Vec::new();
    if field.kind.is_sensitive() {
        notes.push("secret".to_owned());
    }
    match field.availability {
        Availability::Since(version) if version > base => {
            notes.push(format!("since {version}"));
        }
        Availability::DroppedBefore(version) if version > base => {
            notes.push(format!("left out of exports before {version}"));
        }
        Availability::Since(_) | Availability::DroppedBefore(_) => {}
        Availability::Unwritten => notes.push("never exported".to_owned()),
    }
    if let Some(alias) = field.alias {
        notes.push(format!("also read as `{alias}`"));
    }
    notes
}

//! Fixes for the version that a document declares.

use super::{Fault, Proposal};
use crate::spec::assist::edit::TextEdit;
use crate::spec::assist::entries::add_entries;
use crate::spec::assist::recover::recover;
use crate::spec::assist::write::Layout;
use crate::spec::diagnostic::{Code, Diagnostic};
use crate::spec::syntax::Format;
use crate::spec::version::AgentSpecVersion;

/// The rules about the declared version. All their fixes change `agentspec_version`, wherever the
/// problem is.
const VERSION_RULES: [Code; 3] = [Code("AS202"), Code("AS203"), Code("AS204")];
const KEY: &str = "agentspec_version";
const OLD_KEY: &str = "air_version";

/// Adds the newest version to a document that declares none.
pub(super) fn add_version(fault: &Fault<'_>) -> Vec<Proposal> {
    let Some(root) = fault.cursor.levels.first() else {
        return Vec::new();
    };
    let version = AgentSpecVersion::LATEST.as_str();
    let edit = add_entries(fault.cursor, root.node, &[(KEY, version.into())]);
    vec![(format!("add `{KEY}: {version}`"), vec![edit])]
}

/// Sets the declared version to the one that the problem asks for, else to the newest; replaces an
/// old name of the key. `None` if the problem is about something else.
pub(super) fn set_version(
    text: &str,
    format: Format,
    problem: &Diagnostic,
) -> Option<Vec<Proposal>> {
    if !VERSION_RULES.contains(&problem.code) {
        return None;
    }
    let tree = recover(text, format).tree;
    let layout = match format {
        Format::Json => Layout::Line,
        Format::Yaml => Layout::Flow,
    };
    let root = tree.root()?;
    let entry = tree.entry(root, KEY).or_else(|| tree.entry(root, OLD_KEY));
    let Some(entry) = entry else {
        return Some(Vec::new());
    };
    let key = tree.key_place(entry);
    if key == problem.place && entry.key == OLD_KEY {
        let edit = TextEdit::replace(key.bytes(), layout.text(KEY));
        let title = format!("replace `{OLD_KEY}` by `{KEY}`");
        return Some(vec![(title, vec![edit])]);
    }
    let help = problem.help.as_deref().unwrap_or_default();
    let asked = ["set `agentspec_version: ", "did you mean `"]
        .into_iter()
        .find_map(|before| help.strip_prefix(before)?.split('`').next());
    let version = asked.unwrap_or(AgentSpecVersion::LATEST.as_str());
    let value = tree.place(entry.value).bytes();
    let edit = TextEdit::replace(value, layout.text(version));
    Some(vec![(format!("set `{KEY}: {version}`"), vec![edit])])
}

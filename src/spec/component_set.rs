//! Component sets: documents that only define components for other documents to refer to.
//!
//! Source: Agent Spec, *Disaggregated components*: the only key of a set is
//! `$referenced_components`.

use crate::base::hash::HashSet;
use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::syntax::{Format, Tree, parse};

/// Returns whether a document is a component set.
pub(super) fn is_set(tree: &Tree) -> bool {
    let entries = tree.root().and_then(|root| tree.entries(root));
    matches!(entries, Some([only]) if only.key == DEFINITIONS_KEY)
}

/// Returns the names that a component set defines; `None` if the text is no set.
pub fn set_keys(text: &str) -> Option<Vec<String>> {
    let (tree, _) = parse(text, Format::guess(text));
    if !is_set(&tree) {
        return None;
    }
    let defined = tree.get(tree.root()?, DEFINITIONS_KEY)?;
    let entries = tree.entries(defined)?;
    Some(entries.iter().map(|entry| entry.key.to_string()).collect())
}

/// Returns the names that a text refers to but does not define, without duplicates, in the order of
/// the text.
pub fn open_references(text: &str) -> Vec<String> {
    let (tree, _) = parse(text, Format::guess(text));
    let mut named = Vec::new();
    let mut defined = HashSet::default();
    for (node, _) in tree.root().into_iter().flat_map(|root| tree.objects(root)) {
        let reference = tree.get(node, REFERENCE_KEY);
        named.extend(reference.and_then(|reference| tree.text(reference)));
        let definitions = tree.get(node, DEFINITIONS_KEY);
        let definitions = definitions.and_then(|it| tree.entries(it));
        defined.extend(definitions.unwrap_or_default().iter().map(|it| &*it.key));
    }
    let mut listed = HashSet::default();
    named.retain(|name| !defined.contains(name) && listed.insert(*name));
    named.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_its_keys_and_other_texts_none() {
        let set =
            "$referenced_components:\n  model: {component_type: VllmConfig}\n  url: http://h\n";
        assert_eq!(set_keys(set), Some(vec!["model".into(), "url".into()]));
        let agent = "component_type: Agent\n$referenced_components: {model: {}}\n";
        assert_eq!(set_keys(agent), None);
        assert_eq!(set_keys("[broken"), None);
    }

    #[test]
    fn what_is_defined_anywhere_in_the_text_is_not_open() {
        let text = r#"{"llm_config": {"$component_ref": "outside"}, "tools": [{"$component_ref": "tool"},
            {"$component_ref": "outside"}, {"$component_ref": "further"}],
            "inner": {"$referenced_components": {"tool": {"x": {"$component_ref": "last"}}}}}"#;
        assert_eq!(open_references(text), ["outside", "further", "last"]);
    }
}

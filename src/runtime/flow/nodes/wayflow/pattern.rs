//! The `PluginRegexNode`: finds a pattern in text.

use regex::RegexBuilder;
use serde_json::Value;

use crate::conversation::Values;
use crate::runtime::Halt;
use crate::runtime::flow::nodes::NodeResult;
use crate::spec::language::PluginRegexNode;
use crate::trace::FailureKind;

/// Python's `re` flags that are supported, and the names of the others.
const IGNORE_CASE: u64 = 2;
const LOCALE: u64 = 4;
const MULTILINE: u64 = 8;
const DOT_ALL: u64 = 16;
const VERBOSE: u64 = 64;
const ASCII: u64 = 256;

/// Executes the node. The result is the pattern's first group if it has one, else the whole match;
/// empty matches do not count. Without a match, the result is an empty text.
pub(super) fn run(node: &PluginRegexNode, inputs: &Values) -> Result<NodeResult, Halt> {
    let text = inputs
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let written = node.regex_pattern().as_value().cloned().unwrap_or_default();
    let field = |name: &str| written.get(name);
    let pattern = field("pattern")
        .unwrap_or(&written)
        .as_str()
        .unwrap_or_default();
    let flags = field("flags").and_then(Value::as_u64).unwrap_or_default();
    let has = |flag: u64| flags & flag != 0;
    let unusable = |problem: String| {
        Halt::failed(
            FailureKind::Spec,
            format!("the pattern `{pattern}` can't be used: {problem}"),
        )
    };
    if has(LOCALE) {
        return Err(unusable(
            "patterns do not go by the machine's language".to_owned(),
        ));
    }
    let compiled = RegexBuilder::new(pattern)
        .case_insensitive(has(IGNORE_CASE))
        .multi_line(has(MULTILINE))
        .dot_matches_new_line(has(DOT_ALL))
        .ignore_whitespace(has(VERBOSE))
        .unicode(!has(ASCII))
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let group = usize::from(compiled.captures_len() > 1);
    let matches = compiled.captures_iter(text);
    let matches = matches.filter_map(|found| Some(found.get(group)?.as_str()));
    let mut matches: Vec<&str> = matches.filter(|found| !found.is_empty()).collect();
    let output: Value = if !node.return_first_match_only() {
        matches.into_iter().collect()
    } else if field("match").and_then(Value::as_str) == Some("last") {
        matches.pop().unwrap_or_default().into()
    } else {
        matches.first().copied().unwrap_or_default().into()
    };
    Ok(NodeResult::next(Values::from_iter([(
        "output".to_owned(),
        output,
    )])))
}

//! Validation: the rules that a well-formed document must keep, for single components and for the
//! nodes of a flow.
//!
//! Rules are pure functions over a component (or the parts of a flow) that add problems to a list;
//! [`COMPONENT_RULES`] and [`FLOW_RULES`] list them all. A rule skips what was already reported,
//! such as an unresolved reference or a field of the wrong kind, so that a broken document gets
//! every problem once. Source: Agent Spec, *Validation rules*; the codes are defined by flowdeck.

mod builtin;
mod control;
mod data;
mod exported;
mod flow;
mod flow_outputs;
mod io;
mod known;
mod models;
mod names;
mod nodes;
mod order;
mod plain_secrets;
mod properties;
mod requests;
mod subflows;
mod subject;
mod teams;
mod transforms;
mod wayflow;
mod wording;

use std::sync::Arc;

use self::flow::FlowParts;
use self::subject::{Document, Subject, is_of_document};
use crate::base::hash::HashSet;
use crate::spec::component::Component;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::syntax::Tree;

/// A rule for a single component.
type ComponentRule = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// A rule for a flow.
type FlowRule = fn(&FlowParts<'_>, &mut Vec<Diagnostic>);

/// All rules for single components, each with the codes that it may report.
const COMPONENT_RULES: &[(&[&str], ComponentRule)] = &[
    (&["AS301", "AS302", "AS305"], properties::schemas),
    (&["AS303"], properties::titles_present),
    (&["AS303"], properties::mapped_titles_present),
    (&["AS307"], properties::titles_unique),
    (&["AS308"], exported::autogen_titles),
    (
        &["AS401", "AS402", "AS404", "AS408"],
        io::lists_are_complete,
    ),
    (&["AS401", "AS402"], io::lists_have_their_length),
    (&["AS404"], io::branches_once),
    (&["AS405"], io::both_lists_are_equal),
    (&["AS406"], io::answer_is_text),
    (&["AS407", "AS409"], subflows::failures_are_caught),
    (&["AS410", "AS306"], subflows::parallel_flows_agree),
    (&["AS411"], io::reducers_fit),
    (&["AS601", "AS606"], teams::swarm_relates),
    (&["AS603", "AS604"], teams::manager_has_workers),
    (&["AS606"], names::tool_names),
    (&["AS608"], builtin::tools_are_known),
    (&["AS701"], requests::headers_once),
    (&["AS702"], models::database_models),
    (&["AS703"], transforms::one_threshold),
    (&["AS704"], transforms::rows_are_objects),
    (&["AS704"], transforms::caches_have_their_columns),
    (&["AS705"], requests::retry_bounds),
    (&["AS707"], wayflow::prompt_is_given_once),
    (&["AS707"], wayflow::first_words_are_heard),
    (&["AS707"], wayflow::answers_are_parsed),
    (&["AS707"], wayflow::providers_take_nothing),
    (&["AS707"], wayflow::variables_have_operations),
    (&["AS707"], wayflow::constants_are_plain),
    (&["AS707"], wayflow::unpacked_inputs_exist),
    (&["AS302"], wayflow::names_are_titles),
    (&["AS801"], requests::clear_secrets),
    (&["AS802"], requests::hosts_are_bounded),
    (&["AS803"], plain_secrets::plain_fields_hold_no_secret),
];

/// The rules that are applied only in strict validation.
const STRICT_RULES: &[(&[&str], ComponentRule)] = &[
    (&["AS403"], io::types_are_castable),
    (&["AS607"], io::pinned_tools_give_text),
];

/// All rules for flows, each with the codes that it may report.
const FLOW_RULES: &[(&[&str], FlowRule)] = &[
    (&["AS501", "AS502"], nodes::one_start_node),
    (&["AS505"], nodes::some_end_node),
    (&["AS524"], nodes::listed_once),
    (&["AS503"], control::one_edge_from_start),
    (&["AS504", "AS507"], control::start_and_end_are_ends),
    (&["AS506"], control::end_nodes_are_entered),
    (&["AS508"], control::within_the_flow),
    (&["AS520", "AS521"], control::branches_lead_once),
    (&["AS522"], control::branches_lead_somewhere),
    (&["AS523"], control::everything_is_reachable),
    (&["AS509"], data::within_the_flow),
    (&["AS510", "AS511", "AS306"], data::ends_fit),
    (&["AS525"], data::inputs_are_fed),
    (&["AS526"], data::no_edge_twice),
    (&["AS527"], data::sources_run_first),
    (&["AS528"], data::names_are_written),
    (
        &["AS512", "AS513", "AS514", "AS306"],
        flow_outputs::end_nodes_agree,
    ),
];

/// Checks components of one text. With `strict`, rules of the specification that the reference SDK
/// and published examples break are applied as well.
///
/// `tree` is the syntax tree of the text. Components of supplied parts are skipped, because their
/// problems are reported in their own files.
pub(super) fn check<'c>(
    components: impl Iterator<Item = &'c Arc<Component>>,
    tree: &Tree,
    strict: bool,
) -> Vec<Diagnostic> {
    let document = Document::new(tree);
    let mut diagnostics = Vec::new();
    let mut seen = HashSet::default();
    for component in components {
        if !is_of_document(component) || !seen.insert(Arc::as_ptr(component)) {
            continue;
        }
        let subject = document.subject(component);
        for (codes, rule) in COMPONENT_RULES {
            apply(codes, |found| rule(&subject, found), &mut diagnostics);
        }
        if let Some(flow) = FlowParts::of(&subject) {
            for (codes, rule) in FLOW_RULES {
                apply(codes, |found| rule(&flow, found), &mut diagnostics);
            }
        }
        for (codes, rule) in STRICT_RULES.iter().filter(|_| strict) {
            apply(codes, |found| rule(&subject, found), &mut diagnostics);
        }
    }
    diagnostics
}

/// Runs a rule; debug builds check that it reports only the codes it is listed with.
fn apply(codes: &[&str], rule: impl FnOnce(&mut Vec<Diagnostic>), all: &mut Vec<Diagnostic>) {
    let before = all.len();
    rule(all);
    debug_assert!(
        all.iter()
            .skip(before)
            .all(|diagnostic| codes.contains(&diagnostic.code.0)),
        "a rule reported a code that it is not listed with: {codes:?}",
    );
}

/// Returns all codes that the rules can report, sorted.
pub fn codes() -> Vec<&'static str> {
    let of_components = COMPONENT_RULES.iter().chain(STRICT_RULES);
    let of_components = of_components.flat_map(|(codes, _)| *codes);
    let of_flows = FLOW_RULES.iter().flat_map(|(codes, _)| *codes);
    let mut codes: Vec<&str> = of_components.chain(of_flows).copied().collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests;

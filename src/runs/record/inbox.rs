//! The inbox: all open requests to a person, grouped by similarity.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::spec_mark::spec_mark;
use crate::base::clock::Timestamp;
use crate::base::hash::HashMap;
use crate::base::ids::{RequestId, is_uuid};
use crate::runs::{OpenRequest, RunSummary};
use crate::trace::{RequestKind, SpecText};

/// An open request to a person. Requests are ordered by their time, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PendingRequest {
    /// The time of the request.
    pub(crate) since: Timestamp,
    /// The run with the request, by its number in the order of launch.
    pub(crate) run: usize,
    /// The id of the request.
    pub(crate) request: RequestId,
}

/// A key of similar requests: the same question, or the same tool with the same arguments, in runs
/// of the same component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Alike(u64);

/// The open requests of all runs, grouped by similarity.
///
/// When the requests of a run change, only this run is processed. Invariant: any order of changes
/// has the same result as processing each run once in its final state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox {
    groups: HashMap<Alike, BTreeSet<PendingRequest>>,
    by_run: HashMap<usize, Vec<(PendingRequest, Alike)>>,
    /// The runs that ask a person to sign in.
    signing_in: BTreeSet<usize>,
    /// The mark of each spec, which does not depend on ids, by the spec's hash.
    marks: HashMap<String, u64>,
    n_requests: usize,
    /// The number of changes.
    version: u64,
}

impl Inbox {
    /// Processes the current requests of a run.
    pub(crate) fn update(&mut self, index: usize, run: &RunSummary) {
        let known = self.by_run.get(&index);
        if known.is_none() && run.requests.is_empty() {
            return;
        }
        let is_same = known.is_some_and(|known| {
            let known = known.iter().map(|(pending, _)| &pending.request);
            known.eq(run.pending().map(|request| &request.id))
        });
        if is_same {
            return;
        }
        for (pending, alike) in self.by_run.remove(&index).into_iter().flatten() {
            if let Some(group) = self.groups.get_mut(&alike) {
                group.remove(&pending);
                if group.is_empty() {
                    self.groups.remove(&alike);
                }
            }
            self.n_requests -= 1;
            self.version += 1;
        }
        let is_without_id = is_uuid(&run.terms.component.id);
        let mark = is_without_id.then(|| self.mark(&run.terms.spec));
        let asked = run.pending().map(|request| {
            let pending = PendingRequest {
                since: request.since,
                run: index,
                request: request.id.clone(),
            };
            (pending, Alike::of(run, mark, &request.kind))
        });
        let asked: Vec<_> = asked.collect();
        let signs_in =
            |asked: &OpenRequest| matches!(asked.kind, RequestKind::Authorization { .. });
        if run.pending().any(signs_in) {
            self.signing_in.insert(index);
        } else {
            self.signing_in.remove(&index);
        }
        if asked.is_empty() {
            return;
        }
        self.version += 1;
        self.n_requests += asked.len();
        for (pending, alike) in &asked {
            self.groups
                .entry(*alike)
                .or_default()
                .insert(pending.clone());
        }
        self.by_run.insert(index, asked);
    }

    /// Returns a number for a spec that does not depend on its generated ids.
    fn mark(&mut self, spec: &SpecText) -> u64 {
        if let Some(mark) = self.marks.get(&spec.hash) {
            return *mark;
        }
        let mark = spec_mark(&spec.text);
        self.marks.insert(spec.hash.clone(), mark);
        mark
    }

    /// Removes everything, before all runs are processed again.
    pub(crate) fn clear(&mut self) {
        self.groups.clear();
        self.by_run.clear();
        self.signing_in.clear();
        self.marks.clear();
        self.n_requests = 0;
        self.version += 1;
    }

    /// Returns the groups of similar requests; the group with the oldest request comes first.
    pub(crate) fn groups(&self) -> Vec<(Alike, &BTreeSet<PendingRequest>)> {
        let mut groups: Vec<_> = self
            .groups
            .iter()
            .map(|(alike, pending)| (*alike, pending))
            .collect();
        groups.sort_by_key(|(_, pending)| pending.first());
        groups
    }

    /// Returns the runs with open requests, by their numbers in the order of launch.
    pub(crate) fn runs(&self) -> impl Iterator<Item = usize> {
        self.by_run.keys().copied()
    }

    /// Returns the number of runs with open requests.
    pub(crate) fn n_runs(&self) -> usize {
        self.by_run.len()
    }

    /// Returns the runs that ask a person to sign in, by their numbers in the order of launch.
    pub(crate) fn signing_in(&self) -> impl Iterator<Item = usize> {
        self.signing_in.iter().copied()
    }

    /// Returns the number of requests.
    pub(crate) const fn len(&self) -> usize {
        self.n_requests
    }

    /// Returns a number that differs after each change.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }
}

impl Alike {
    /// Makes the key of a request. `mark` identifies the spec without its ids, because generated
    /// ids differ between launches, and names alone may belong to another spec.
    fn of(run: &RunSummary, mark: Option<u64>, kind: &RequestKind) -> Self {
        let mut hasher = DefaultHasher::new();
        let component = &run.terms.component;
        let id = mark.is_none().then_some(component.id.as_str());
        (id, mark, component.name.as_str()).hash(&mut hasher);
        std::mem::discriminant(kind).hash(&mut hasher);
        match kind {
            RequestKind::UserMessage { message, .. } => message.hash(&mut hasher),
            RequestKind::ToolResult {
                tool,
                arguments,
                outputs: schemas,
                ..
            }
            | RequestKind::CallInDoubt {
                tool,
                arguments,
                outputs: schemas,
                ..
            }
            | RequestKind::ToolConfirmation {
                tool,
                arguments,
                inputs: schemas,
                ..
            } => {
                tool.hash(&mut hasher);
                hash_exactly(arguments, &mut hasher);
                for schema in schemas {
                    hash_exactly(schema, &mut hasher);
                }
            }
            RequestKind::Authorization { server, step } => {
                server.hash(&mut hasher);
                format!("{step:?}").hash(&mut hasher);
            }
            RequestKind::Elicitation {
                server,
                message,
                values,
                inputs,
            } => {
                (server, message).hash(&mut hasher);
                hash_exactly(values, &mut hasher);
                for schema in inputs {
                    hash_exactly(schema, &mut hasher);
                }
            }
        }
        Self(hasher.finish())
    }
}

/// Hashes a value; only the order of its keys does not matter.
fn hash_exactly(value: &Value, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(truth) => truth.hash(hasher),
        Value::Number(number) => number.to_string().hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::Array(items) => {
            items.len().hash(hasher);
            for item in items {
                hash_exactly(item, hasher);
            }
        }
        Value::Object(object) => {
            let mut names: Vec<_> = object.iter().collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            names.len().hash(hasher);
            for (name, value) in names {
                name.hash(hasher);
                hash_exactly(value, hasher);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::json;

    use std::sync::Arc;

    use super::*;
    use crate::base::ids::IdSource;
    use crate::runs::RunRecord;
    use crate::runs::script::Script;
    use crate::trace::{ComponentName, Event, Reply, RunEventBody, RunState, RunTerms, SpanKind};

    fn ask(id: &str, kind: RequestKind) -> Event {
        Event::HumanInTheLoopRequest {
            request_id: RequestId::new(id),
            content: Box::new(kind),
            key: None,
        }
    }

    fn confirmation(arguments: Value, call: &str) -> RequestKind {
        RequestKind::ToolConfirmation {
            tool: "refund".to_owned(),
            call_id: call.to_owned(),
            arguments,
            inputs: Vec::new(),
        }
    }

    /// A run that asks so many things, the `n_answered` first of which are answered; it may end.
    fn script(index: usize, orders: &[u8], n_answered: usize, ends: bool) -> Script {
        let mut script = Script::new(&format!("r_{index}"), index);
        script.state(RunState::Running);
        let span = script.start(None, SpanKind::AgentExecutionSpan, "desk");
        for (at, order) in orders.iter().enumerate() {
            let call = format!("call_{index}_{at}");
            let kind = confirmation(json!({"order": order, "euros": 20}), &call);
            script.traced(&span, ask(&format!("q_{at}"), kind));
        }
        script.state(RunState::NeedsInput);
        for at in 0..orders.len().min(n_answered) {
            let answered = Event::HumanInTheLoopResponse {
                request_id: RequestId::new(format!("q_{at}")),
                content: Box::new(Reply::Confirm { arguments: None }),
                key: None,
                prepared: None,
                client_message: None,
            };
            script.traced(&span, answered);
        }
        if n_answered > orders.len() {
            script.state(RunState::Running);
        }
        if ends {
            script.push(
                None,
                RunEventBody::Ended {
                    state: RunState::Cancelled,
                    status: None,
                    outputs: Box::default(),
                    error: None,
                },
            );
        }
        script
    }

    proptest! {
        #[test]
        fn the_inbox_is_the_same_in_any_order_of_events(
            runs in proptest::collection::vec(
                (proptest::collection::vec(0..3_u8, 0..4), 0..6_usize, any::<bool>()), 1..8),
            turns in proptest::collection::vec(any::<proptest::sample::Index>(), 80),
        ) {
            let scripts: Vec<Script> = runs.iter().enumerate()
                .map(|(at, (orders, n_answered, ends))| script(at, orders, *n_answered, *ends)).collect();
            let mut inbox = Inbox::default();
            let mut records: Vec<RunRecord> = scripts.iter()
                .map(|script| RunRecord::from_planned(&script.events[0]).unwrap()).collect();
            let turns = turns.iter().map(|turn| turn.index(scripts.len()));
            let rest = (0..scripts.len()).flat_map(|run| std::iter::repeat_n(run, scripts[run].events.len()));
            for run in turns.chain(rest) {
                let next = usize::try_from(records[run].events).unwrap();
                if let Some(event) = scripts[run].events.get(next) {
                    assert!(records[run].apply(event));
                    inbox.update(run, &records[run]);
                }
            }
            let mut at_once = Inbox::default();
            for (at, record) in records.iter().enumerate() {
                at_once.update(at, record);
            }
            prop_assert_eq!(inbox.groups(), at_once.groups());
            let pending: usize = inbox.groups().iter().map(|(_, pending)| pending.len()).sum();
            let asked: usize = records.iter().map(|record| record.pending().count()).sum();
            prop_assert_eq!(pending, asked);
            prop_assert_eq!(inbox.len(), asked);
            let n_runs = records.iter().filter(|record| record.pending().next().is_some()).count();
            prop_assert_eq!(inbox.n_runs(), n_runs);
        }
    }

    #[test]
    fn what_is_alike_has_the_same_tool_and_arguments_whatever_their_order() {
        let record = script(0, &[], 0, false).record();
        let alike = |kind| Alike::of(&record, None, &kind);
        let one = alike(confirmation(json!({"order": "A17", "euros": 20}), "call_1"));
        let other_order = alike(confirmation(json!({"euros": 20, "order": "A17"}), "call_2"));
        assert_eq!(one, other_order);
        assert_ne!(
            one,
            alike(confirmation(json!({"euros": 20, "order": "a17"}), "call_1"))
        );
        let result = RequestKind::ToolResult {
            tool: "refund".to_owned(),
            call_id: "call_1".to_owned(),
            arguments: json!({"order": "A17", "euros": 20}),
            outputs: Vec::new(),
        };
        assert_ne!(one, alike(result));
    }

    #[test]
    fn runs_of_a_spec_without_ids_are_alike_whatever_ids_its_launches_made_up() {
        let mut inbox = Inbox::default();
        let mut group_of = |id: &str, prompt: &str| {
            let mut record = script(0, &[1], 0, false).record();
            let mut terms = RunTerms::clone(&record.terms);
            terms.component = ComponentName::new("Agent", id, "desk");
            let text = format!(r#"{{"id": "{id}", "system_prompt": "{prompt}"}}"#);
            terms.spec = Arc::new(SpecText {
                hash: text.clone(),
                text,
            });
            record.summary.terms = Arc::new(terms);
            inbox.update(0, &script(0, &[], 0, false).record());
            inbox.update(0, &record);
            let groups = inbox.groups();
            groups.first().map(|(alike, _)| *alike)
        };
        let (one, other) = (IdSource::Random.uuid(), IdSource::Random.uuid());
        let first = group_of(&one, "Refund.");
        assert!(first.is_some());
        assert_eq!(group_of(&other, "Refund."), first);
        // Another spec is called the same by chance.
        assert_ne!(group_of(&other, "Ask first."), first);
        assert_ne!(group_of("desk", "Refund."), group_of("shop", "Refund."));
    }
}

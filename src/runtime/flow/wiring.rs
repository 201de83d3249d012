//! The edges of a flow, indexed for execution.

use std::collections::HashMap;
use std::sync::Arc;

use crate::runtime::provided;
use crate::runtime::runnable::viewed;
use crate::spec::Component;
use crate::spec::language::{
    ControlFlowEdge, DataFlowEdge, ExtendedFlow, Flow, PluginContextProvider,
};
use crate::trace::{Failure, FailureKind};

/// The branch of an edge that names none, and of every node with a single branch.
pub(super) const NEXT: &str = "next";

/// A flow's nodes by number, with their edges.
pub(super) struct Wiring {
    nodes: Vec<Arc<Component>>,
    start: usize,
    next: HashMap<(usize, String), usize>,
    data: DataWiring,
    /// The values of context providers, by edges or by name, for each node's number.
    provided: HashMap<usize, Vec<Provided>>,
}

/// An input that a context provider fills.
struct Provided {
    provider: Arc<Component>,
    output: String,
    input: String,
}

/// How values pass from node to node.
pub(super) enum DataWiring {
    /// Along these edges, by the number of their source node, in the order of the document.
    Edges(Vec<Vec<Wire>>),
    /// From every output to every input with the same title.
    ByName,
}

/// A data edge, seen from its source node.
pub(super) struct Wire {
    /// The title of the output.
    pub(super) output: String,
    /// The number of the target node.
    pub(super) to: usize,
    /// The title of the target input.
    pub(super) input: String,
}

impl Wiring {
    /// # Errors
    /// A `spec` failure where an edge is broken or names a node that is not in the flow. Loading reports these; a flow
    /// with errors that is executed all the same ends here.
    pub(super) fn of(flow: &Flow) -> Result<Self, Failure> {
        let nodes: Vec<Arc<Component>> = flow.nodes().into_iter().cloned().collect();
        let find = |node: &Arc<Component>| {
            nodes
                .iter()
                .position(|candidate| Arc::ptr_eq(candidate, node))
                .or_else(|| {
                    nodes
                        .iter()
                        .position(|candidate| candidate.id() == node.id())
                })
                .ok_or_else(|| {
                    Failure::new(
                        FailureKind::Spec,
                        format!(
                            "`{}` is not among the nodes of flow `{}`",
                            node.name(),
                            flow.name()
                        ),
                    )
                })
        };
        let start = find(flow.start_node())?;
        let mut next = HashMap::new();
        for edge in flow.control_flow_connections() {
            let edge: ControlFlowEdge = viewed(edge)?;
            let branch = edge.from_branch().unwrap_or(NEXT).to_owned();
            // The first of two edges for one branch counts, as in the reference runtime.
            next.entry((find(edge.from_node())?, branch))
                .or_insert(find(edge.to_node())?);
        }
        let mut provided: HashMap<usize, Vec<Provided>> = HashMap::new();
        let data = match flow.data_flow_connections() {
            None => {
                for (to, node) in nodes.iter().enumerate().filter(|(to, _)| *to != start) {
                    let given = provided_by_name(flow, node);
                    provided.entry(to).or_default().extend(given);
                }
                DataWiring::ByName
            }
            Some(edges) => {
                let mut wires: Vec<Vec<Wire>> = nodes.iter().map(|_| Vec::new()).collect();
                for edge in edges {
                    let edge: DataFlowEdge = viewed(edge)?;
                    if edge.source_node().is::<PluginContextProvider>() {
                        let to = find(edge.destination_node())?;
                        provided.entry(to).or_default().push(Provided {
                            provider: Arc::clone(edge.source_node()),
                            output: edge.source_output().to_owned(),
                            input: edge.destination_input().to_owned(),
                        });
                        continue;
                    }
                    wires[find(edge.source_node())?].push(Wire {
                        output: edge.source_output().to_owned(),
                        to: find(edge.destination_node())?,
                        input: edge.destination_input().to_owned(),
                    });
                }
                DataWiring::Edges(wires)
            }
        };
        Ok(Self {
            nodes,
            start,
            next,
            data,
            provided,
        })
    }

    /// Returns the context providers of a node, without duplicates.
    pub(super) fn providers(&self, node: usize) -> Vec<&Arc<Component>> {
        let mut providers: Vec<&Arc<Component>> = Vec::new();
        for edge in self.provided.get(&node).into_iter().flatten() {
            if !providers
                .iter()
                .any(|known| Arc::ptr_eq(known, &edge.provider))
            {
                providers.push(&edge.provider);
            }
        }
        providers
    }

    /// Returns the inputs of a node that a context provider fills, each with the provider's output.
    pub(super) fn provided(
        &self,
        node: usize,
        provider: &Arc<Component>,
    ) -> impl Iterator<Item = (&str, &str)> {
        let edges = self.provided.get(&node).into_iter().flatten();
        let edges = edges.filter(move |edge| Arc::ptr_eq(&edge.provider, provider));
        edges.map(|edge| (edge.input.as_str(), edge.output.as_str()))
    }

    pub(super) fn nodes(&self) -> &[Arc<Component>] {
        &self.nodes
    }

    /// Returns the node with a number from this wiring.
    pub(super) fn node(&self, number: usize) -> &Arc<Component> {
        &self.nodes[number]
    }

    /// Returns the number of the start node.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Returns the node that follows on a branch.
    pub(super) fn next(&self, node: usize, branch: &str) -> Option<usize> {
        self.next.get(&(node, branch.to_owned())).copied()
    }

    pub(super) fn data(&self) -> &DataWiring {
        &self.data
    }
}

/// Returns the inputs of a node whose names are those of values from the flow's context providers.
fn provided_by_name(flow: &Flow, node: &Component) -> Vec<Provided> {
    let extended = ExtendedFlow::of(flow.component());
    let providers = extended.as_ref().and_then(ExtendedFlow::context_providers);
    let mut provided = Vec::new();
    for provider in providers.unwrap_or_default() {
        let names = provided::names(provider).into_iter();
        let is_taken = |name: &String| node.inputs().iter().any(|input| input.title() == name);
        provided.extend(names.filter(is_taken).map(|name| Provided {
            provider: Arc::clone(provider),
            output: name.clone(),
            input: name,
        }));
    }
    provided
}

//! The families that types of several groups descend from.

use super::declare::{components, field};
use super::kind::{Any, Branches, Flag, Inputs, Map, Maybe, Outputs, Text};
use super::{ComponentKind, Execution, TypeDefinition, TypeStatus};
use crate::spec::version::AgentSpecVersion;

/// The root of all families. It has no view: every component has these fields by accessors of its own.
pub(super) const COMPONENT: TypeDefinition = TypeDefinition {
    kind: ComponentKind::Component,
    name: "Component",
    parents: &[],
    standing: TypeStatus::Family,
    since: AgentSpecVersion::V25_4_1,
    plugin: None,
    execution: Execution::None,
    doc: "The root of all types: anything that a document can describe.",
    own_fields: &[
        field!(["Names the component within the document; generated if left out."]
            id: Text, [""] [] V25_4_1),
        field!(["The name for people and models."] name: Text, [] [] V25_4_1),
        field!(["Describes its purpose in a sentence or two; models read it too."]
            description: Maybe<Text>, [null] [] V25_4_1),
        field!(["Any data for tools and people; has no effect on a run."]
            metadata: Maybe<Map<Any>>, [{}] [] V25_4_1),
    ],
};

components! {
    /// A component with inputs and outputs.
    family ComponentWithIO: Component, since V25_4_1 {
        /// The inputs: JSON Schemas with a title each. If left out, they follow from the
        /// configuration.
        inputs: Inputs = null;
        /// The outputs: JSON Schemas with a title each. If left out, they follow from the
        /// configuration.
        outputs: Outputs = null;
    }

    /// A component that can be talked to or given work: an agent, a team or a flow.
    family AgenticComponent: ComponentWithIO, since V25_4_1 {}

    /// A step of a flow.
    family Node: ComponentWithIO, since V25_4_1 {
        /// The branches by which control leaves the node. If left out, they follow from the configuration.
        branches: Branches = [];
    }

    /// Something that a model or a flow can call.
    family Tool: ComponentWithIO, since V25_4_1 {
        /// Whether a person must agree before each call.
        requires_confirmation: Flag = false, since V25_4_2;
    }

    /// A source of several tools that are found when it runs.
    family ToolBox: Component, since V25_4_1 {
        /// Whether a person must agree before each call of any tool in it.
        requires_confirmation: Flag = false, since V26_1_2;
    }

    /// Rewrites the messages of a conversation before a model sees them.
    family MessageTransform: Component, since V26_1_2 {}
}

//! Inferred inputs and outputs of agents, teams, flows and tools.

use super::ListRule::{Fixed, Free};
use super::fields::Fields;
use super::flows::{common_outputs, merged};
use super::{Inferred, REQUEST_FIELDS, none};

use crate::spec::language::ComponentKind;

/// Returns the inferred lists of a component that is not a node.
pub(super) fn lists(kind: ComponentKind, fields: &Fields<'_>) -> Option<Inferred> {
    let (inputs, outputs) = match kind {
        ComponentKind::Agent | ComponentKind::ExtendedAgent => (
            Fixed(fields.placeholders(&["system_prompt"])),
            Free(Vec::new()),
        ),
        ComponentKind::Flow | ComponentKind::ExtendedFlow => {
            let start = fields
                .component("start_node")
                .map_or(&[][..], |start| start.inputs());
            (Fixed(start.to_vec()), Free(common_outputs(fields)))
        }
        ComponentKind::Swarm
        | ComponentKind::ManagerWorkers
        | ComponentKind::A2AAgent
        | ComponentKind::OciAgent
        | ComponentKind::ServerTool
        | ComponentKind::ClientTool
        | ComponentKind::BuiltinTool
        | ComponentKind::MCPTool
        | ComponentKind::MCPToolSpec
        | ComponentKind::PluginSwarm
        | ComponentKind::PluginManagerWorkers
        | ComponentKind::PluginMCPTool
        | ComponentKind::PluginMCPToolSpec
        | ComponentKind::PluginToolFromToolBox => (Free(Vec::new()), Free(Vec::new())),
        ComponentKind::SpecializedAgent => (
            Fixed(merged(
                fields
                    .component("agent")
                    .into_iter()
                    .chain(fields.component("agent_specialization_parameters")),
            )),
            fields.outputs_of("agent"),
        ),
        ComponentKind::AgentSpecializationParameters => (
            Fixed(fields.placeholders(&["additional_instructions"])),
            none(),
        ),
        ComponentKind::RemoteTool => (
            Fixed(fields.placeholders(&REQUEST_FIELDS)),
            Free(Vec::new()),
        ),
        _ => return None,
    };
    Some(Inferred {
        inputs,
        outputs,
        branches: none(),
    })
}

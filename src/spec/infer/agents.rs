//! What agents, teams, flows and tools take and give.

use super::ListRule::{Fixed, Free};
use super::fields::Fields;
use super::flows::{common_outputs, merged};
use super::{Inferred, REQUEST_FIELDS, none};

/// The lists of a component of a type that is no node.
pub(super) fn lists(ty: &str, fields: &Fields<'_>) -> Option<Inferred> {
    let (inputs, outputs) = match ty {
        "Agent" | "ExtendedAgent" => (
            Fixed(fields.placeholders(&["system_prompt"])),
            Free(Vec::new()),
        ),
        "Flow" | "ExtendedFlow" => {
            let start = fields
                .component("start_node")
                .map_or(&[][..], |start| start.inputs());
            (Fixed(start.to_vec()), Free(common_outputs(fields)))
        }
        "Swarm"
        | "ManagerWorkers"
        | "A2AAgent"
        | "OciAgent"
        | "ServerTool"
        | "ClientTool"
        | "BuiltinTool"
        | "MCPTool"
        | "MCPToolSpec"
        | "PluginSwarm"
        | "PluginManagerWorkers"
        | "PluginMCPTool"
        | "PluginMCPToolSpec"
        | "PluginToolFromToolBox" => (Free(Vec::new()), Free(Vec::new())),
        "SpecializedAgent" => (
            Fixed(merged(
                fields
                    .component("agent")
                    .into_iter()
                    .chain(fields.component("agent_specialization_parameters")),
            )),
            fields.outputs_of("agent"),
        ),
        "AgentSpecializationParameters" => (
            Fixed(fields.placeholders(&["additional_instructions"])),
            none(),
        ),
        "RemoteTool" => (
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

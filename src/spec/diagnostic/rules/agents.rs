//! Rules about agents, teams and tools.

use super::{Chapter, Code, Rule, Severities};

/// The chapter of these rules.
pub(super) const CHAPTER: Chapter = Chapter {
    heading: "Agents, teams and tools",
    rules: &[
        Rule {
            code: Code("AS601"),
            severities: Severities::Error,
            title: "A swarm without relationships",
            why: "No agent could talk to another.",
            fix: "List at least one pair of agents, or use the agent by itself.",
        },
        Rule {
            code: Code("AS602"),
            severities: Severities::Error,
            title: "A relationship that is not a pair",
            why: "Each entry names two agents: the first may talk to the second.",
            fix: "Write `[first, second]`. For both directions, add the reversed pair.",
        },
        Rule {
            code: Code("AS603"),
            severities: Severities::Error,
            title: "A manager without workers",
            why: "The manager has no one to give work to.",
            fix: "List at least one worker, or use the manager by itself.",
        },
        Rule {
            code: Code("AS604"),
            severities: Severities::Error,
            title: "The manager is one of the workers",
            why: "It would give work to itself.",
            fix: "Delete it from `workers`, or define a second agent with its own id.",
        },
        Rule {
            code: Code("AS605"),
            severities: Severities::Warning,
            title: "`handoff` as a boolean",
            why: "Early versions had a boolean here; now it is a word.",
            fix: "Write `\"optional\"` for `true` and `\"never\"` for `false`.",
        },
        Rule {
            code: Code("AS606"),
            severities: Severities::Warning,
            title: "Equal names that a model can't tell apart, or a first agent that talks to no one",
            why: "A model calls tools, flows and agents by name, so two with the same name are one to it; a run \
             refuses them. In a swarm: the first agent is in no relationship, so the others never get any work.",
            fix: "Rename one of the two. For tools of a tool box, `tool_filter` selects which are used. In a swarm, \
             add a relationship with the first agent.",
        },
        Rule {
            code: Code("AS607"),
            severities: Severities::StrictError,
            title: "An `MCPToolSpec` whose output is not one string",
            why: "MCP servers answer with text.",
            fix: "Declare at most one output of type `string`.",
        },
        Rule {
            code: Code("AS608"),
            severities: Severities::Warning,
            title: "A builtin tool that flowdeck can't run",
            why: "flowdeck does not have this tool, or an input or a setting is missing. Another runtime may have \
             it.",
            fix: "See [builtin tools](builtin-tools.md) for those that flowdeck has and what they need, or use a \
             `ServerTool` and bind it.",
        },
    ],
};

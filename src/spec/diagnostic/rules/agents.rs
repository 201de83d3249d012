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
            why: "Nobody could speak to anybody.",
            fix: "List at least one pair of agents, or use the agent by itself.",
        },
        Rule {
            code: Code("AS602"),
            severities: Severities::Error,
            title: "A relationship that is not a pair",
            why: "Each entry says who may speak to whom: two agents.",
            fix: "Write `[first, second]`. For both directions write a second pair.",
        },
        Rule {
            code: Code("AS603"),
            severities: Severities::Error,
            title: "A manager without workers",
            why: "There is nobody to hand work to.",
            fix: "List at least one worker, or use the manager by itself.",
        },
        Rule {
            code: Code("AS604"),
            severities: Severities::Error,
            title: "The manager is one of the workers",
            why: "It would hand work to itself.",
            fix: "Delete it from `workers`, or define a second agent with an id of its own.",
        },
        Rule {
            code: Code("AS605"),
            severities: Severities::Warning,
            title: "`handoff` as a boolean",
            why: "It was one in early versions; now it is a word.",
            fix: "Write `\"optional\"` for `true` and `\"never\"` for `false`.",
        },
        Rule {
            code: Code("AS606"),
            severities: Severities::Warning,
            title: "Names that a model can't tell apart, or a first agent that speaks to nobody",
            why: "A model calls tools, flows and agents by their names, so two of one name are one to it; a run \
             refuses this. In a swarm: the first agent is in no relationship, so that the others are never \
             asked.",
            fix: "Rename one of the two; choose by `tool_filter` what is taken from a tool box. In a swarm: add a \
             relationship with the first agent.",
        },
        Rule {
            code: Code("AS607"),
            severities: Severities::StrictError,
            title: "An `MCPToolSpec` with more than one text as output",
            why: "MCP servers give text.",
            fix: "Declare at most one output of type `string`.",
        },
        Rule {
            code: Code("AS608"),
            severities: Severities::Warning,
            title: "A builtin tool that can't be run here",
            why: "flowdeck does not have it, or an input or a setting is missing. Another runtime may have it.",
            fix: "See [builtin tools](builtin-tools.md) for the five there are and what they want, or use a \
             `ServerTool` and bind it.",
        },
    ],
};

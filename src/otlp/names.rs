//! The names of attributes, as constants.
//!
//! Names that begin with `gen_ai` are from OpenTelemetry's `GenAI` conventions 0.1.0. They were part of the general
//! conventions, whose last versions (semconv 0.66b2 for Python, the crate 0.33 for Rust) mark all of them as deprecated in
//! favour of a separate repository, so that no crate provides them without a warning. Names that begin with
//! `openinference` or `llm` are from `OpenInference`, by which Phoenix shows spans. Names that begin with `agentspec` or
//! `flowdeck` are for values that have no name in either.

// OpenTelemetry's general conventions.
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const EXCEPTION: &str = "exception";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";
pub(super) const SERVER_ADDRESS: &str = "server.address";
pub(super) const SERVER_PORT: &str = "server.port";
/// The value of `error.type` if the kind of error is unknown.
pub(super) const OTHER: &str = "_OTHER";

// OpenTelemetry's GenAI conventions 0.1.0.
pub(super) const OPERATION_NAME: &str = "gen_ai.operation.name";
pub(super) const PROVIDER_NAME: &str = "gen_ai.provider.name";
pub(super) const CONVERSATION_ID: &str = "gen_ai.conversation.id";
pub(super) const AGENT_ID: &str = "gen_ai.agent.id";
pub(super) const AGENT_NAME: &str = "gen_ai.agent.name";
pub(super) const WORKFLOW_NAME: &str = "gen_ai.workflow.name";
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const REQUEST_STOP: &str = "gen_ai.request.stop_sequences";
/// The request parameters that are sent unchanged, each with flowdeck's name and the conventions'
/// name.
pub(super) const REQUEST_NUMBERS: [(&str, &str); 7] = [
    ("temperature", "gen_ai.request.temperature"),
    ("top_p", "gen_ai.request.top_p"),
    ("top_k", "gen_ai.request.top_k"),
    ("max_tokens", "gen_ai.request.max_tokens"),
    ("seed", "gen_ai.request.seed"),
    ("frequency_penalty", "gen_ai.request.frequency_penalty"),
    ("presence_penalty", "gen_ai.request.presence_penalty"),
];
pub(super) const RESPONSE_ID: &str = "gen_ai.response.id";
pub(super) const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
pub(super) const TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
pub(super) const REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
pub(super) const TOOL_NAME: &str = "gen_ai.tool.name";
pub(super) const TOOL_TYPE: &str = "gen_ai.tool.type";
pub(super) const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
// Content.
pub(super) const INPUT_MESSAGES: &str = "gen_ai.input.messages";
pub(super) const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
pub(super) const TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
pub(super) const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
pub(super) const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";

/// Operations of the `GenAI` conventions.
pub(super) const CHAT: &str = "chat";
pub(super) const EXECUTE_TOOL: &str = "execute_tool";
pub(super) const INVOKE_AGENT: &str = "invoke_agent";
pub(super) const INVOKE_WORKFLOW: &str = "invoke_workflow";

// OpenInference.
pub(super) const OPENINFERENCE_KIND: &str = "openinference.span.kind";
pub(super) const LLM_MODEL: &str = "llm.model_name";
pub(super) const LLM_PROMPT_TOKENS: &str = "llm.token_count.prompt";
pub(super) const LLM_COMPLETION_TOKENS: &str = "llm.token_count.completion";
pub(super) const LLM_TOTAL_TOKENS: &str = "llm.token_count.total";
pub(super) const LLM_CACHE_READ_TOKENS: &str = "llm.token_count.prompt_details.cache_read";
pub(super) const LLM_REASONING_TOKENS: &str = "llm.token_count.completion_details.reasoning";
pub(super) const LLM_TOOL_NAME: &str = "tool.name";
// Content.
pub(super) const INPUT_VALUE: &str = "input.value";
pub(super) const OUTPUT_VALUE: &str = "output.value";

// Agent Spec's and ours.
pub(super) const COMPONENT_TYPE: &str = "agentspec.component.type";
pub(super) const COMPONENT_ID: &str = "agentspec.component.id";
pub(super) const COMPONENT_NAME: &str = "agentspec.component.name";
pub(super) const SPAN_TYPE: &str = "agentspec.span.type";
pub(super) const BRANCH: &str = "agentspec.branch";
pub(super) const RUN: &str = "flowdeck.run";
pub(super) const BATCH: &str = "flowdeck.batch";
pub(super) const PROFILE: &str = "flowdeck.profile";
pub(super) const TOOL_BINDING: &str = "flowdeck.tool.binding";
pub(super) const TOOL_LANE: &str = "flowdeck.tool.lane";
pub(super) const IS_OPEN: &str = "flowdeck.span.is_open";
pub(super) const CUT: &str = "flowdeck.content.cut";
pub(super) const RETRY: &str = "flowdeck.retry";
pub(super) const RETRY_ATTEMPT: &str = "flowdeck.retry.attempt";
pub(super) const RETRY_WAIT: &str = "flowdeck.retry.wait_seconds";
pub(super) const RETRY_REASON: &str = "flowdeck.retry.reason";

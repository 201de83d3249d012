//! The nodes of flows.

use super::declare::{components, literals};
use super::families::{AgenticComponent, Node, Tool};
use super::flows::Flow;
use super::kind::{Any, List, Map, Maybe, Object, OneOf, Sensitive, Slot, Slots, Text};
use super::llms::LlmConfig;
use super::objects::RetryPolicy;

components! {
    /// The start of a flow; its outputs are the flow's inputs.
    type StartNode: Node, since V25_4_1, runs as Node {}

    /// An end of a flow; its inputs are the flow's outputs.
    type EndNode: Node, since V25_4_1, runs as Node {
        /// The branch taken by the node that runs this flow, if the flow ends here.
        branch_name: Text = "next";
    }

    /// Sends a prompt to a model once.
    type LlmNode: Node, since V25_4_1, runs as Node {
        /// The model.
        llm_config: Slot<LlmConfig>;
        /// The prompt; `{{name}}` inserts an input.
        prompt_template: Text;
    }

    /// Runs an agent, a team or a flow as one step.
    type AgentNode: Node, since V25_4_1, runs as Node {
        /// The agent, flow or team that runs.
        agent: Slot<AgenticComponent>;
    }

    /// Runs a flow as one step.
    type FlowNode: Node, since V25_4_1, runs as Node {
        /// The flow to run.
        subflow: Slot<Flow>;
    }

    /// Chooses a branch by the value of its input.
    type BranchingNode: Node, since V25_4_1, runs as Node {
        /// Maps values of the input to branches; any other value takes the branch `default`.
        mapping: Map<Text>;
    }

    /// Calls a tool.
    type ToolNode: Node, since V25_4_1, runs as Node {
        /// The tool to call.
        tool: Slot<Tool>;
    }

    /// Waits for a message of the user.
    type InputMessageNode: Node, since V25_4_1, runs as Node {
        /// A message to show before the user is asked, if any; `{{name}}` inserts an input.
        message: Maybe<Text> = null;
    }

    /// Shows the user a message.
    type OutputMessageNode: Node, since V25_4_1, runs as Node {
        /// The text to show; `{{name}}` inserts an input.
        message: Text;
    }

    /// Runs a flow once for each element of its iterated inputs, in order.
    type MapNode: Node, since V25_4_1, runs as Node {
        /// The flow to run.
        subflow: Slot<Flow>;
        /// Maps outputs of the flow to how their values are combined; null appends each.
        reducers: Maybe<Map<OneOf<ReductionMethod>>> = null;
    }

    /// Runs a flow once for each element of its iterated inputs, all at the same time.
    type ParallelMapNode: Node, since V25_4_2, runs as Node {
        /// The flow to run.
        subflow: Slot<Flow>;
        /// Maps outputs of the flow to how their values are combined; null appends each.
        reducers: Maybe<Map<OneOf<ReductionMethod>>> = null;
    }

    /// Runs several flows at the same time.
    type ParallelFlowNode: Node, since V25_4_2, runs as Node {
        /// The flows to run.
        subflows: Slots<Flow> = [];
    }

    /// Runs a flow and takes a separate branch if that fails.
    type CatchExceptionNode: Node, since V26_1_2, runs as Node {
        /// The flow to run.
        subflow: Slot<Flow>;
    }

    /// Makes an HTTP request.
    type ApiNode: Node, since V25_4_1, runs as Node {
        /// The address; `{{name}}` inserts an input.
        url: Text;
        /// The method, for example `GET`; `{{name}}` inserts an input.
        http_method: Text;
        /// The address of a description of the API, for people.
        api_spec_uri: Maybe<Text> = null;
        /// The body: an object or a list is sent as JSON (or as a form if the content type says so), text as it is;
        /// `{{name}}` inserts an input in keys and values.
        data: Any = {};
        /// The query of the address; `{{name}}` inserts an input in keys and values.
        query_params: Map<Any> = {};
        /// The headers; `{{name}}` inserts an input in keys and values.
        headers: Map<Any> = {};
        /// Headers that hold secrets.
        sensitive_headers: Sensitive<Map<Any>> = {}, since V25_4_2;
        /// The allowed addresses, as prefixes whose scheme, host and port must match exactly; null allows any.
        url_allow_list: Maybe<List<Text>> = null, since V26_1_2;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }
}

literals! {
    /// How the results of a mapped flow are combined.
    ReductionMethod: "append", "sum", "average", "max", "min";
}

//! The ways in which component types are executed.

/// The way in which a component type is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// Not at all: the component can be loaded, checked, shown and exported, but not executed.
    None,
    /// As a part of another component that reads it, such as a model configuration, an edge or a
    /// transport.
    Part,
    /// As an agent or a flow, alone or inside another one.
    Agentic(AgenticExecution),
    /// As a step of a flow.
    Node(NodeExecution),
    /// As a step of a flow that WayFlow defines.
    PluginNode(PluginNodeExecution),
    /// As a tool, on each call.
    Tool(ToolExecution),
    /// As a transform, on the messages of a conversation before the model gets them.
    Transform(TransformExecution),
    /// As a provider of values for a prompt.
    Provider(ProviderExecution),
    /// As a parser of the text of a model's answer.
    Parser(ParserExecution),
}

/// Declares an enum of ways to execute components; each variant is named after its type.
macro_rules! executions {
    ($($(#[doc = $doc:literal])+ $name:ident: $($way:ident),+;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("As [`", stringify!($way), "`](super::", stringify!($way), ").")]
                $way,
            )+
        }
    )+};
}

executions! {
    /// How an agent, team or flow is executed.
    AgenticExecution:
        Agent, ExtendedAgent, SpecializedAgent, A2AAgent, OciAgent, Flow, Swarm, ManagerWorkers, PluginSwarm, PluginManagerWorkers;
    /// How a step of a flow is executed.
    NodeExecution:
        StartNode, EndNode, LlmNode, ToolNode, BranchingNode, AgentNode, FlowNode, MapNode,
        ParallelMapNode, ParallelFlowNode, CatchExceptionNode, ApiNode,
        InputMessageNode, OutputMessageNode;
    /// How a step that WayFlow defines is executed.
    PluginNodeExecution:
        ExtendedMapNode, ExtendedParallelMapNode, ExtendedParallelFlowNode, PluginCatchExceptionNode,
        PluginRetryNode, PluginChoiceNode, PluginConstantValuesNode, PluginExtractNode, PluginRegexNode,
        PluginTemplateNode, PluginInputMessageNode, PluginOutputMessageNode, PluginGetChatHistoryNode,
        PluginReadVariableNode, PluginWriteVariableNode, PluginVariableNode, PluginDatastoreCreateNode,
        PluginDatastoreListNode, PluginDatastoreUpdateNode, PluginDatastoreDeleteNode, PluginDatastoreQueryNode;
    /// How a tool is called.
    ToolExecution: ServerTool, ClientTool, BuiltinTool, RemoteTool, MCPTool;
    /// How a transform rewrites messages.
    TransformExecution:
        MessageSummarizationTransform, ConversationSummarizationTransform,
        PluginAppendTrailingSystemMessageToUserMessageTransform,
        PluginCanonicalizationMessageTransform, PluginCoalesceSystemMessagesTransform,
        PluginLlamaMergeToolRequestAndCallsTransform, PluginReactMergeToolRequestAndCallsTransform,
        PluginRemoveEmptyNonUserMessageTransform, PluginSplitPromptOnMarkerMessageTransform,
        PluginToolRequestAndCallsTransform;
    /// How a provider obtains values for a prompt.
    ProviderExecution:
        PluginConstantContextProvider, PluginFlowContextProvider, PluginToolContextProvider;
    /// How a parser finds tool calls in text.
    ParserExecution: PluginJsonToolOutputParser, PluginReactToolOutputParser;
}

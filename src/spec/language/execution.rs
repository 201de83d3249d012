//! How each type is executed, as its declaration says.

/// How a type is executed. One whose declaration says nothing of it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The component can't be executed: it is loaded, checked, shown and exported.
    None,
    /// The component is read by what holds it: a model's configuration, an edge, a transport.
    Part,
    /// As an agent or a flow, by itself or inside another.
    Agentic(AgenticExecution),
    /// As a step of a flow.
    Node(NodeExecution),
    /// As a step of a flow that WayFlow adds.
    PluginNode(PluginNodeExecution),
    /// By calls.
    Tool(ToolExecution),
    /// On the messages of a conversation before the model sees them.
    Transform(TransformExecution),
    /// For the values of a prompt.
    Provider(ProviderExecution),
    /// On the text of a model's answer.
    Parser(ParserExecution),
}

/// Declares ways of execution; each is named after the type that has it.
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
    /// How agents and flows are executed.
    AgenticExecution:
        Agent, ExtendedAgent, SpecializedAgent, A2AAgent, OciAgent, Flow, Swarm, ManagerWorkers, PluginSwarm, PluginManagerWorkers;
    /// How steps of flows are executed.
    NodeExecution:
        StartNode, EndNode, LlmNode, ToolNode, BranchingNode, AgentNode, FlowNode, MapNode,
        ParallelMapNode, ParallelFlowNode, CatchExceptionNode, ApiNode,
        InputMessageNode, OutputMessageNode;
    /// How WayFlow's own steps are executed.
    PluginNodeExecution:
        ExtendedMapNode, ExtendedParallelMapNode, ExtendedParallelFlowNode, PluginCatchExceptionNode,
        PluginRetryNode, PluginChoiceNode, PluginConstantValuesNode, PluginExtractNode, PluginRegexNode,
        PluginTemplateNode, PluginInputMessageNode, PluginOutputMessageNode, PluginGetChatHistoryNode,
        PluginReadVariableNode, PluginWriteVariableNode, PluginVariableNode, PluginDatastoreCreateNode,
        PluginDatastoreListNode, PluginDatastoreUpdateNode, PluginDatastoreDeleteNode, PluginDatastoreQueryNode;
    /// How tools are called.
    ToolExecution: ServerTool, ClientTool, BuiltinTool, RemoteTool, MCPTool;
    /// How messages are rewritten.
    TransformExecution:
        MessageSummarizationTransform, ConversationSummarizationTransform,
        PluginAppendTrailingSystemMessageToUserMessageTransform,
        PluginCanonicalizationMessageTransform, PluginCoalesceSystemMessagesTransform,
        PluginLlamaMergeToolRequestAndCallsTransform, PluginReactMergeToolRequestAndCallsTransform,
        PluginRemoveEmptyNonUserMessageTransform, PluginSplitPromptOnMarkerMessageTransform,
        PluginToolRequestAndCallsTransform;
    /// How values for a prompt are had.
    ProviderExecution:
        PluginConstantContextProvider, PluginFlowContextProvider, PluginToolContextProvider;
    /// How tool calls are found in text.
    ParserExecution: PluginJsonToolOutputParser, PluginReactToolOutputParser;
}

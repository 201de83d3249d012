//! The type or family of a component.

use std::fmt;

use super::{ComponentType, TypeDefinition, families, table};

/// Lists all declarations by module, grouped under headings for people. Defines [`ComponentKind`]
/// and reexports the typed views.
macro_rules! component_kinds {
    ($($heading:literal, $($module:ident)::+: $($name:ident),+;)+) => {
        $(pub use super::$($module)::+::{$($name),+};)+

        /// The type or family of a component: one variant for each declaration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ComponentKind {
            /// The root of all families.
            Component,
            $($(
                #[doc = concat!("A [`", stringify!($name), "`].")]
                $name,
            )+)+
            /// Any type of a plugin that is not in the table.
            Foreign,
        }

        impl ComponentKind {
            /// All kinds, in the order of their discriminants.
            pub(super) const ALL: &[Self] =
                &[Self::Component, $($(Self::$name,)+)+ Self::Foreign];

            /// Returns the declaration.
            pub(super) const fn definition(self) -> &'static TypeDefinition {
                match self {
                    Self::Component => &families::COMPONENT,
                    $($(Self::$name => &$name::DEFINITION,)+)+
                    Self::Foreign => &table::OF_FOREIGN_PLUGINS,
                }
            }
        }

        /// All kinds except the root, grouped by heading.
        pub(super) const GROUPS: &[(&str, &[ComponentKind])] =
            &[$(($heading, &[$(ComponentKind::$name),+])),+];
    };
}

impl ComponentKind {
    /// Returns the name, as in `component_type`; empty for the types of foreign plugins.
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// Returns the entry of the language table for this kind.
    pub fn component_type(self) -> &'static ComponentType {
        table::component_type(self)
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

component_kinds! {
    "Families", families: ComponentWithIO, AgenticComponent, Node, Tool, ToolBox, MessageTransform;
    "Agents", agents: Agent;
    "Teams", teams: Swarm, ManagerWorkers, SpecializedAgent, AgentSpecializationParameters;
    "Remote agents", remote: RemoteAgent, A2AAgent, A2AConnectionConfig, OciAgent, OpenAiAgent;
    "Flows", flows: Flow, ControlFlowEdge, DataFlowEdge;
    "Nodes", nodes:
        StartNode, EndNode, LlmNode, AgentNode, FlowNode, BranchingNode, ToolNode, InputMessageNode,
        OutputMessageNode, MapNode, ParallelMapNode, ParallelFlowNode, CatchExceptionNode, ApiNode;
    "Tools", tools: ServerTool, ClientTool, BuiltinTool, RemoteTool;
    "MCP servers", mcp:
        MCPTool, MCPToolBox, MCPToolSpec, ClientTransport, StdioTransport, RemoteTransport,
        SSETransport, SSEmTLSTransport, StreamableHTTPTransport, StreamableHTTPmTLSTransport;
    "Models", llms:
        LlmConfig, OpenAiCompatibleConfig, VllmConfig, OllamaConfig, OpenAiConfig, OciGenAiConfig,
        GeminiConfig, DbmsVectorChainLlmConfig;
    "Authentication", auth:
        AuthConfig, OAuthConfig, OAuthClientConfig, OciClientConfig,
        OciClientConfigWithSecurityToken, OciClientConfigWithApiKey,
        OciClientConfigWithInstancePrincipal, OciClientConfigWithResourcePrincipal,
        GeminiAuthConfig, GeminiAIStudioAuthConfig, GeminiVertexAIAuthConfig;
    "Datastores", datastores:
        Datastore, InMemoryCollectionDatastore, RelationalDatastore, OracleDatabaseDatastore,
        OracleDatabaseConnectionConfig, TlsOracleDatabaseConnectionConfig,
        MTlsOracleDatabaseConnectionConfig, PostgresDatabaseDatastore,
        PostgresDatabaseConnectionConfig, TlsPostgresDatabaseConnectionConfig;
    "Message transforms", transforms:
        MessageSummarizationTransform, ConversationSummarizationTransform;
    "WayFlow: agents, teams and tools", wayflow::agents:
        ExtendedAgent, ExtendedFlow, PluginSwarm, PluginManagerWorkers, PluginToolFromToolBox,
        PluginToolBox;
    "WayFlow: nodes", wayflow::nodes:
        ExtendedNode, ExtendedLlmNode, ExtendedToolNode, ExtendedAgentNode, ExtendedMapNode,
        ExtendedParallelMapNode, ExtendedParallelFlowNode, PluginCatchExceptionNode,
        PluginRetryNode, PluginChoiceNode, PluginConstantValuesNode, PluginExtractNode,
        PluginRegexNode, PluginTemplateNode, PluginInputMessageNode, PluginOutputMessageNode,
        PluginGetChatHistoryNode;
    "WayFlow: nodes for variables", wayflow::variable_nodes:
        PluginReadVariableNode, PluginWriteVariableNode, PluginVariableNode;
    "WayFlow: nodes for datastores", wayflow::datastore_nodes:
        PluginDatastoreCreateNode, PluginDatastoreDeleteNode, PluginDatastoreListNode,
        PluginDatastoreUpdateNode, PluginDatastoreQueryNode;
    "WayFlow: context providers", wayflow::context:
        PluginContextProvider, PluginConstantContextProvider, PluginFlowContextProvider,
        PluginToolContextProvider;
    "WayFlow: MCP servers", wayflow::mcp:
        PluginMCPTool, PluginMCPToolBox, PluginMCPToolSpec, PluginClientTransport,
        PluginStdioTransport, PluginRemoteBaseTransport, PluginHTTPmTLSBaseTransport,
        PluginSSETransport, PluginSSEmTLSTransport, PluginStreamableHTTPTransport,
        PluginStreamableHTTPmTLSTransport;
    "WayFlow: prompts", wayflow::prompts: PluginPromptTemplate;
    "WayFlow: output parsers", wayflow::parsers:
        PluginOutputParser, PluginJsonOutputParser, PluginRegexOutputParser, PluginToolOutputParser,
        PluginJsonToolOutputParser, PluginPythonToolOutputParser, PluginReactToolOutputParser;
    "WayFlow: message transforms", wayflow::transforms:
        PluginAppendTrailingSystemMessageToUserMessageTransform,
        PluginCanonicalizationMessageTransform, PluginCoalesceSystemMessagesTransform,
        PluginLlamaMergeToolRequestAndCallsTransform, PluginReactMergeToolRequestAndCallsTransform,
        PluginRemoveEmptyNonUserMessageTransform, PluginSplitPromptOnMarkerMessageTransform,
        PluginToolRequestAndCallsTransform;
    "WayFlow: embedding models", wayflow::embeddings:
        PluginEmbeddingConfig, PluginOpenAiCompatibleEmbeddingConfig, PluginVllmEmbeddingConfig,
        PluginOllamaEmbeddingConfig, PluginOpenAiEmbeddingConfig, PluginOciGenAiEmbeddingConfig;
    "WayFlow: search", wayflow::search:
        PluginInMemoryDatastore, PluginOracleDatabaseDatastore, PluginSearchConfig,
        PluginVectorConfig, PluginVectorRetrieverConfig, PluginSearchToolBox;
}

//! Types that are known by name and family only, until they are declared with their fields.
//!
//! Components of these types load without checks of their own fields, are kept whole on export, and are refused when
//! they are to run. Source: Agent Spec 26.3.1 and the plugin components of WayFlow 26.3.1.

use super::{Standing, TypeDefinition};
use crate::spec::version::AgentSpecVersion::{self, V25_4_1, V26_1_2};

/// A type with its direct parents and first version.
const fn known(
    name: &'static str,
    parents: &'static [&'static str],
    since: AgentSpecVersion,
) -> TypeDefinition {
    TypeDefinition {
        name,
        parents,
        standing: Standing::Known,
        since,
        doc: "",
        own_fields: &[],
    }
}

/// An abstract family with its direct parents and first version.
const fn family(
    name: &'static str,
    parents: &'static [&'static str],
    since: AgentSpecVersion,
) -> TypeDefinition {
    TypeDefinition {
        name,
        parents,
        standing: Standing::Family,
        since,
        doc: "",
        own_fields: &[],
    }
}

/// Any type of a plugin that is not known here.
pub(super) const FOREIGN: TypeDefinition = known("", &["Component"], V25_4_1);

/// Plugin types of WayFlow.
pub(super) const WAYFLOW: &[TypeDefinition] = &[
    known("ExtendedAgent", &["Agent"], V25_4_1),
    known("ExtendedAgentNode", &["ExtendedNode", "AgentNode"], V25_4_1),
    known("ExtendedFlow", &["Flow"], V25_4_1),
    known("ExtendedLlmNode", &["ExtendedNode", "LlmNode"], V25_4_1),
    known("ExtendedMapNode", &["ExtendedNode"], V25_4_1),
    family("ExtendedNode", &["Node"], V25_4_1),
    known("ExtendedParallelFlowNode", &["ExtendedNode"], V25_4_1),
    known("ExtendedParallelMapNode", &["ExtendedNode"], V25_4_1),
    known("ExtendedToolNode", &["ExtendedNode", "ToolNode"], V25_4_1),
    known(
        "PluginAppendTrailingSystemMessageToUserMessageTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known(
        "PluginCanonicalizationMessageTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known("PluginCatchExceptionNode", &["ExtendedNode"], V25_4_1),
    known("PluginChoiceNode", &["ExtendedNode"], V25_4_1),
    family("PluginClientTransport", &["ClientTransport"], V25_4_1),
    known(
        "PluginCoalesceSystemMessagesTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known(
        "PluginConstantContextProvider",
        &["PluginContextProvider"],
        V25_4_1,
    ),
    known("PluginConstantValuesNode", &["ExtendedNode"], V25_4_1),
    family("PluginContextProvider", &["Node"], V25_4_1),
    known("PluginDatastoreCreateNode", &["ExtendedNode"], V25_4_1),
    known("PluginDatastoreDeleteNode", &["ExtendedNode"], V25_4_1),
    known("PluginDatastoreListNode", &["ExtendedNode"], V25_4_1),
    known("PluginDatastoreQueryNode", &["ExtendedNode"], V25_4_1),
    known("PluginDatastoreUpdateNode", &["ExtendedNode"], V25_4_1),
    family("PluginEmbeddingConfig", &["Component"], V25_4_1),
    known("PluginExtractNode", &["ExtendedNode"], V25_4_1),
    known(
        "PluginFlowContextProvider",
        &["PluginContextProvider"],
        V25_4_1,
    ),
    known("PluginGetChatHistoryNode", &["ExtendedNode"], V25_4_1),
    family(
        "PluginHTTPmTLSBaseTransport",
        &["PluginRemoteBaseTransport"],
        V25_4_1,
    ),
    known(
        "PluginInMemoryDatastore",
        &["InMemoryCollectionDatastore"],
        V26_1_2,
    ),
    known(
        "PluginInputMessageNode",
        &["ExtendedNode", "InputMessageNode"],
        V25_4_1,
    ),
    known("PluginJsonOutputParser", &["PluginOutputParser"], V25_4_1),
    known(
        "PluginJsonToolOutputParser",
        &["PluginToolOutputParser"],
        V25_4_1,
    ),
    known(
        "PluginLlamaMergeToolRequestAndCallsTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known("PluginMCPTool", &["ServerTool"], V25_4_1),
    known("PluginMCPToolBox", &["PluginToolBox"], V25_4_1),
    known("PluginMCPToolSpec", &["Tool"], V25_4_1),
    known("PluginManagerWorkers", &["ComponentWithIO"], V25_4_1),
    known(
        "PluginOciGenAiEmbeddingConfig",
        &["PluginEmbeddingConfig"],
        V25_4_1,
    ),
    known(
        "PluginOllamaEmbeddingConfig",
        &["PluginOpenAiCompatibleEmbeddingConfig"],
        V25_4_1,
    ),
    known(
        "PluginOpenAiCompatibleEmbeddingConfig",
        &["PluginEmbeddingConfig"],
        V25_4_1,
    ),
    known(
        "PluginOpenAiEmbeddingConfig",
        &["PluginEmbeddingConfig"],
        V25_4_1,
    ),
    known(
        "PluginOracleDatabaseDatastore",
        &["OracleDatabaseDatastore"],
        V26_1_2,
    ),
    known(
        "PluginOutputMessageNode",
        &["ExtendedNode", "OutputMessageNode"],
        V25_4_1,
    ),
    family("PluginOutputParser", &["Component"], V25_4_1),
    known("PluginPromptTemplate", &["Component"], V25_4_1),
    known(
        "PluginPythonToolOutputParser",
        &["PluginToolOutputParser"],
        V25_4_1,
    ),
    known(
        "PluginReactMergeToolRequestAndCallsTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known(
        "PluginReactToolOutputParser",
        &["PluginToolOutputParser"],
        V25_4_1,
    ),
    known("PluginReadVariableNode", &["ExtendedNode"], V25_4_1),
    known("PluginRegexNode", &["ExtendedNode"], V25_4_1),
    known("PluginRegexOutputParser", &["PluginOutputParser"], V25_4_1),
    family("PluginRemoteBaseTransport", &["RemoteTransport"], V25_4_1),
    known(
        "PluginRemoveEmptyNonUserMessageTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known("PluginRetryNode", &["ExtendedNode"], V25_4_1),
    known(
        "PluginSSETransport",
        &["PluginRemoteBaseTransport", "PluginClientTransport"],
        V25_4_1,
    ),
    known(
        "PluginSSEmTLSTransport",
        &["PluginHTTPmTLSBaseTransport", "PluginClientTransport"],
        V25_4_1,
    ),
    known("PluginSearchConfig", &["Component"], V25_4_1),
    known("PluginSearchToolBox", &["PluginToolBox"], V25_4_1),
    known(
        "PluginSplitPromptOnMarkerMessageTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known(
        "PluginStdioTransport",
        &["PluginClientTransport", "StdioTransport"],
        V25_4_1,
    ),
    known(
        "PluginStreamableHTTPTransport",
        &["PluginRemoteBaseTransport", "PluginClientTransport"],
        V25_4_1,
    ),
    known(
        "PluginStreamableHTTPmTLSTransport",
        &["PluginHTTPmTLSBaseTransport", "PluginClientTransport"],
        V25_4_1,
    ),
    known("PluginSwarm", &["ComponentWithIO"], V25_4_1),
    known("PluginTemplateNode", &["ExtendedNode"], V25_4_1),
    known("PluginToolBox", &["ToolBox"], V25_4_1),
    known(
        "PluginToolContextProvider",
        &["PluginContextProvider"],
        V25_4_1,
    ),
    known("PluginToolFromToolBox", &["Tool"], V25_4_1),
    known("PluginToolOutputParser", &["PluginOutputParser"], V25_4_1),
    known(
        "PluginToolRequestAndCallsTransform",
        &["MessageTransform"],
        V26_1_2,
    ),
    known("PluginVariableNode", &["ExtendedNode"], V25_4_1),
    known("PluginVectorConfig", &["Component"], V25_4_1),
    known("PluginVectorRetrieverConfig", &["Component"], V25_4_1),
    known(
        "PluginVllmEmbeddingConfig",
        &["PluginOpenAiCompatibleEmbeddingConfig"],
        V25_4_1,
    ),
    known("PluginWriteVariableNode", &["ExtendedNode"], V25_4_1),
];

//! Transforms, which rewrite a conversation before a model sees it.

use super::ComponentKind;
use super::datastores::{
    InMemoryCollectionDatastore, OracleDatabaseDatastore, PostgresDatabaseDatastore,
};
use super::declare::components;
use super::families::MessageTransform;
use super::kind::{AnyOf, DefaultComponent, Integer, Maybe, Positive, Slot, Text};
use super::llms::LlmConfig;

components! {
    /// Replaces each message that is too long with a summary.
    type MessageSummarizationTransform: MessageTransform, since V26_1_2, runs as Transform {
        /// The model that writes the summaries.
        llm: Slot<LlmConfig>;
        /// The number of characters from which a message is summarized.
        max_message_size: Positive<Integer> = (integer 20000);
        /// The instructions for the model.
        summarization_instructions: Text = "Please make a summary of this message. Include relevant information and keep it short. Your response will replace the message, so just output the summary directly, no introduction needed.";
        /// The text that replaces the message; `{{summary}}` is the model's reply.
        summarized_message_template: Text = "Summarized message: {{summary}}";
        /// How many summaries are kept for reuse; null keeps all.
        max_cache_size: Maybe<Positive<Integer>> = (integer 10000);
        /// Seconds that a summary is kept; null keeps it forever.
        max_cache_lifetime: Maybe<Positive<Integer>> = (integer 14400);
        /// The collection in the datastore for the summaries.
        cache_collection_name: Text = "summarized_messages_cache";
        /// The datastore for the summaries: by default in memory; null keeps none.
        datastore: Maybe<CacheDatastore> = (component MESSAGE_CACHE);
    }

    /// Replaces the older messages of a conversation that is too long with a summary.
    type ConversationSummarizationTransform: MessageTransform, since V26_1_2, runs as Transform {
        /// The model that writes the summaries.
        llm: Slot<LlmConfig>;
        /// The number of messages from which a conversation is summarized; null if characters are counted.
        max_num_messages: Maybe<Positive<Integer>> = (integer 50);
        /// The number of characters from which a conversation is summarized; null if messages are counted.
        max_num_characters: Maybe<Positive<Integer>> = null;
        /// How many of the latest messages stay as they are.
        min_num_messages: Positive<Integer> = (integer 10);
        /// The instructions for the model.
        summarization_instructions: Text = "Please make a summary of this conversation. Include relevant information and keep it short. Your response will replace the messages, so just output the summary directly, no introduction needed.";
        /// The text that replaces the older messages; `{{summary}}` is the model's reply.
        summarized_conversation_template: Text = "Summarized conversation: {{summary}}";
        /// How many summaries are kept for reuse; null keeps all.
        max_cache_size: Maybe<Positive<Integer>> = (integer 10000);
        /// Seconds that a summary is kept; null keeps it forever.
        max_cache_lifetime: Maybe<Positive<Integer>> = (integer 14400);
        /// The collection in the datastore for the summaries.
        cache_collection_name: Text = "summarized_conversations_cache";
        /// The datastore for the summaries: by default in memory; null keeps none.
        datastore: Maybe<CacheDatastore> = (component CONVERSATION_CACHE);
    }
}

/// The datastores in which summaries can be kept.
type CacheDatastore = AnyOf<(
    Slot<InMemoryCollectionDatastore>,
    Slot<OracleDatabaseDatastore>,
    Slot<PostgresDatabaseDatastore>,
)>;

/// The default datastore for the summaries of a `MessageSummarizationTransform`.
static MESSAGE_CACHE: DefaultComponent = DefaultComponent {
    ty: ComponentKind::InMemoryCollectionDatastore,
    name: "default-inmemory-datastore",
    field: "datastore_schema",
    key_field: "cache_collection_name",
    value: r#"{"type": "object", "properties": {
        "cache_key": {"type": "string"}, "cache_content": {"type": "string"},
        "created_at": {"type": "number"}, "last_used_at": {"type": "number"}}}"#,
};

/// The default datastore for the summaries of a `ConversationSummarizationTransform`.
static CONVERSATION_CACHE: DefaultComponent = DefaultComponent {
    ty: ComponentKind::InMemoryCollectionDatastore,
    name: "default-inmemory-datastore",
    field: "datastore_schema",
    key_field: "cache_collection_name",
    value: r#"{"type": "object", "properties": {
        "cache_key": {"type": "string"}, "cache_content": {"type": "string"}, "prefix_size": {"type": "integer"},
        "created_at": {"type": "number"}, "last_used_at": {"type": "number"}}}"#,
};

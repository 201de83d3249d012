//! Configurations of models that turn text into vectors.

use crate::spec::language::auth::OciClientConfig;
use crate::spec::language::declare::components;
use crate::spec::language::kind::{Maybe, Object, OneOf, Sensitive, Slot, Text};
use crate::spec::language::objects::{RetryPolicy, ServingMode};

components! {
    /// A model that turns text into vectors.
    family PluginEmbeddingConfig: Component, since V25_4_1 {}

    /// An embedding model behind an endpoint that speaks the OpenAI protocol.
    type PluginOpenAiCompatibleEmbeddingConfig: PluginEmbeddingConfig, since V25_4_1, plugin EmbeddingModelPlugin {
        /// The address of the endpoint.
        url: Text;
        /// The model's name at the endpoint.
        model_id: Text;
        /// The file with the client's private key, for endpoints that require a client certificate.
        key_file: Sensitive<Maybe<Text>> = null;
        /// The file with the client's certificate.
        cert_file: Sensitive<Maybe<Text>> = null;
        /// The file with the certificate authorities that are trusted for the endpoint.
        ca_file: Sensitive<Maybe<Text>> = null;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null;
    }

    /// An embedding model served by vLLM.
    type PluginVllmEmbeddingConfig: PluginOpenAiCompatibleEmbeddingConfig, since V25_4_1, plugin EmbeddingModelPlugin {}

    /// An embedding model served by Ollama.
    type PluginOllamaEmbeddingConfig: PluginOpenAiCompatibleEmbeddingConfig, since V25_4_1, plugin EmbeddingModelPlugin {}

    /// An embedding model of OpenAI.
    type PluginOpenAiEmbeddingConfig: PluginEmbeddingConfig, since V25_4_1, plugin EmbeddingModelPlugin {
        /// The model's name at OpenAI.
        model_id: Text;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null;
    }

    /// An embedding model of Oracle's Generative AI service.
    type PluginOciGenAiEmbeddingConfig: PluginEmbeddingConfig, since V25_4_1, plugin EmbeddingModelPlugin {
        /// The model's name at the service.
        model_id: Text;
        /// The OCID of the compartment that is billed.
        compartment_id: Text;
        /// Authentication with the service.
        client_config: Slot<OciClientConfig>;
        /// Whether the model is shared or on a dedicated cluster.
        serving_mode: OneOf<ServingMode> = "ON_DEMAND";
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null;
    }
}

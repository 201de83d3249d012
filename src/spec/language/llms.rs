//! Configurations of language models.

use super::auth::{GeminiAuthConfig, OciClientConfig};
use super::datastores::OracleDatabaseConnectionConfig;
use super::declare::{components, literals};
use super::kind::{Integer, Maybe, NotEmpty, NotNegative, Object, OneOf, Sensitive, Slot, Text};
use super::objects::{LlmGenerationConfig, RetryPolicy, ServingMode};

components! {
    /// A language model of any provider.
    type LlmConfig: Component, since V26_1_2, runs as Part {
        /// The model's name at the endpoint.
        model_id: Text, since V25_4_1;
        /// The maker of the model.
        provider: Maybe<Text> = null, dropped_before V26_1_2;
        /// The company or program that serves the model.
        api_provider: Maybe<Text> = null, dropped_before V26_1_2;
        /// The protocol of the endpoint.
        api_type: Maybe<Text> = null, since V26_1_2;
        /// The address of the endpoint.
        url: Maybe<Text> = null, since V26_1_2;
        /// The API key for the endpoint.
        api_key: Sensitive<Maybe<Text>> = null, since V25_4_2;
        /// The default generation parameters.
        default_generation_parameters: Maybe<Object<LlmGenerationConfig>> = null, since V25_4_1;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// A model behind an endpoint that speaks the OpenAI protocol.
    type OpenAiCompatibleConfig: LlmConfig, since V25_4_1, runs as Part {
        /// The OpenAI protocol of the endpoint.
        api_type: OneOf<OpenAIAPIType> = "chat_completions", since V25_4_2;
        /// The address of the endpoint; `/v1/…` may be left out.
        url: Text;
        /// The file with the client's private key, for endpoints that require a client certificate.
        key_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
        /// The file with the client's certificate.
        cert_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
        /// The file with the certificate authorities that are trusted for the endpoint.
        ca_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
    }

    /// A model served by vLLM.
    type VllmConfig: OpenAiCompatibleConfig, since V25_4_1, runs as Part {
        /// Always `vllm`.
        api_provider: OneOf<Vllm> = "vllm", unwritten;
    }

    /// A model served by Ollama.
    type OllamaConfig: OpenAiCompatibleConfig, since V25_4_1, runs as Part {
        /// Always `ollama`.
        api_provider: OneOf<Ollama> = "ollama", unwritten;
    }

    /// A model of OpenAI.
    type OpenAiConfig: LlmConfig, since V25_4_1, runs as Part {
        /// Always `openai`.
        provider: OneOf<OpenAi> = "openai", unwritten;
        /// Always `openai`.
        api_provider: OneOf<OpenAi> = "openai", unwritten;
        /// The OpenAI protocol.
        api_type: OneOf<OpenAIAPIType> = "chat_completions", since V25_4_2;
        /// The address of the endpoint, if it is not OpenAI's own. Exports leave it out.
        url: Maybe<Text> = null, unwritten;
    }

    /// A model of Oracle's Generative AI service.
    type OciGenAiConfig: LlmConfig, since V25_4_1, runs as Part {
        /// The maker of the model; null lets the service find out.
        provider: Maybe<OneOf<ModelProvider>> = null;
        /// Always `oci`.
        api_provider: OneOf<Oci> = "oci", unwritten;
        /// The protocol: the service's own, or one of OpenAI's.
        api_type: OneOf<OciAPIType> = "oci", since V25_4_2;
        /// Not used: `client_config` has the address. Exports leave it out.
        url: Maybe<Text> = null, unwritten;
        /// Not used: `client_config` has the authentication. Exports leave it out.
        api_key: Sensitive<Maybe<Text>> = null, unwritten;
        /// The OCID of the compartment that is billed.
        compartment_id: Text;
        /// Whether the model is shared or on a dedicated cluster.
        serving_mode: OneOf<ServingMode> = "ON_DEMAND";
        /// Authentication with the service.
        client_config: Slot<OciClientConfig>;
        /// The store in which the service keeps conversations, if any.
        conversation_store_id: Maybe<Text> = null, since V25_4_2;
    }

    /// A Gemini model of Google.
    type GeminiConfig: LlmConfig, since V26_1_2, runs as Part {
        /// Always `google`.
        provider: OneOf<Google> = "google", unwritten;
        /// Not used: the address follows from `auth`. Exports leave it out.
        url: Maybe<Text> = null, unwritten;
        /// Authentication with Google.
        auth: Slot<GeminiAuthConfig>;
    }

    /// A model that an Oracle database calls with its package `DBMS_VECTOR_CHAIN`.
    type DbmsVectorChainLlmConfig: LlmConfig, since V26_3_1 {
        /// The model's name at the endpoint.
        model_id: NotEmpty<Text>;
        /// The provider's name in the database.
        provider: NotEmpty<Text>;
        /// Must stay null. Exports leave it out.
        api_provider: Maybe<Text> = null, unwritten;
        /// Must stay null. Exports leave it out.
        api_type: Maybe<Text> = null, unwritten;
        /// The address of the endpoint, as seen from the database.
        url: NotEmpty<Text>;
        /// Must stay null: the database has the credential. Exports leave it out.
        api_key: Sensitive<Maybe<Text>> = null, unwritten;
        /// `local` for an endpoint local to the database, which needs no credential.
        host: Maybe<OneOf<LocalHost>> = null;
        /// The credential in the database; needed unless `host` is given.
        credential_name: Maybe<NotEmpty<Text>> = null;
        /// Seconds that a request may take.
        transfer_timeout: Maybe<NotNegative<Integer>> = null;
        /// The connection to the database.
        connection_config: Maybe<Slot<OracleDatabaseConnectionConfig>> = null;
    }
}

literals! {
    /// The two APIs of an OpenAI-compatible endpoint.
    OpenAIAPIType: "chat_completions", "responses";
    /// The APIs of Oracle's Generative AI service.
    OciAPIType: "openai_chat_completions", "openai_responses", "oci";
    /// The maker of a model of Oracle's Generative AI service.
    ModelProvider: "META", "GROK", "XAI", "COHERE", "OTHER";
    /// The provider of an `OpenAiConfig`.
    OpenAi: "openai";
    /// The API provider of a `VllmConfig`.
    Vllm: "vllm";
    /// The API provider of an `OllamaConfig`.
    Ollama: "ollama";
    /// The API provider of an `OciGenAiConfig`.
    Oci: "oci";
    /// The provider of a `GeminiConfig`.
    Google: "google";
    /// The host of a `DbmsVectorChainLlmConfig`.
    LocalHost: "local";
}

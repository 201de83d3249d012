//! Configurations of language models.

use super::declare::components;
use super::kind::{Maybe, Object, OneOf, Sensitive, Text};
use super::objects::{
    LlmGenerationConfig, OllamaProvider, OpenAIAPIType, OpenAiProvider, RetryPolicy, VllmProvider,
};

components! {
    /// A language model, of any provider.
    type LlmConfig: Component, since V26_1_2 {
        /// What the endpoint calls the model.
        model_id: Text, since V25_4_1;
        /// Who made the model.
        provider: Maybe<Text> = null, dropped_before V26_1_2;
        /// Who serves the model.
        api_provider: Maybe<Text> = null, dropped_before V26_1_2;
        /// The protocol that the endpoint speaks.
        api_type: Maybe<Text> = null, since V26_1_2;
        /// The address of the endpoint.
        url: Maybe<Text> = null, since V26_1_2;
        /// The key that the endpoint asks for.
        api_key: Sensitive<Maybe<Text>> = null, since V25_4_2;
        /// How the model generates unless told otherwise.
        default_generation_parameters: Maybe<Object<LlmGenerationConfig>> = null, since V25_4_1;
        /// How failed requests are made again.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// A model behind an endpoint that speaks the OpenAI protocol.
    type OpenAiCompatibleConfig: LlmConfig, since V25_4_1 {
        /// Which of the two OpenAI protocols the endpoint speaks.
        api_type: OneOf<OpenAIAPIType> = "chat_completions", since V25_4_2;
        /// The address of the endpoint, up to and without `/v1/…` if you like.
        url: Text;
        /// The file with the client's private key, for endpoints that want a certificate.
        key_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
        /// The file with the client's certificate.
        cert_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
        /// The file with the certificates that the endpoint's own is checked against.
        ca_file: Sensitive<Maybe<Text>> = null, since V26_1_2;
    }

    /// A model served by vLLM.
    type VllmConfig: OpenAiCompatibleConfig, since V25_4_1 {
        /// Always `vllm`.
        api_provider: OneOf<VllmProvider> = "vllm", unwritten;
    }

    /// A model served by Ollama.
    type OllamaConfig: OpenAiCompatibleConfig, since V25_4_1 {
        /// Always `ollama`.
        api_provider: OneOf<OllamaProvider> = "ollama", unwritten;
    }

    /// A model of OpenAI.
    type OpenAiConfig: LlmConfig, since V25_4_1 {
        /// Always `openai`.
        provider: OneOf<OpenAiProvider> = "openai", unwritten;
        /// Always `openai`.
        api_provider: OneOf<OpenAiProvider> = "openai", unwritten;
        /// Which of the two OpenAI protocols is spoken.
        api_type: OneOf<OpenAIAPIType> = "chat_completions", since V25_4_2;
        /// The address of the endpoint, if it is not OpenAI's own. Exports leave it out.
        url: Maybe<Text> = null, unwritten;
    }
}

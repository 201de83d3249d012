//! The provider of a model, named as in the `GenAI` conventions.

use url::{Host, Url};

/// Providers by the ends of their host names.
const BY_HOST: [(&str, &str); 14] = [
    ("api.openai.com", "openai"),
    ("openai.azure.com", "azure.ai.openai"),
    ("services.ai.azure.com", "azure.ai.inference"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("oraclecloud.com", "oci.genai"),
    ("api.cohere.com", "cohere"),
    ("api.deepseek.com", "deepseek"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral_ai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.x.ai", "x_ai"),
    ("ml.cloud.ibm.com", "ibm.watsonx.ai"),
];

/// The server of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// The provider that serves the model.
    pub(super) provider: &'static str,
    /// Host and port; `None` for the built-in model.
    pub(super) place: Option<(String, Option<u16>)>,
}

impl Server {
    /// Determines the server from the endpoint of a request. The host has priority over the type of
    /// the spec's configuration, because a profile may have replaced the endpoint.
    pub(super) fn of(endpoint: &str, config_type: &str) -> Self {
        let Ok(url) = endpoint.parse::<Url>() else {
            return Self {
                provider: if endpoint == "offline" {
                    "flowdeck.offline"
                } else {
                    of_type(config_type)
                },
                place: None,
            };
        };
        let domain = match url.host() {
            Some(Host::Domain(domain)) => domain,
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "",
        };
        let is_of = |end: &str| {
            domain
                .strip_suffix(end)
                .is_some_and(|before| before.is_empty() || before.ends_with(['.', '-']))
        };
        let known = BY_HOST.iter().find(|(end, _)| is_of(end));
        Self {
            provider: known.map_or_else(|| of_type(config_type), |(_, provider)| provider),
            place: url
                .host_str()
                .map(|host| (host.to_owned(), url.port_or_known_default())),
        }
    }
}

/// Returns the provider name for an unknown host: many servers use the protocols of others.
fn of_type(config_type: &str) -> &'static str {
    match config_type {
        "OllamaConfig" => "ollama",
        "VllmConfig" => "vllm",
        "OpenAiConfig" => "openai",
        "GeminiConfig" => "gcp.gemini",
        "OciGenAiConfig" => "oci.genai",
        _ => "openai_compatible",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_host_and_else_by_the_type_of_the_configuration() {
        for (endpoint, config_type, provider) in [
            (
                "https://api.openai.com/v1/responses",
                "VllmConfig",
                "openai",
            ),
            (
                "https://europe-west1-aiplatform.googleapis.com/",
                "GeminiConfig",
                "gcp.vertex_ai",
            ),
            ("http://127.0.0.1:11434/v1", "OllamaConfig", "ollama"),
            (
                "https://notapi.openai.com.example/v1",
                "OpenAiCompatibleConfig",
                "openai_compatible",
            ),
            ("offline", "OpenAiConfig", "flowdeck.offline"),
        ] {
            let server = Server::of(endpoint, config_type);
            assert_eq!(server.provider, provider, "{endpoint}");
        }
        let place = Server::of("https://h.example/v1?key=sk-1", "X").place;
        assert_eq!(place, Some(("h.example".to_owned(), Some(443))));
    }
}

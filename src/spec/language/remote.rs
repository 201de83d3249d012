//! Agents that run elsewhere.

use super::auth::OciClientConfig;
use super::declare::{components, plain_objects};
use super::families::AgenticComponent;
use super::kind::{Flag, Integer, Map, Maybe, Number, Object, Slot, Text};
use super::llms::OpenAiConfig;
use super::objects::RetryPolicy;

components! {
    /// An agent that another system runs and with which messages are exchanged.
    family RemoteAgent: AgenticComponent, since V25_4_1 {}

    /// An agent behind an endpoint that speaks the Agent2Agent protocol.
    type A2AAgent: RemoteAgent, since V25_4_2, runs as Agentic {
        /// The address of the agent.
        agent_url: Text;
        /// The connection to it.
        connection_config: Slot<A2AConnectionConfig>;
        /// How long and how often the agent is polled for its answers.
        session_parameters: Object<A2ASessionParameters> = defaults;
    }

    /// The connection to an `A2AAgent`.
    type A2AConnectionConfig: Component, since V25_4_2, runs as Part {
        /// Seconds that a request may take.
        timeout: Number = (number 600.0);
        /// Headers of each request.
        headers: Maybe<Map<Text>> = null;
        /// Whether the certificate of the agent's server is checked.
        verify: Flag = true;
        /// The file with the client's private key, for endpoints that require a client certificate.
        key_file: Maybe<Text> = null;
        /// The file with the client's certificate.
        cert_file: Maybe<Text> = null;
        /// The file with the certificate authorities that are trusted for the agent's server.
        ssl_ca_cert: Maybe<Text> = null;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An agent of Oracle's Generative AI Agents service.
    type OciAgent: RemoteAgent, since V25_4_1, runs as Agentic {
        /// The OCID of the agent's endpoint.
        agent_endpoint_id: Text;
        /// Authentication with the service.
        client_config: Slot<OciClientConfig>;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An agent that OpenAI runs. The reference SDK has the type, but loads it from no document.
    draft OpenAiAgent: RemoteAgent, since V25_4_1 {
        /// The model and its key.
        llm_config: Slot<OpenAiConfig>;
        /// The id of the agent at OpenAI.
        remote_agent_id: Maybe<Text> = null;
    }
}

plain_objects! {
    /// How long and how often an `A2AAgent` is polled for its answer.
    A2ASessionParameters, drops_extras {
        /// Seconds to wait for an answer.
        timeout: Number = (number 60.0);
        /// Seconds between two polls.
        poll_interval: Number = (number 2.0);
        /// How often a failed poll is retried.
        max_retries: Integer = (integer 5);
    }
}

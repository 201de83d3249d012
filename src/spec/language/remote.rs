//! Agents that run elsewhere.

use super::auth::OciClientConfig;
use super::declare::{components, plain_objects};
use super::families::AgenticComponent;
use super::kind::{Flag, Integer, Map, Maybe, Number, Object, Slot, Text};
use super::llms::OpenAiConfig;
use super::objects::RetryPolicy;

components! {
    /// An agent that another system runs; only messages go to and fro.
    family RemoteAgent: AgenticComponent, since V25_4_1 {}

    /// An agent behind an endpoint that speaks the Agent2Agent protocol.
    type A2AAgent: RemoteAgent, since V25_4_2, runs as Agentic {
        /// The address of the agent.
        agent_url: Text;
        /// How it is reached.
        connection_config: Slot<A2AConnectionConfig>;
        /// How long and how often its answers are asked for.
        session_parameters: Object<A2ASessionParameters> = defaults;
    }

    /// How an `A2AAgent` is reached.
    type A2AConnectionConfig: Component, since V25_4_2, runs as Part {
        /// Seconds that a request may take.
        timeout: Number = (number 600.0);
        /// Headers of each request.
        headers: Maybe<Map<Text>> = null;
        /// Whether the certificate of the other side is checked.
        verify: Flag = true;
        /// The file with the client's private key, for endpoints that want a certificate.
        key_file: Maybe<Text> = null;
        /// The file with the client's certificate.
        cert_file: Maybe<Text> = null;
        /// The file with the certificates that the other side's own is checked against.
        ssl_ca_cert: Maybe<Text> = null;
        /// How failed requests are made again.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An agent of Oracle's Generative AI Agents service.
    type OciAgent: RemoteAgent, since V25_4_1, runs as Agentic {
        /// The OCID of the agent's endpoint.
        agent_endpoint_id: Text;
        /// How one proves to the service who one is.
        client_config: Slot<OciClientConfig>;
        /// How failed requests are made again.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An agent that OpenAI runs. The reference SDK has the type, but loads it from no document.
    draft OpenAiAgent: RemoteAgent, since V25_4_1 {
        /// The model and the key for it.
        llm_config: Slot<OpenAiConfig>;
        /// The agent's id at OpenAI.
        remote_agent_id: Maybe<Text> = null;
    }
}

plain_objects! {
    /// How long and how often the answer of an `A2AAgent` is asked for.
    A2ASessionParameters, drops_extras {
        /// Seconds after which an answer is given up.
        timeout: Number = (number 60.0);
        /// Seconds between two questions whether there is an answer.
        poll_interval: Number = (number 2.0);
        /// How often a question that fails is asked again.
        max_retries: Integer = (integer 5);
    }
}

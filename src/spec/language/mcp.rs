//! Tools of servers that speak the Model Context Protocol, and how the servers are reached.

use super::auth::AuthConfig;
use super::declare::{components, plain_objects};
use super::families::{ComponentWithIO, Tool, ToolBox};
use super::kind::{AnyOf, Flag, Items, List, Map, Maybe, Number, Object, Sensitive, Slot, Text};
use super::objects::RetryPolicy;

components! {
    /// One tool of an MCP server: the one with the name of this component.
    type MCPTool: Tool, since V25_4_1, runs as Tool {
        /// The connection to the server.
        client_transport: Slot<ClientTransport>;
        /// How failed calls are retried; only the number of attempts and the pauses apply.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_3_1;
    }

    /// The tools of an MCP server, all or some of them.
    type MCPToolBox: ToolBox, since V25_4_1, runs as Part {
        /// The connection to the server.
        client_transport: Slot<ClientTransport>;
        /// How failed calls are retried; only the number of attempts and the pauses apply.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_3_1;
        /// The tools to use, by name or with their expected form; null means all.
        tool_filter: Maybe<Items<AnyOf<(Slot<MCPToolSpec>, Text)>>> = null;
    }

    /// The expected form of a tool in an `MCPToolBox`: its name and exactly its inputs. A description
    /// replaces the server's own.
    type MCPToolSpec: ComponentWithIO, since V25_4_1, runs as Part {
        /// Whether a person must agree before each call.
        requires_confirmation: Flag = false, since V25_4_2;
    }

    /// The connection to an MCP server.
    family ClientTransport: Component, since V25_4_1 {
        /// How long to wait for the server's answers.
        session_parameters: Object<SessionParameters> = defaults;
    }

    /// An MCP server that is started as a program and connected by its standard input and output.
    type StdioTransport: ClientTransport, since V25_4_1, runs as Part {
        /// The program.
        command: Text;
        /// Its arguments.
        args: List<Text> = [];
        /// Its environment.
        env: Maybe<Map<Text>> = null;
        /// The folder in which it is started.
        cwd: Maybe<Text> = null;
    }

    /// An MCP server that is connected over HTTP.
    family RemoteTransport: ClientTransport, since V25_4_1 {
        /// The address of the server.
        url: Text;
        /// Authentication with the server.
        auth: Maybe<Slot<AuthConfig>> = null, since V26_1_2;
        /// Headers of each request.
        headers: Maybe<Map<Text>> = null;
        /// Headers that hold secrets.
        sensitive_headers: Sensitive<Maybe<Map<Text>>> = null, since V25_4_2;
        /// How failed requests are retried.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An MCP server that answers by server-sent events.
    type SSETransport: RemoteTransport, since V25_4_1, runs as Part {}

    /// An MCP server that answers by server-sent events and requires a client certificate.
    type SSEmTLSTransport: SSETransport, since V25_4_1, runs as Part {
        /// The file with the client's private key.
        key_file: Sensitive<Text>;
        /// The file with the client's certificate.
        cert_file: Sensitive<Text>;
        /// The file with the certificate authorities that are trusted for the server.
        ca_file: Sensitive<Text>;
    }

    /// An MCP server with the protocol's streamable HTTP.
    type StreamableHTTPTransport: RemoteTransport, since V25_4_1, runs as Part {}

    /// An MCP server with the protocol's streamable HTTP that requires a client certificate.
    type StreamableHTTPmTLSTransport: StreamableHTTPTransport, since V25_4_1, runs as Part {
        /// The file with the client's private key.
        key_file: Sensitive<Text>;
        /// The file with the client's certificate.
        cert_file: Sensitive<Text>;
        /// The file with the certificate authorities that are trusted for the server.
        ca_file: Sensitive<Text>;
    }
}

plain_objects! {
    /// How long to wait for the answers of an MCP server.
    SessionParameters, drops_extras {
        /// Seconds to wait for the answer to a request.
        read_timeout_seconds: Number = (number 60.0);
    }
}

//! Tools of servers that speak the Model Context Protocol, and how the servers are reached.

use super::auth::AuthConfig;
use super::declare::{components, plain_objects};
use super::families::{ComponentWithIO, Tool, ToolBox};
use super::kind::{AnyOf, Flag, Items, List, Map, Maybe, Number, Object, Sensitive, Slot, Text};
use super::objects::RetryPolicy;

components! {
    /// One tool of an MCP server: the one that is called like this component.
    type MCPTool: Tool, since V25_4_1, runs as Tool {
        /// How the server is reached.
        client_transport: Slot<ClientTransport>;
        /// How failed calls are made again; only attempts and pauses count.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_3_1;
    }

    /// The tools of an MCP server, all or some of them.
    type MCPToolBox: ToolBox, since V25_4_1, runs as Part {
        /// How the server is reached.
        client_transport: Slot<ClientTransport>;
        /// How failed calls are made again; only attempts and pauses count.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_3_1;
        /// The tools that are taken, by name or with what is expected of them; null takes all.
        tool_filter: Maybe<Items<AnyOf<(Slot<MCPToolSpec>, Text)>>> = null;
    }

    /// The expected form of a tool that an `MCPToolBox` takes: its name, and its inputs exactly. A description
    /// replaces the server's own.
    type MCPToolSpec: ComponentWithIO, since V25_4_1, runs as Part {
        /// Whether a person must agree before each call.
        requires_confirmation: Flag = false, since V25_4_2;
    }

    /// How an MCP server is reached.
    family ClientTransport: Component, since V25_4_1 {
        /// How long the server's answers are waited for.
        session_parameters: Object<SessionParameters> = defaults;
    }

    /// An MCP server that is started as a program and spoken to over its standard input and output.
    type StdioTransport: ClientTransport, since V25_4_1, runs as Part {
        /// The program.
        command: Text;
        /// Its arguments.
        args: List<Text> = [];
        /// Its environment.
        env: Maybe<Map<Text>> = null;
        /// The folder that it is started in.
        cwd: Maybe<Text> = null;
    }

    /// An MCP server that is spoken to over HTTP.
    family RemoteTransport: ClientTransport, since V25_4_1 {
        /// The address of the server.
        url: Text;
        /// How one proves to the server who one is.
        auth: Maybe<Slot<AuthConfig>> = null, since V26_1_2;
        /// Headers of each request.
        headers: Maybe<Map<Text>> = null;
        /// Headers that hold secrets.
        sensitive_headers: Sensitive<Maybe<Map<Text>>> = null, since V25_4_2;
        /// How failed requests are made again.
        retry_policy: Maybe<Object<RetryPolicy>> = null, since V26_1_2;
    }

    /// An MCP server that answers by server-sent events.
    type SSETransport: RemoteTransport, since V25_4_1, runs as Part {}

    /// An MCP server that answers by server-sent events and wants a certificate of the client.
    type SSEmTLSTransport: SSETransport, since V25_4_1, runs as Part {
        /// The file with the client's private key.
        key_file: Sensitive<Text>;
        /// The file with the client's certificate.
        cert_file: Sensitive<Text>;
        /// The file with the certificates that the server's own is checked against.
        ca_file: Sensitive<Text>;
    }

    /// An MCP server that speaks the protocol's streamable HTTP.
    type StreamableHTTPTransport: RemoteTransport, since V25_4_1, runs as Part {}

    /// An MCP server that speaks the protocol's streamable HTTP and wants a certificate of the client.
    type StreamableHTTPmTLSTransport: StreamableHTTPTransport, since V25_4_1, runs as Part {
        /// The file with the client's private key.
        key_file: Sensitive<Text>;
        /// The file with the client's certificate.
        cert_file: Sensitive<Text>;
        /// The file with the certificates that the server's own is checked against.
        ca_file: Sensitive<Text>;
    }
}

plain_objects! {
    /// How long the answers of an MCP server are waited for.
    SessionParameters, drops_extras {
        /// Seconds without an answer after which a request is given up.
        read_timeout_seconds: Number = (number 60.0);
    }
}

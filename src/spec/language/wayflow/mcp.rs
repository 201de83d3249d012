//! Tools of MCP servers and the ways to reach them, in WayFlow's own form.

use super::agents::PluginToolBox;
use crate::spec::language::declare::{components, literals};
use crate::spec::language::families::Tool;
use crate::spec::language::kind::{AnyOf, Items, Maybe, Number, OneOf, Slot, Text};
use crate::spec::language::mcp::{ClientTransport, RemoteTransport};
use crate::spec::language::tools::ServerTool;

components! {
    /// One tool of an MCP server: the one with the name of this component.
    type PluginMCPTool: ServerTool, since V25_4_1, plugin MCPPlugin, runs as Tool(MCPTool) {
        /// The connection to the server.
        client_transport: Slot<ClientTransport>;
    }

    /// The tools of an MCP server, all or some of them.
    type PluginMCPToolBox: PluginToolBox, since V25_4_1, plugin MCPPlugin, runs as Part {
        /// The connection to the server.
        client_transport: Slot<ClientTransport>;
        /// The tools to use, by name or with their expected form; null means all.
        tool_filter: Maybe<Items<AnyOf<(Slot<PluginMCPToolSpec>, Text)>>> = null;
    }

    /// The expected form of a tool in a `PluginMCPToolBox`.
    type PluginMCPToolSpec: Tool, since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// The connection to an MCP server, in WayFlow's own form.
    family PluginClientTransport: ClientTransport, since V25_4_1 {}

    /// An MCP server that is started as a program, with the encoding of its output.
    type PluginStdioTransport: PluginClientTransport + StdioTransport, since V25_4_1, plugin MCPPlugin, runs as Part {
        /// The encoding of its input and output.
        encoding: Text = "utf-8";
        /// How bytes that are invalid in this encoding are handled.
        encoding_error_handler: OneOf<EncodingErrorHandler> = "strict";
    }

    /// An MCP server that is connected over HTTP, with time limits.
    family PluginRemoteBaseTransport: RemoteTransport, since V25_4_1 {
        /// Seconds that a request may take.
        timeout: Number = (number 5.0);
        /// Seconds without an event after which a stream fails.
        sse_read_timeout: Number = (number 300.0);
    }

    /// An MCP server that requires a client certificate.
    family PluginHTTPmTLSBaseTransport: PluginRemoteBaseTransport, since V25_4_1 {
        /// The file with the client's private key.
        key_file: Text;
        /// The file with the client's certificate.
        cert_file: Text;
        /// The file with the certificate authorities that are trusted for the server.
        ca_file | ssl_ca_cert: Text;
    }

    /// An MCP server that answers by server-sent events.
    type PluginSSETransport: PluginRemoteBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server that answers by server-sent events and requires a client certificate.
    type PluginSSEmTLSTransport: PluginHTTPmTLSBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server with the protocol's streamable HTTP.
    type PluginStreamableHTTPTransport: PluginRemoteBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server with the protocol's streamable HTTP that requires a client certificate.
    type PluginStreamableHTTPmTLSTransport: PluginHTTPmTLSBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}
}

literals! {
    /// How bytes that are invalid in an encoding are handled.
    EncodingErrorHandler: "strict", "ignore", "replace";
}

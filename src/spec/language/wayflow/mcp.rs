//! Tools of MCP servers and the ways to reach them, in WayFlow's own form.

use super::agents::PluginToolBox;
use crate::spec::language::declare::{components, literals};
use crate::spec::language::families::Tool;
use crate::spec::language::kind::{AnyOf, Items, Maybe, Number, OneOf, Slot, Text};
use crate::spec::language::mcp::{ClientTransport, RemoteTransport};
use crate::spec::language::tools::ServerTool;

components! {
    /// One tool of an MCP server: the one that is called like this component.
    type PluginMCPTool: ServerTool, since V25_4_1, plugin MCPPlugin, runs as Tool(MCPTool) {
        /// How the server is reached.
        client_transport: Slot<ClientTransport>;
    }

    /// The tools of an MCP server, all or some of them.
    type PluginMCPToolBox: PluginToolBox, since V25_4_1, plugin MCPPlugin, runs as Part {
        /// How the server is reached.
        client_transport: Slot<ClientTransport>;
        /// The tools that are taken, by name or with what is expected of them; null takes all.
        tool_filter: Maybe<Items<AnyOf<(Slot<PluginMCPToolSpec>, Text)>>> = null;
    }

    /// The expected form of a tool that a `PluginMCPToolBox` takes.
    type PluginMCPToolSpec: Tool, since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// How an MCP server is reached, in WayFlow's own form.
    family PluginClientTransport: ClientTransport, since V25_4_1 {}

    /// An MCP server that is started as a program, with the encoding of what it writes.
    type PluginStdioTransport: PluginClientTransport + StdioTransport, since V25_4_1, plugin MCPPlugin, runs as Part {
        /// The encoding of its input and output.
        encoding: Text = "utf-8";
        /// The treatment of bytes that are not in that encoding.
        encoding_error_handler: OneOf<EncodingErrorHandler> = "strict";
    }

    /// An MCP server that is spoken to over HTTP, with time limits.
    family PluginRemoteBaseTransport: RemoteTransport, since V25_4_1 {
        /// Seconds that a request may take.
        timeout: Number = (number 5.0);
        /// Seconds without an event after which a stream is given up.
        sse_read_timeout: Number = (number 300.0);
    }

    /// An MCP server that wants a certificate of the client.
    family PluginHTTPmTLSBaseTransport: PluginRemoteBaseTransport, since V25_4_1 {
        /// The file with the client's private key.
        key_file: Text;
        /// The file with the client's certificate.
        cert_file: Text;
        /// The file with the certificates that the server's own is checked against.
        ca_file | ssl_ca_cert: Text;
    }

    /// An MCP server that answers by server-sent events.
    type PluginSSETransport: PluginRemoteBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server that answers by server-sent events and wants a certificate of the client.
    type PluginSSEmTLSTransport: PluginHTTPmTLSBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server that speaks the protocol's streamable HTTP.
    type PluginStreamableHTTPTransport: PluginRemoteBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}

    /// An MCP server that speaks the protocol's streamable HTTP and wants a certificate of the client.
    type PluginStreamableHTTPmTLSTransport: PluginHTTPmTLSBaseTransport + PluginClientTransport,
        since V25_4_1, plugin MCPPlugin, runs as Part {}
}

literals! {
    /// The treatment of bytes that an encoding does not have.
    EncodingErrorHandler: "strict", "ignore", "replace";
}

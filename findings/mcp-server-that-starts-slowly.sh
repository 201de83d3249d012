#!/usr/bin/env bash
# The AI SDK can't use an MCP server made with Python's SDK that needs more than a second to start, and which protocol another speaks is up to that.
#
# Packages: ai 7.0.173's client @ai-sdk/mcp 2.0.99, @modelcontextprotocol/client and @modelcontextprotocol/server 2.4.0 (npm, Node.js 20);
# mcp-server-time 2026.10.19 with mcp 2.3.0 (PyPI, CPython 3.11).
# Input: two servers over stdio, 3 s late (`sleep 3; exec …`), and one at once: as when `npx` or `uvx` looks for a newer version first, or the
# machine is busy: mcp-server-time, one of the protocol's reference servers, and one of a single tool, made with TypeScript's SDK. The
# clients list the tools: that of the AI SDK, as it is and with `protocolVersionDiscovery: false`; TypeScript's, with `versionNegotiation`
# "auto"; and Python's.
# Expected: both servers speak 2025-11-25 and 2026-07-28. All clients but the second ask by `server/discover`, which is new, and
# go back to `initialize` for a server that does not know it. How long a server takes to start decides over nothing.
# Seen: the AI SDK waits for the answer for a second and then sends `initialize` behind it. A server that gets to read both answers
# both. Python's takes the first for the choice of the new protocol and refuses the second by -32022, "the initialize handshake is
# not accepted", so that the client gives up, though the answer that it had asked for came right before. On a busy machine Python alone
# needs that second: what worked on one's own computer does not where it is deployed. TypeScript's server takes `initialize` all the same,
# so that the client speaks 2026-07-28 or 2025-11-25 to it by how fast it was, and with it what its tools do when they ask a person.
# The two SDKs' own clients wait for the answer.
# Output when this was written, on 1 December 2026:
#   Python's server, 3 s late: AI SDK refused (-32022); AI SDK without discovery 2025-11-25; TypeScript 2026-07-28; Python 2026-07-28
#   TypeScript's server, 3 s late: AI SDK 2025-11-25; AI SDK without discovery 2025-11-25; TypeScript 2026-07-28; Python 2026-07-28
#   TypeScript's server, at once: AI SDK 2026-07-28
# Exits with 0 while this is so. (On a busy machine the last is tried up to ten times; Python's server at once is not told, since
# it is up to the machine.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp-server-time==2026.10.19' 'mcp==2.3.0'
echo '{"type": "module"}' >"$work/package.json"
(cd "$work" && npm install --silent --no-audit --no-fund \
    '@ai-sdk/mcp@2.0.99' '@modelcontextprotocol/client@2.4.0' '@modelcontextprotocol/server@2.4.0')
cat >"$work/server.mjs" <<'JAVASCRIPT'
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

serveStdio(() => {
  const server = new McpServer({ name: "clock", version: "1" });
  server.registerTool("now", { description: "Tells the time." }, async () => ({ content: [{ type: "text", text: "noon" }] }));
  return server;
});
JAVASCRIPT
cat >"$work/ai.mjs" <<'JAVASCRIPT'
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";

const [discovery, command, ...args] = process.argv.slice(2);
const transport = new StdioTransport({ command, args });
try {
  const client = await createMCPClient({ transport, protocolVersionDiscovery: discovery === "discovery" });
  const tools = Object.keys(await client.tools());
  console.log(tools.length > 0 ? client.initializeResult.protocolVersion : "no tools");
  await client.close();
} catch (error) {
  console.log(`refused (${error.code})`);
}
JAVASCRIPT
cat >"$work/typescript.mjs" <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "client", version: "1" }, { versionNegotiation: { mode: "auto" } });
await client.connect(new StdioClientTransport({ command, args }));
const { tools } = await client.listTools();
console.log(tools.length > 0 ? client.getNegotiatedProtocolVersion() : "no tools");
await client.close();
JAVASCRIPT
cat >"$work/python.py" <<'PYTHON'
import asyncio
import sys

from mcp import Client, StdioServerParameters


async def main():
    async with Client(StdioServerParameters(command=sys.argv[1], args=sys.argv[2:])) as client:
        tools = (await client.list_tools()).tools
        print(client.protocol_version if tools else "no tools")


asyncio.run(main())
PYTHON
cd "$work"
clients() {
    local server=(sh -c "$1")
    echo "AI SDK $(timeout 60 node ai.mjs discovery "${server[@]}" 2>errors)"
    echo "AI SDK without discovery $(timeout 60 node ai.mjs none "${server[@]}" 2>errors)"
    echo "TypeScript $(timeout 60 node typescript.mjs "${server[@]}" 2>errors)"
    echo "Python $(timeout 60 venv/bin/python python.py "${server[@]}" 2>errors)"
}
joined() {
    paste -sd ';' | sed 's/;/; /g'
}
seen=$(
    echo "Python's server, 3 s late: $(clients "sleep 3; exec $work/venv/bin/mcp-server-time" | joined)"
    echo "TypeScript's server, 3 s late: $(clients "sleep 3; exec node $work/server.mjs" | joined)"
    for _ in {1..10}; do
        quick=$(timeout 60 node ai.mjs discovery node "$work/server.mjs" 2>errors)
        [[ "$quick" != 2026-07-28 ]] || break
    done
    echo "TypeScript's server, at once: AI SDK $quick"
)
printf '%s\n' "$seen"
[[ "$seen" == "Python's server, 3 s late: AI SDK refused (-32022); AI SDK without discovery 2025-11-25; TypeScript 2026-07-28; Python 2026-07-28
TypeScript's server, 3 s late: AI SDK 2025-11-25; AI SDK without discovery 2025-11-25; TypeScript 2026-07-28; Python 2026-07-28
TypeScript's server, at once: AI SDK 2026-07-28" ]]

#!/usr/bin/env bash
# A connection that is cut for a moment stops an MCP order, or has it made and told as failed, or does no harm, by the protocol's version.
#
# Packages: mcp 2.3.0 (PyPI, CPython 3.11); @modelcontextprotocol/client and @modelcontextprotocol/server 2.4.0 with
# @modelcontextprotocol/node 2.1.2 and zod 4.4.3 (npm, Node.js 20), over streamable HTTP.
# Input: a tool that needs 3 s and then makes an order, unless it is stopped before, on a server of each SDK: by the protocol of
# 2025-11-25, without and with an event store, which the SDKs have for streams that are to be taken up again (kept in memory, with a
# `retry` of 0.2 s), and by that of 2026-07-28. Each client calls it through a proxy that cuts all connections half a second after
# the tool has begun, and lets new ones through at once, as a balancer does that is restarted. TypeScript's client waits 12 s for an
# answer (60 s if nothing is said). Each client stays for 6 s after it has been told. All is on the loopback address.
# Expected: the protocol of 2025-11-25 says that a disconnection should not be taken for a cancellation ("Sending Messages to the Server"),
# so that a call whose connection is cut runs on, and can be taken up again where the server keeps events. That of 2026-07-28 has
# closing the stream be the cancellation.
# Seen: both SDKs do so on both sides, and between each other. But what becomes of an order is up to something that neither who writes the
# tool nor who calls it decides on: which version the two have agreed on, and whether the server keeps events. As installed it does not:
# then the order is made, and the caller is told that it failed, at once by Python's client and after its whole time by TypeScript's, so
# that a model which tries again orders twice. With events all is well. By the protocol of 2026-07-28 the same cut stops the
# tool at whatever it is doing; there is nothing to be taken up, an event store is not asked, and Python's client is gone with
# a CancelledError (known as python-sdk issues 3522 and 3560, of a server that is away). Who keeps events for the sake
# of long calls loses that on the day when both sides have been brought up to date; nothing tells.
# Output when this was written, on 2 December 2026:
#   Python's server, 2025-11-25, Python's client: told MCPError; orders 1
#   Python's server, 2025-11-25, an event store, Python's client: told ordered; orders 1
#   Python's server, 2026-07-28, Python's client: told CancelledError; orders 0
#   Python's server, 2025-11-25, TypeScript's client: told Request timed out; orders 1
#   Python's server, 2025-11-25, an event store, TypeScript's client: told ordered; orders 1
#   Python's server, 2026-07-28, TypeScript's client: told TypeError; orders 0
#   TypeScript's server, 2025-11-25, Python's client: told MCPError; orders 1
#   TypeScript's server, 2025-11-25, an event store, Python's client: told ordered; orders 1
#   TypeScript's server, 2026-07-28, Python's client: told CancelledError; orders 0
#   TypeScript's server, 2025-11-25, TypeScript's client: told Request timed out; orders 1
#   TypeScript's server, 2025-11-25, an event store, TypeScript's client: told ordered; orders 1
#   TypeScript's server, 2026-07-28, TypeScript's client: told TypeError; orders 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0'
echo '{"type": "module"}' >"$work/package.json"
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@modelcontextprotocol/client@2.4.0' \
    '@modelcontextprotocol/server@2.4.0' '@modelcontextprotocol/node@2.1.2' 'zod@4.4.3'
cat >"$work/server.py" <<'PYTHON'
import asyncio
import sys

from mcp.server.mcpserver import MCPServer
from mcp.server.streamable_http import EventMessage, EventStore


class Store(EventStore):
    """Keeps all events of all streams in memory."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        number = int(last_event_id)
        stream_id = self.events[number - 1][0]
        for later, (stream, message) in enumerate(self.events[number:], number + 1):
            if stream == stream_id and message is not None:
                await send_callback(EventMessage(message, str(later)))
        return stream_id


port, path, store = sys.argv[1:]
server = MCPServer("shop", log_level="CRITICAL")


def log(word):
    with open(path, "a") as file:
        file.write(f"{word}\n")


@server.tool()
async def order() -> str:
    log("begun")
    await asyncio.sleep(3)
    log("ordered")
    return "ordered"


options = {"event_store": Store(), "retry_interval": 200} if store == "store" else {}
server.run(transport="streamable-http", host="127.0.0.1", port=int(port), **options)
PYTHON
cat >"$work/server.mjs" <<'JAVASCRIPT'
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";

const [port, path, store] = process.argv.slice(2);
const shop = () => {
  const server = new McpServer({ name: "shop", version: "1" });
  server.registerTool("order", { description: "Orders." }, async (context) => {
    appendFileSync(path, "begun\n");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    if ((context?.mcpReq?.signal ?? context?.signal)?.aborted) throw new Error("stopped");
    appendFileSync(path, "ordered\n");
    return { content: [{ type: "text", text: "ordered" }] };
  });
  return server;
};
class Store {
  events = [];
  async storeEvent(stream, message) {
    return String(this.events.push([stream, message]));
  }
  async replayEventsAfter(last, { send }) {
    const [stream] = this.events[last - 1];
    for (const [number, [of, message]] of this.events.entries()) {
      if (number >= last && of === stream && message.jsonrpc) await send(String(number + 1), message);
    }
    return stream;
  }
}
const sessions = new Map();
const modern = toNodeHandler(createMcpHandler(shop, { responseMode: "sse", legacy: "reject" }));
createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : undefined;
  if (request.headers["mcp-protocol-version"] === "2026-07-28" || body?.method === "server/discover") {
    return modern(request, response, body);
  }
  let transport = sessions.get(request.headers["mcp-session-id"]);
  if (!transport) {
    transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
      ...(store === "store" ? { eventStore: new Store(), retryInterval: 200 } : {}),
    });
    await shop().connect(transport);
  }
  await transport.handleRequest(request, response, body);
}).listen(+port, "127.0.0.1");
JAVASCRIPT
cat >"$work/client.py" <<'PYTHON'
import asyncio
import logging
import sys

logging.disable(logging.CRITICAL)
from mcp import Client

url, mode = sys.argv[1:]


async def main():
    async with Client(url, mode=mode, read_timeout_seconds=15) as client:
        await client.list_tools()
        try:
            result = await client.call_tool("order", {})
            print("an error" if result.is_error else result.content[0].text, flush=True)
        except BaseException as error:
            print(type(error).__name__, flush=True)
        sys.stdout.close()
        await asyncio.sleep(6)


asyncio.run(main())
PYTHON
cat >"$work/client.mjs" <<'JAVASCRIPT'
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, mode] = process.argv.slice(2);
const client = new Client({ name: "client", version: "1" }, { versionNegotiation: { mode } });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
await client.listTools();
try {
  const result = await client.callTool({ name: "order", arguments: {} }, { timeout: 12_000 });
  console.log(result.isError ? "an error" : result.content[0].text);
} catch (error) {
  console.log(error.message === "Request timed out" ? error.message : error.constructor.name);
}
await new Promise((resolve) => setTimeout(resolve, 6000));
process.exit();
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import os
import socket
import subprocess
import sys

FOLDER, PYTHON = sys.argv[1:]
SERVERS = {"Python": [PYTHON, "server.py"], "TypeScript": ["node", "server.mjs"]}
CLIENTS = {"Python": [PYTHON, "client.py"], "TypeScript": ["node", "client.mjs"]}
MODES = {"Python": ("legacy", "2026-07-28"), "TypeScript": ("legacy", "auto")}


class Proxy:
    """Passes connections on to the server, and can cut all that there are."""

    def __init__(self, target):
        self.target, self.open = target, set()

    async def passes(self, reader, writer):
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        pair = (writer, other_writer)
        self.open.add(pair)

        async def copy(source, sink):
            try:
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            except OSError:
                pass
            sink.close()

        await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer))
        self.open.discard(pair)

    def cut(self):
        for pair in self.open:
            for writer in pair:
                writer.transport.abort()

    async def serve(self):
        server = await asyncio.start_server(self.passes, "127.0.0.1", 0)
        return server, server.sockets[0].getsockname()[1]


def free():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return file.read().split()


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def case(number, server, client, mode, store):
    port, path = free(), f"{FOLDER}/log{number}"
    serving = subprocess.Popen([*SERVERS[server], str(port), path, store], cwd=FOLDER, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    await until(lambda: listens(port))
    proxy = Proxy(port)
    front, front_port = await proxy.serve()
    calling = await asyncio.create_subprocess_exec(
        *CLIENTS[client], f"http://127.0.0.1:{front_port}/mcp", mode, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    await until(lambda: "begun" in lines(path))
    await asyncio.sleep(0.5)
    proxy.cut()
    told = (await asyncio.wait_for(calling.communicate(), 60))[0].decode().strip()
    orders = lines(path).count("ordered")
    serving.kill()
    serving.wait()
    front.close()
    protocol = {"legacy": "2025-11-25"}.get(mode, "2026-07-28")
    kept = "an event store, " if store == "store" else ""
    return f"{server}'s server, {protocol}, {kept}{client}'s client: told {told}; orders {orders}"


async def main():
    for server in SERVERS:
        cases = []
        for client in CLIENTS:
            for mode, store in ((MODES[client][0], "none"), (MODES[client][0], "store"), (MODES[client][1], "none")):
                cases.append(case(f"{server}-{client}-{mode}-{store}", server, client, mode, store))
        print("\n".join(await asyncio.gather(*cases)), flush=True)


asyncio.run(main())
PYTHON
seen=$(timeout 200 "$work/venv/bin/python" "$work/ask.py" "$work" "$work/venv/bin/python" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == "Python's server, 2025-11-25, Python's client: told MCPError; orders 1
Python's server, 2025-11-25, an event store, Python's client: told ordered; orders 1
Python's server, 2026-07-28, Python's client: told CancelledError; orders 0
Python's server, 2025-11-25, TypeScript's client: told Request timed out; orders 1
Python's server, 2025-11-25, an event store, TypeScript's client: told ordered; orders 1
Python's server, 2026-07-28, TypeScript's client: told TypeError; orders 0
TypeScript's server, 2025-11-25, Python's client: told MCPError; orders 1
TypeScript's server, 2025-11-25, an event store, Python's client: told ordered; orders 1
TypeScript's server, 2026-07-28, Python's client: told CancelledError; orders 0
TypeScript's server, 2025-11-25, TypeScript's client: told Request timed out; orders 1
TypeScript's server, 2025-11-25, an event store, TypeScript's client: told ordered; orders 1
TypeScript's server, 2026-07-28, TypeScript's client: told TypeError; orders 0" ]]

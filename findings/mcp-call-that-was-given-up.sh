#!/usr/bin/env bash
# A call that WayFlow's and LangGraph's MCP client gives up goes on at the server: the order that failed is made, then once more.
#
# Packages: mcp 1.30.0, which wayflowcore 26.3.1 and langchain-mcp-adapters 0.3.2 (of pyagentspec[langgraph-full] 26.3.1) bring,
# since both want a version below 2; mcp 2.3.0, which openai-agents 0.24.0 brings (PyPI, CPython 3.11; an environment for each);
# the servers are made with mcp 2.3.0, and with @modelcontextprotocol/server 2.4.0 and zod 4.4.3 (npm, Node.js 20), over stdio.
# Input: a tool that needs 3 s and then makes an order, unless it is stopped before; both SDKs hand their tools what stops them.
# Each client calls it with a limit of 1 s, and, told that the time is over, once more without a limit, as a model does that reads
# of the failure. Then it calls it, and its run is cancelled after 1 s.
# Expected: the specification (2025-11-25, "Lifecycle", Timeouts) has a client that stops waiting tell the server so by a
# cancellation, and the server stop: what was told as failed is not done.
# Seen: mcp 2.3.0 does so, whichever server. mcp 1.30.0 says nothing to the server. The first order is made while the second is
# on its way, and that of a cancelled run when nobody is there any more: the time after which a call is failed decides how many
# orders there are. The answers come back and are dropped. Neither the runtime nor its user can stop the tool but by ending the
# session. It is known as python-sdk issue 2507, and mended in version 2 alone.
# Output when this was written, on 1 December 2026:
#   mcp 1.30.0, Python's server: failed and tried again: orders 2; cancelled: orders 1
#   mcp 1.30.0, TypeScript's server: failed and tried again: orders 2; cancelled: orders 1
#   mcp 2.3.0, Python's server: failed and tried again: orders 1; cancelled: orders 0
#   mcp 2.3.0, TypeScript's server: failed and tried again: orders 1; cancelled: orders 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 1.30.0 2.3.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install --quiet --no-compile --disable-pip-version-check "mcp==$version"
done
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@modelcontextprotocol/server@2.4.0' 'zod@4.4.3'
cat >"$work/server.py" <<'PYTHON'
import sys

import anyio
from mcp.server.mcpserver import MCPServer

server = MCPServer("shop")


def tell(what):
    with open(sys.argv[1], "a") as told:
        told.write(f"{what}\n")


@server.tool()
async def order(name: str) -> str:
    tell("begun")
    try:
        await anyio.sleep(3)
    except anyio.get_cancelled_exc_class():
        tell("stopped")
        raise
    tell("ordered")
    return "ordered"


server.run()
PYTHON
cat >"$work/server.mjs" <<'JAVASCRIPT'
import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const tell = (what) => appendFileSync(process.argv[2], `${what}\n`);

serveStdio(() => {
  const server = new McpServer({ name: "shop", version: "1" });
  const inputSchema = z.object({ name: z.string() });
  server.registerTool("order", { description: "Orders.", inputSchema }, async (_arguments, ctx) => {
    tell("begun");
    try {
      await setTimeout(3000, undefined, { signal: ctx.mcpReq.signal });
    } catch (error) {
      tell("stopped");
      throw error;
    }
    tell("ordered");
    return { content: [{ type: "text", text: "ordered" }] };
  });
  return server;
});
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import datetime
import os
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version

VERSION, FOLDER = version("mcp"), sys.argv[1]
TOLD = f"{FOLDER}/told"


@asynccontextmanager
async def session(command):
    """A session by the SDK's client, and a function that calls the tool with a limit or without one."""
    from mcp import StdioServerParameters

    parameters = StdioServerParameters(command=command[0], args=[*command[1:], TOLD])
    if VERSION.startswith("1."):
        from mcp import ClientSession
        from mcp.client.stdio import stdio_client

        async with stdio_client(parameters) as streams, ClientSession(*streams) as client:
            await client.initialize()
            yield lambda limit: client.call_tool(
                "order", {"name": "tea"}, read_timeout_seconds=limit and datetime.timedelta(seconds=limit)
            )
    else:
        from mcp import Client

        async with Client(parameters) as client:
            yield lambda limit: client.call_tool("order", {"name": "tea"}, read_timeout_seconds=limit)


def told(what):
    with open(TOLD) as file:
        return file.read().split().count(what)


async def until(true):
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.05)


async def over():
    """Until each order that was begun is made or stopped."""
    await until(lambda: told("begun") == told("ordered") + told("stopped"))


async def main():
    servers = {
        "Python's server": [f"{FOLDER}/2.3.0/bin/python", f"{FOLDER}/server.py"],
        "TypeScript's server": ["node", f"{FOLDER}/server.mjs"],
    }
    for name, command in servers.items():
        open(TOLD, "w").close()
        async with session(command) as call:
            try:
                await call(1)
                failed = False
            except Exception:
                failed = True
            assert failed
            await call(None)
            await over()
            again = told("ordered")
            open(TOLD, "w").close()
            run = asyncio.create_task(call(None))
            await until(lambda: told("begun"))
            await asyncio.sleep(1)
            run.cancel()
            await asyncio.wait([run])
            await over()
        print(f"mcp {VERSION}, {name}: failed and tried again: orders {again}; cancelled: orders {told('ordered')}")


asyncio.run(main())
PYTHON
seen=$(
    for version in 1.30.0 2.3.0; do
        timeout 100 "$work/$version/bin/python" "$work/ask.py" "$work" 2>"$work/errors" || cat "$work/errors"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == "mcp 1.30.0, Python's server: failed and tried again: orders 2; cancelled: orders 1
mcp 1.30.0, TypeScript's server: failed and tried again: orders 2; cancelled: orders 1
mcp 2.3.0, Python's server: failed and tried again: orders 1; cancelled: orders 0
mcp 2.3.0, TypeScript's server: failed and tried again: orders 1; cancelled: orders 0" ]]

#!/usr/bin/env bash
# Which process an MCP call meets, whether its cancel arrives and what follows a crash is up to the bridge in front of the server.
#
# Packages: mcp 2.3.0 (client and server) with fastmcp 4.1.6, and mcp-proxy 0.13.0 with mcp 1.30.0 (PyPI, CPython 3.11; an
# environment for each); supergateway 4.0.0 and mcp-proxy 6.7.19 (npm, Node.js 20). All is on the loopback address.
# Input: a server on stdio that tells its process, reports progress in five steps, asks for a name, makes an order after 2 s
# unless it is stopped, and exits in the middle of a call. Each bridge serves it over streamable HTTP: `mcp-proxy -- COMMAND` of
# Python, a proxy of FastMCP (`create_proxy`), `supergateway --stateful`, and `mcp-proxy -- COMMAND` of JavaScript. The client of
# mcp 2.3.0 calls the tools by the protocol of 2025-11-25 and by that of 2026-07-28 (Python's mcp-proxy has only the first),
# gives up the order, and goes on after the crash; then another client comes. The same without a bridge, over stdio.
# Expected: a bridge changes the transport, and what is said arrives. Over stdio the process is one for the client's whole session.
# Seen: four bridges, four servers, and no client can tell which it speaks to.
# - Python's mcp-proxy: the order that was cancelled is made, its client's question is refused by the bridge itself, and of the
#   progress nothing arrives. All clients share one process, and once that is gone each call has an empty text for an error, for
#   good (known: sparfenyuk/mcp-proxy issue 75).
# - FastMCP: all clients share one process. After a crash the next call meets a new one, which has nothing of what was kept: it is
#   answered as if nothing had been.
# - Supergateway: one process for each session; by the new protocol one for each call (its README says so), so that a server which
#   keeps anything between calls forgets it as soon as its client is brought up to date.
# - JavaScript's mcp-proxy: all clients share one process, and once it is gone all are refused for good. Questions are refused
#   (its README says so).
# Output when this was written, on 1 December 2026:
#   stdio, 2025-11-25: one process a client; progress seen; question answered; cancelled, made 0; after a crash refused, another client answered
#   stdio, 2026-07-28: one process a client; progress seen; cancelled, made 0; after a crash refused, another client answered
#   mcp-proxy of Python, 2025-11-25: one process for all; no progress seen; question refused; cancelled, made 1; after a crash refused, another client refused
#   FastMCP, 2025-11-25: one process for all; progress seen; question refused; cancelled, made 0; after a crash answered, another client answered
#   FastMCP, 2026-07-28: one process for all; progress seen; cancelled, made 0; after a crash answered, another client answered
#   supergateway, 2025-11-25: one process a client; progress seen; question answered; cancelled, made 0; after a crash refused, another client answered
#   supergateway, 2026-07-28: one process a call; progress seen; cancelled, made 0; after a crash answered, another client answered
#   mcp-proxy of JavaScript, 2025-11-25: one process for all; progress seen; question refused; cancelled, made 0; after a crash refused, another client refused
#   mcp-proxy of JavaScript, 2026-07-28: one process for all; progress seen; cancelled, made 0; after a crash refused, another client refused
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/new"
"$work/new/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp==2.3.0' 'fastmcp==4.1.6'
python3 -m venv "$work/old"
"$work/old/bin/pip" install --quiet --no-compile --disable-pip-version-check 'mcp-proxy==0.13.0' 'mcp==1.30.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts 'supergateway@4.0.0' 'mcp-proxy@6.7.19'
cat >"$work/server.py" <<'PYTHON'
import asyncio
import os
import sys

from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

server = MCPServer("shop")


class Name(BaseModel):
    name: str


def log(word):
    with open(sys.argv[1], "a") as file:
        file.write(f"{word}\n")


@server.tool()
async def process() -> str:
    return str(os.getpid())


@server.tool()
async def count(ctx: Context) -> str:
    for step in range(5):
        await ctx.report_progress(step, 5)
        await asyncio.sleep(0.1)
    return "counted"


@server.tool()
async def ask(ctx: Context) -> str:
    answer = await ctx.elicit("What is your name?", Name)
    return answer.data.name


@server.tool()
async def order() -> str:
    log("begun")
    await asyncio.sleep(2)
    log("ordered")
    return "ordered"


@server.tool()
async def crash() -> str:
    os._exit(1)


server.run()
PYTHON
cat >"$work/bridge.py" <<'PYTHON'
import sys

from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy

port, command, *arguments = sys.argv[1:]
proxy = create_proxy(StdioTransport(command=command, args=arguments))
proxy.run(transport="http", host="127.0.0.1", port=int(port), show_banner=False)
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult

FOLDER = sys.argv[1]
PYTHON = f"{FOLDER}/new/bin/python"
NODE = f"{FOLDER}/node_modules/.bin"
BRIDGES = {
    "stdio": None,
    "mcp-proxy of Python": lambda port, server: [f"{FOLDER}/old/bin/mcp-proxy", "--port", port, "--", *server],
    "FastMCP": lambda port, server: [PYTHON, f"{FOLDER}/bridge.py", port, *server],
    "supergateway": lambda port, server: [
        *["node", f"{NODE}/supergateway", "--stdio", " ".join(server), "--outputTransport", "streamableHttp"],
        *["--stateful", "--port", port, "--logLevel", "none"],
    ],
    "mcp-proxy of JavaScript": lambda port, server: [
        *["node", f"{NODE}/mcp-proxy", "--host", "127.0.0.1", "--port", port, "--server", "stream", "--", *server]
    ],
}


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def answer(_context, _params):
    return ElicitResult(action="accept", content={"name": "Ann"})


async def call(client, tool, **more):
    """The text of a tool's result, or None if there is none."""
    try:
        result = await asyncio.wait_for(client.call_tool(tool, {}, **more), 20)
    except Exception:
        return None
    return None if result.is_error else result.content[0].text


async def sessions(target, version, log):
    """What the server is like for clients of one version of the protocol."""
    mode = "legacy" if version == "2025-11-25" else "auto"
    client = lambda: Client(target(), mode=mode, elicitation_callback=answer)
    async with client() as first:
        assert first.protocol_version == version
        mine = [await call(first, "process") for _ in range(2)]
        async with client() as second:
            other = await call(second, "process")
        assert None not in [*mine, other]
        yield (
            "one process a call"
            if mine[0] != mine[1]
            else "one process for all" if other == mine[0] else "one process a client"
        )
        steps = []

        async def step(progress, _total, _message):
            steps.append(progress)

        assert await call(first, "count", progress_callback=step) == "counted"
        yield f"{'' if steps else 'no '}progress seen"
        if version == "2025-11-25":
            yield f"question {'answered' if await call(first, 'ask') == 'Ann' else 'refused'}"
        order = asyncio.create_task(first.call_tool("order", {}))
        lines = lambda: open(log).read().split() if os.path.exists(log) else []
        await until(lambda: "begun" in lines())
        order.cancel()
        await asyncio.sleep(5)
        yield f"cancelled, made {lines().count('ordered')}"
        await call(first, "crash")
        goes_on = "answered" if await call(first, "process") else "refused"
    async with client() as third:
        yield f"after a crash {goes_on}, another client {'answered' if await call(third, 'process') else 'refused'}"


async def main(name, version):
    log = f"{FOLDER}/{name}-{version}.log".replace(" ", "-")
    server = [PYTHON, f"{FOLDER}/server.py", log]
    bridge = None
    if BRIDGES[name]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = BRIDGES[name](str(port), server)
        bridge = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, start_new_session=True
        )
        await until(lambda: listens(port))
        target = lambda: f"http://127.0.0.1:{port}/mcp"
    else:
        target = lambda: StdioServerParameters(command=server[0], args=server[1:])
    try:
        facts = [fact async for fact in sessions(target, version, log)]
        return f"{name}, {version}: {'; '.join(facts)}"
    finally:
        if bridge:
            os.killpg(bridge.pid, signal.SIGKILL)
            bridge.wait()


async def all_of_them():
    """Three at a time, since most of it is waiting."""
    turns = asyncio.Semaphore(3)

    async def one(name, version):
        async with turns:
            return await main(name, version)

    versions = lambda name: ["2025-11-25"] if name == "mcp-proxy of Python" else ["2025-11-25", "2026-07-28"]
    for line in await asyncio.gather(*(one(name, version) for name in BRIDGES for version in versions(name))):
        print(line)


asyncio.run(all_of_them())
PYTHON
seen=$(timeout 240 "$work/new/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'stdio, 2025-11-25: one process a client; progress seen; question answered; cancelled, made 0; after a crash refused, another client answered
stdio, 2026-07-28: one process a client; progress seen; cancelled, made 0; after a crash refused, another client answered
mcp-proxy of Python, 2025-11-25: one process for all; no progress seen; question refused; cancelled, made 1; after a crash refused, another client refused
FastMCP, 2025-11-25: one process for all; progress seen; question refused; cancelled, made 0; after a crash answered, another client answered
FastMCP, 2026-07-28: one process for all; progress seen; cancelled, made 0; after a crash answered, another client answered
supergateway, 2025-11-25: one process a client; progress seen; question answered; cancelled, made 0; after a crash refused, another client answered
supergateway, 2026-07-28: one process a call; progress seen; cancelled, made 0; after a crash answered, another client answered
mcp-proxy of JavaScript, 2025-11-25: one process for all; progress seen; question refused; cancelled, made 0; after a crash refused, another client refused
mcp-proxy of JavaScript, 2026-07-28: one process for all; progress seen; cancelled, made 0; after a crash refused, another client refused' ]]

#!/usr/bin/env bash
# With a retry policy on an MCP transport, WayFlow has a slow tool order three times, or once in vain, and then waits for a minute.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1, mcp 1.30.0 and uvicorn 0.54.0 (PyPI, CPython 3.11).
# Input: a flow of a ToolNode with an MCPTool that orders something and needs 2.5 s for it. Its StreamableHTTPTransport has no
# `retry_policy`, or one with a `request_timeout` of 1 s and two retries; or the MCPTool has that one, which is new in 26.3.1. The
# server is one of this script on the loopback address, made with the Python SDK of MCP. It answers in JSON or by a stream of
# events: the protocol leaves the choice to the server, and clients take both.
# Expected: `request_timeout` bounds one attempt (documentation of RetryPolicy), so that after three attempts, some 3 s, the call
# fails, and says so. Whether an order may be sent again the tool tells by `idempotentHint`, which this one does not have.
# Seen: on the transport, the policy is one of its HTTP client, which knows nothing of calls.
# - Where the server answers in JSON, the `tools/call` is posted again while the first is still at work: three orders are made, and
#   all three are done well. Nobody reads their answers.
# - Where it answers by a stream, the stream is left after 1 s: one order is made, and its answer is lost.
# - In both, the client goes on to wait for an answer that it can't get any more, until the time of the session is over, 60 s, and
#   then tells of a time-out of that time. A session's time is not read from the file.
# On the tool, the policy's `request_timeout` does nothing: the call has all its time. Nothing warns of any of it.
# Output when this was written, on 1 December 2026:
#   JSON, no policy: orders 1, got order 1, within 20 s
#   JSON, policy of the tool: orders 1, got order 1, within 20 s
#   JSON, policy of the transport: orders 3, got McpError, after more than 50 s
#   stream, no policy: orders 1, got order 1, within 20 s
#   stream, policy of the tool: orders 1, got order 1, within 20 s
#   stream, policy of the transport: orders 1, got McpError, after more than 50 s
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore==26.3.1' 'pyagentspec==26.3.1' 'mcp==1.30.0' 'uvicorn==0.54.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import logging
import socket
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import uvicorn
from mcp.server.fastmcp import FastMCP
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, StartNode, ToolNode
from pyagentspec.mcp import MCPTool, StreamableHTTPTransport
from pyagentspec.property import StringProperty
from pyagentspec.retrypolicy import RetryPolicy
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.mcp import enable_mcp_without_auth

WAY = sys.argv[1]
orders = []
shop = FastMCP("shop", json_response=WAY == "JSON", stateless_http=True)


@shop.tool()
async def order(what: str) -> str:
    orders.append(what)
    number = len(orders)
    await asyncio.sleep(2.5)
    return f"order {number}"


def flow(url, of_transport, of_tool):
    """A flow that orders something by a tool of the server."""
    what, said = [StringProperty(title="what")], [StringProperty(title="said")]
    transport = StreamableHTTPTransport(name="transport", url=url, retry_policy=of_transport)
    tool = MCPTool(
        name="order", description="Orders.", client_transport=transport, inputs=what, outputs=said, retry_policy=of_tool
    )
    start, node, end = StartNode(name="start", inputs=what), ToolNode(name="node", tool=tool), EndNode(name="end", outputs=said)
    data = [(start, "what", node), (node, "said", end)]
    return Flow(
        name="flow",
        start_node=start,
        nodes=[start, node, end],
        control_flow_connections=[
            ControlFlowEdge(name="in", from_node=start, to_node=node),
            ControlFlowEdge(name="out", from_node=node, to_node=end),
        ],
        data_flow_connections=[
            DataFlowEdge(name=name, source_node=source, source_output=name, destination_node=to, destination_input=name)
            for source, name, to in data
        ],
    )


listening = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(shop.streamable_http_app(), log_level="critical"))
threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True).start()
while not server.started:
    time.sleep(0.05)
url = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
enable_mcp_without_auth()
policy = RetryPolicy(max_attempts=2, request_timeout=1, initial_retry_delay=0.1, jitter=None)
for words, policies in [
    ("no policy", (None, None)),
    ("policy of the tool", (None, policy)),
    ("policy of the transport", (policy, None)),
]:
    orders.clear()
    loaded = AgentSpecLoader().load_json(AgentSpecSerializer().to_json(flow(url, *policies)))
    began = time.monotonic()
    try:
        got = loaded.start_conversation({"what": "tea"}).execute().output_values["said"]
    except Exception as error:
        got = type(error).__name__
    passed = time.monotonic() - began
    took = "within 20 s" if passed < 20 else "after more than 50 s" if passed > 50 else f"after {passed:.0f} s"
    print(f"{WAY}, {words}: orders {len(orders)}, got {got}, {took}")
PYTHON
for way in JSON stream; do
    timeout 160 "$work/venv/bin/python" "$work/ask.py" "$way" >"$work/$way" 2>"$work/$way.errors" &
done
wait
seen=$(cat "$work/JSON" "$work/stream")
printf '%s\n' "$seen"
[[ "$seen" == 'JSON, no policy: orders 1, got order 1, within 20 s
JSON, policy of the tool: orders 1, got order 1, within 20 s
JSON, policy of the transport: orders 3, got McpError, after more than 50 s
stream, no policy: orders 1, got order 1, within 20 s
stream, policy of the tool: orders 1, got order 1, within 20 s
stream, policy of the transport: orders 1, got McpError, after more than 50 s' ]]

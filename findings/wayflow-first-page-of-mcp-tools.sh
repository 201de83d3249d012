#!/usr/bin/env bash
# Of an MCP server that lists its tools in pages a tool box in WayFlow has the first page, and says that the others do not exist.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 and mcp 1.30.0; fastmcp 4.1.6 with mcp 2.3.0 for the server (PyPI, CPython
# 3.11; an environment for each). All is on the loopback address, over streamable HTTP.
# Input: a server of three tools, `look`, `count` and `pay`, which lists two on a page (`list_page_size` of FastMCP). An Agent with
# an MCPToolBox for it; the same with the `tool_filter` ["pay"]; and a flow whose ToolNode has an MCPTool `pay`. The model is a
# server of this script that keeps which tools it is offered. Beside them, the server's list is read page by page.
# Expected: the protocol has a client that gets a `nextCursor` ask for the next page with it (specification of MCP, "Pagination").
# LangGraph's adapter offers the model all three, and so does openai-agents 0.24.0 (both tried).
# Seen: WayFlow asks for one page and does not look at `nextCursor`. The agent is offered two tools, and nobody is told that there
# is a third; which tools an agent has is up to the order in which a server lists them. A box whose filter names the third can't
# be loaded: the error says that it is missing from the list of exposed tools, and gives that list, with two. The MCPTool, which
# brings all that there is to know of it, is called without a look at the list, and pays.
# Output when this was written, on 1 December 2026:
#   the server, page by page: look count, pay
#   MCPToolBox: the model is offered look count
#   MCPToolBox with the filter pay: NoSuchToolFoundOnMCPServerError
#   MCPTool pay: paid
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/server"
"$work/server/bin/pip" install --quiet --no-compile --disable-pip-version-check 'fastmcp==4.1.6' 'mcp==2.3.0'
python3 -m venv "$work/wayflow"
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore==26.3.1' 'pyagentspec==26.3.1' 'mcp==1.30.0'
port=$(python3 -c 'import socket; free = socket.create_server(("127.0.0.1", 0)); print(free.getsockname()[1])')
cat >"$work/server.py" <<'PYTHON'
import sys

from fastmcp import FastMCP

server = FastMCP("shop", list_page_size=2)


@server.tool
def look(what: str) -> str:
    return "one left"


@server.tool
def count(what: str) -> str:
    return "1"


@server.tool
def pay(what: str) -> str:
    return "paid"


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False, log_level="critical")
PYTHON
cat >"$work/pages.py" <<'PYTHON'
import asyncio
import sys

from mcp import Client


async def main():
    async with asyncio.timeout(60):
        while True:
            try:
                (await asyncio.open_connection("127.0.0.1", int(sys.argv[1])))[1].close()
                break
            except OSError:
                await asyncio.sleep(0.1)
    pages, cursor = [], None
    async with Client(f"http://127.0.0.1:{sys.argv[1]}/mcp") as client:
        while cursor or not pages:
            page = await client.list_tools(cursor=cursor)
            pages.append(" ".join(tool.name for tool in page.tools))
            cursor = page.next_cursor
    print(f"the server, page by page: {', '.join(pages)}")


asyncio.run(main())
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, StartNode, ToolNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.mcp import MCPTool, MCPToolBox, StreamableHTTPTransport
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.mcp import enable_mcp_without_auth

requests = []


class Model(BaseHTTPRequestHandler):
    """Keeps what it is asked, and says that it is done."""

    def do_POST(self):
        requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        told = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choices = [
            {"index": 0, "delta": {"role": "assistant", "content": "Done."}, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": "stop"},
        ]
        body = "".join(f"data: {json.dumps({**told, 'choices': [choice]})}\n\n" for choice in choices) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def agent(tool_filter):
    box = MCPToolBox(name="box", client_transport=transport, tool_filter=tool_filter)
    return Agent(name="agent", llm_config=model, system_prompt="Help.", toolboxes=[box])


def flow():
    what, said = [StringProperty(title="what")], [StringProperty(title="said")]
    tool = MCPTool(name="pay", description="Pays.", client_transport=transport, inputs=what, outputs=said)
    start, node, end = StartNode(name="start", inputs=what), ToolNode(name="node", tool=tool), EndNode(name="end", outputs=said)
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
            for source, name, to in [(start, "what", node), (node, "said", end)]
        ],
    )


def run(component, inputs):
    """What the model is offered, what a flow gives, or what is wrong."""
    requests.clear()
    try:
        loaded = AgentSpecLoader().load_json(AgentSpecSerializer().to_json(component))
        conversation = loaded.start_conversation(inputs)
        if not inputs:
            conversation.append_user_message("Pay.")
        status = conversation.execute()
    except Exception as error:
        return type(error).__name__
    if inputs:
        return status.output_values["said"]
    return f"the model is offered {' '.join(tool['function']['name'] for tool in requests[-1].get('tools', []))}"


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
transport = StreamableHTTPTransport(name="transport", url=f"http://127.0.0.1:{sys.argv[1]}/mcp")
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1")
enable_mcp_without_auth()
print(f"MCPToolBox: {run(agent(None), {})}")
print(f"MCPToolBox with the filter pay: {run(agent(['pay']), {})}")
print(f"MCPTool pay: {run(flow(), {'what': 'tea'})}")
PYTHON
"$work/server/bin/python" "$work/server.py" "$port" >"$work/log" 2>&1 &
seen=$(
    timeout 90 "$work/server/bin/python" "$work/pages.py" "$port" 2>"$work/errors" || cat "$work/errors"
    timeout 90 "$work/wayflow/bin/python" "$work/ask.py" "$port" 2>"$work/errors" || cat "$work/errors"
)
printf '%s\n' "$seen"
[[ "$seen" == 'the server, page by page: look count, pay
MCPToolBox: the model is offered look count
MCPToolBox with the filter pay: NoSuchToolFoundOnMCPServerError
MCPTool pay: paid' ]]

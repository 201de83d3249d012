#!/usr/bin/env bash
# An order that is made by an MCP tool that gives nothing back fails in WayFlow after it was made, an `insert` of Google's Toolbox, too.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 and mcp 1.30.0 (PyPI, CPython 3.11); @toolbox-sdk/server 1.12.0 (Google's MCP
# Toolbox, npm, Node.js 20).
# Input: a tool `order` over stdio: a function of a server made with MCP's Python SDK that writes a line down and returns None; and a
# `sqlite-sql` tool of Toolbox, whose statement is an `insert`. A flow calls it by a ToolNode, whose MCPTool declares a text. An
# Agent has it by an MCPToolBox, and a model that calls it once. The model is a server of this script on the loopback address that
# keeps what it is told. The orders that were made are counted.
# Expected: both answer the call with an empty list for `content` and without `isError`, which the protocol allows (2025-11-25, "Tools"):
# the call went well, and there is nothing to tell. LangGraph's adapter takes it so: its flow goes on, with "[]" for the text (tried).
# Seen: in WayFlow the flow ends with a ValueError when the order is already made; who runs it again makes another. The agent is
# told "No content was returned", as it is told of errors, and not that it went well: a model that takes it for the failure which
# it is to WayFlow orders once more, and is told the same. Whatever a tool of Toolbox changes without a `returning` is so.
# Output when this was written, on 1 December 2026:
#   Python's SDK: flow ValueError: No content was returned, orders 1; the agent is told "No content was returned", orders 1
#   Toolbox: flow ValueError: No content was returned, orders 1; the agent is told "No content was returned", orders 1
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore==26.3.1' 'pyagentspec==26.3.1' 'mcp==1.30.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@toolbox-sdk/server@1.12.0'
cat >"$work/server.py" <<'PYTHON'
import sqlite3
import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("shop", log_level="ERROR")


@server.tool()
def order(what: str):
    with sqlite3.connect(sys.argv[1]) as shop:
        shop.execute("insert into orders (what) values (?)", [what])


server.run()
PYTHON
cat >"$work/toolbox.yaml" <<YAML
sources:
  shop: {kind: sqlite, database: $work/shop.db}
tools:
  order:
    kind: sqlite-sql
    source: shop
    description: Orders something.
    statement: insert into orders (what) values (?)
    parameters: [{name: what, type: string, description: What to order.}]
YAML
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import os
import sqlite3
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
from pyagentspec.mcp import MCPTool, MCPToolBox, StdioTransport
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.mcp import enable_mcp_without_auth

FOLDER = sys.argv[1]
SERVERS = {
    "Python's SDK": [sys.executable, f"{FOLDER}/server.py", f"{FOLDER}/shop.db"],
    "Toolbox": [f"{FOLDER}/node_modules/.bin/toolbox", "--stdio", "--config", f"{FOLDER}/toolbox.yaml", "--disable-version-check"],
}
told = []


class Model(BaseHTTPRequestHandler):
    """Calls the tool once, keeps what it is told of it, and says that it is done."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        told.extend(results)
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "order", "arguments": '{"what": "tea"}'}}
        message = {"role": "assistant", **({"content": "Done."} if results else {"content": None, "tool_calls": [call]})}
        head = {"id": "1", "created": 1, "model": "m"}
        choice = {"index": 0, "finish_reason": "stop" if results else "tool_calls"}
        if request.get("stream"):
            head["object"] = "chat.completion.chunk"
            body = f"data: {json.dumps({**head, 'choices': [{**choice, 'delta': message}]})}\n\ndata: [DONE]\n\n"
        else:
            head["object"] = "chat.completion"
            body = json.dumps({**head, "choices": [{**choice, "message": message}]})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if request.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def run(component, said=None):
    """The outputs of a flow, or of an agent that is told something."""
    loaded = AgentSpecLoader(blocked_components=[]).load_json(AgentSpecSerializer().to_json(component))
    conversation = loaded.start_conversation(inputs=None if said else {"what": "tea"})
    if said:
        conversation.append_user_message(said)
    status = conversation.execute()
    return None if said else status.output_values


def data(source, name, destination):
    return DataFlowEdge(
        name=name, source_node=source, source_output=name, destination_node=destination, destination_input=name
    )


def flow(transport):
    what, out = [StringProperty(title="what")], [StringProperty(title="out")]
    tool = MCPTool(name="order", description="Orders.", client_transport=transport, inputs=what, outputs=out)
    nodes = [StartNode(name="start", inputs=what), ToolNode(name="node", tool=tool), EndNode(name="end", outputs=out)]
    return Flow(
        name="flow",
        start_node=nodes[0],
        nodes=nodes,
        control_flow_connections=[
            ControlFlowEdge(name=f"to {b.name}", from_node=a, to_node=b) for a, b in zip(nodes, nodes[1:])
        ],
        data_flow_connections=[data(nodes[0], "what", nodes[1]), data(nodes[1], "out", nodes[2])],
    )


def orders():
    """How many there are, and none any more."""
    with sqlite3.connect(f"{FOLDER}/shop.db") as shop:
        return shop.execute("delete from orders").rowcount


enable_mcp_without_auth()
with sqlite3.connect(f"{FOLDER}/shop.db") as shop:
    shop.execute("create table orders (id integer primary key, what text)")
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1")
for name, command in SERVERS.items():
    transport = StdioTransport(name="t", command=command[0], args=command[1:])
    try:
        ended = f"done with {json.dumps(run(flow(transport))['out'])}"
    except Exception as error:
        ended = f"{type(error).__name__}: {error}"
    by_flow = orders()
    box = MCPToolBox(name="box", client_transport=transport)
    run(Agent(name="agent", llm_config=model, system_prompt="Help.", toolboxes=[box]), "Order tea.")
    print(f"{name}: flow {ended}, orders {by_flow}; the agent is told {told[-1]}, orders {orders()}", flush=True)
os._exit(0)
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == "Python's SDK: flow ValueError: No content was returned, orders 1; the agent is told \"No content was returned\", orders 1
Toolbox: flow ValueError: No content was returned, orders 1; the agent is told \"No content was returned\", orders 1" ]]

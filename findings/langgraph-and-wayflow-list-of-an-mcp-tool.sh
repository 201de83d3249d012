#!/usr/bin/env bash
# Of the prices 10 and 20 that an MCP tool lists, a flow in LangGraph's adapter pays 1 and 0, and what is declared a text is 1020 in WayFlow.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24, langchain-mcp-adapters 0.3.2 and mcp 1.30.0; wayflowcore 26.3.1 with
# pyagentspec 26.3.1 and mcp 1.30.0 (PyPI, CPython 3.11). Each runtime has an environment of its own.
# Input: a server made with MCP's Python SDK, over stdio, whose tool gives the list of integers [10, 20]. A flow calls it by a ToolNode
# whose MCPTool declares a list of integers, and goes through it by a MapNode whose subflow pays each by a ServerTool. One ends with
# the list; another declares a text. An Agent has the MCPTool that declares a text. The model is a server of this script on the
# loopback address, which calls the tool and keeps what it is told.
# Expected: MCP's SDK gives a list as a text for each item and, besides, as structured content that is the list. What is declared as
# a list is that list; as a text it has both items, told apart.
# Seen: LangGraph's adapter leaves the structured content alone and takes the first text for the first output, so that the
# list is the text "10": no type is looked at. The MapNode goes through its letters, and the subflow gets them as integers.
# Of a list of names it would do the work of one name for each of its letters. What is lost is told nowhere. WayFlow takes the
# list where a list is declared. For a text, in a flow and in what the agent's model reads, it writes all texts one after
# the other with nothing between: two prices are one of four digits.
# Output when this was written, on 1 December 2026:
#   LangGraph, pays each: 1 0
#   LangGraph, declared as a list: "10"
#   LangGraph, declared as a text: "10"
#   LangGraph, the model is told: [{"type": "text", "text": "10"}, {"type": "text", "text": "20"}]
#   WayFlow, pays each: 10 20
#   WayFlow, declared as a list: [10, 20]
#   WayFlow, declared as a text: "1020"
#   WayFlow, the model is told: "\"1020\""
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/LangGraph"
"$work/LangGraph/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24' 'langchain-mcp-adapters==0.3.2' 'mcp==1.30.0'
python3 -m venv "$work/WayFlow"
"$work/WayFlow/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore==26.3.1' 'pyagentspec==26.3.1' 'mcp==1.30.0'
cat >"$work/server.py" <<'PYTHON'
from mcp.server.fastmcp import FastMCP

server = FastMCP("shop", log_level="ERROR")


@server.tool()
def prices(of: str) -> list[int]:
    return [10, 20]


server.run()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import os
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, MapNode, StartNode, ToolNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.mcp import MCPTool, StdioTransport
from pyagentspec.property import IntegerProperty, ListProperty, StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

RUNTIME, SERVER = sys.argv[1:]
told, paid = [], []


class Model(BaseHTTPRequestHandler):
    """Calls the tool, keeps what it is told of it, and says that it is done."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        told.extend(results)
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "prices", "arguments": '{"of": "tea"}'}}
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


def pay(price):
    paid.append(price)
    return "paid"


def run(component, said=None):
    """The outputs of a flow, or of an agent that is told something."""
    text = AgentSpecSerializer().to_json(component)
    tools = {"pay": pay}
    if RUNTIME == "WayFlow":
        from wayflowcore.agentspec import AgentSpecLoader
        from wayflowcore.mcp import enable_mcp_without_auth

        enable_mcp_without_auth()
        loaded = AgentSpecLoader(tool_registry=tools, blocked_components=[]).load_json(text)
        conversation = loaded.start_conversation(inputs=None if said else {"of": "tea"})
        if said:
            conversation.append_user_message(said)
        status = conversation.execute()
        return None if said else status.output_values
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    loaded = AgentSpecLoader(tool_registry=tools, blocked_components=[]).load_json(text)
    state = {"messages": [{"role": "user", "content": said}]} if said else {"inputs": {"of": "tea"}, "messages": []}
    return asyncio.run(loaded.ainvoke(state)).get("outputs")


def control(*nodes):
    return [ControlFlowEdge(name=f"to {b.name}", from_node=a, to_node=b) for a, b in zip(nodes, nodes[1:])]


def data(source, output, destination, its_input):
    return DataFlowEdge(
        name=f"{output} of {source.name}",
        source_node=source,
        source_output=output,
        destination_node=destination,
        destination_input=its_input,
    )


def tool(output):
    return MCPTool(name="prices", description="Prices.", client_transport=transport, inputs=of, outputs=[output])


def ends_with(output):
    start, node, end = StartNode(name="start", inputs=of), ToolNode(name="node", tool=tool(output)), EndNode(name="end", outputs=[output])
    edges = [data(start, "of", node, "of"), data(node, "all", end, "all")]
    nodes = [start, node, end]
    return Flow(name="f", start_node=start, nodes=nodes, control_flow_connections=control(*nodes), data_flow_connections=edges)


def pays_each():
    price = [IntegerProperty(title="price")]
    payment = ServerTool(name="pay", description="Pays.", inputs=price, outputs=[StringProperty(title="told")])
    nodes = [StartNode(name="begin", inputs=price), ToolNode(name="pay", tool=payment), EndNode(name="done")]
    edges = [data(nodes[0], "price", nodes[1], "price")]
    each = Flow(name="each", start_node=nodes[0], nodes=nodes, control_flow_connections=control(*nodes), data_flow_connections=edges)
    start, node = StartNode(name="start", inputs=of), ToolNode(name="node", tool=tool(a_list))
    nodes = [start, node, MapNode(name="map", subflow=each), EndNode(name="end")]
    edges = [data(start, "of", node, "of"), data(node, "all", nodes[2], "iterated_price")]
    return Flow(name="f", start_node=start, nodes=nodes, control_flow_connections=control(*nodes), data_flow_connections=edges)


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1")
transport = StdioTransport(name="t", command=sys.executable, args=[SERVER])
of = [StringProperty(title="of")]
a_list, a_text = ListProperty(title="all", item_type=IntegerProperty(title="price")), StringProperty(title="all")

run(pays_each())
print(f"{RUNTIME}, pays each: {' '.join(map(str, paid))}")
print(f"{RUNTIME}, declared as a list: {json.dumps(run(ends_with(a_list))['all'])}")
print(f"{RUNTIME}, declared as a text: {json.dumps(run(ends_with(a_text))['all'])}")
run(Agent(name="agent", llm_config=model, system_prompt="Help.", tools=[tool(a_text)]), "Which prices?")
print(f"{RUNTIME}, the model is told: {json.dumps(told[-1])}", flush=True)
os._exit(0)
PYTHON
seen=$(
    for runtime in LangGraph WayFlow; do
        timeout 80 "$work/$runtime/bin/python" "$work/ask.py" "$runtime" "$work/server.py" 2>"$work/errors" || cat "$work/errors"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, pays each: 1 0
LangGraph, declared as a list: "10"
LangGraph, declared as a text: "10"
LangGraph, the model is told: [{"type": "text", "text": "10"}, {"type": "text", "text": "20"}]
WayFlow, pays each: 10 20
WayFlow, declared as a list: [10, 20]
WayFlow, declared as a text: "1020"
WayFlow, the model is told: "\"1020\""' ]]

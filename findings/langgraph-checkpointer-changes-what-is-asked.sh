#!/usr/bin/env bash
# A checkpointer changes what the agent of a MapNode is asked: with one it reads all items before, without one none of them.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 (PyPI), CPython 3.11.
# Input: a MapNode over three cities whose subflow has one AgentNode; its Agent has the input `city` and the output `dish`.
# Loaded without a checkpointer, with one, and with one and `config={}`; invoked under a thread id. The model is a server of
# this script on the loopback address that keeps what it gets, and hands in a dish with its first call.
# Expected: LangGraph documents a checkpointer as persistence ("Persistence": it saves the state of the graph), so that the
# same model calls are made with one and without.
# Seen: without a checkpointer each request has the prompt of its city and nothing of the others. With one, requests grow
# from item to item: the loader makes up one thread id when the flow is loaded, and all agents of AgentNodes converse under
# it. The third city's agent reads the dishes of the first two; n items cost the tokens of about n*n/2, and the answers are
# no longer those that were tested without storing. With `config={}` each item is alone again. No warning is given.
# What a flow means here is not settled by this: the specification of the language (26.1.2, "Conversation") has sub-agents
# share the conversation of their flow, as WayFlow does; but it is not for the store to decide.
# The made-up thread id is known as oracle/agent-spec pull request 197, for the questions of subflows.
# Output when this was written, on 30 November 2026:
#   no checkpointer: messages per request 2, 2, 2; dishes of earlier cities in the last: none
#   checkpointer: messages per request 2, 5, 8; dishes of earlier cities in the last: dish 1, dish 2
#   checkpointer and config: messages per request 2, 2, 2; dishes of earlier cities in the last: none
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from langgraph.checkpoint.memory import InMemorySaver
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import AgentNode, EndNode, MapNode, StartNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import ListProperty, StringProperty
from pyagentspec.serialization import AgentSpecSerializer

CITY = StringProperty(title="city")
asked = []


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(request["messages"])
        number = len(asked)
        outputs = {
            "name": request["tools"][-1]["function"]["name"],
            "arguments": json.dumps({"dish": f"dish {number}"}),
        }
        said = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"c{number}", "type": "function", "function": outputs}],
        }
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": said}],
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def flow(name, city, node, into):
    """A flow of one node between its start and its end."""
    start, end = StartNode(name="start", inputs=[city]), EndNode(name="end")
    return Flow(
        name=name,
        start_node=start,
        nodes=[start, node, end],
        inputs=[city],
        control_flow_connections=[
            ControlFlowEdge(name="1", from_node=start, to_node=node),
            ControlFlowEdge(name="2", from_node=node, to_node=end),
        ],
        data_flow_connections=[
            DataFlowEdge(
                name="3", source_node=start, source_output="city", destination_node=node, destination_input=into
            )
        ],
    )


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
agent = Agent(
    name="cook",
    llm_config=OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}"),
    system_prompt="Name a dish of {{city}}.",
    inputs=[CITY],
    outputs=[StringProperty(title="dish")],
)
subflow = flow("dish", CITY, AgentNode(name="agent", agent=agent), "city")
cities = ListProperty(title="city", item_type=CITY)
text = AgentSpecSerializer().to_json(flow("dishes", cities, MapNode(name="map", subflow=subflow), "iterated_city"))
for words, loading in [
    ("no checkpointer", lambda: {}),
    ("checkpointer", lambda: {"checkpointer": InMemorySaver()}),
    ("checkpointer and config", lambda: {"checkpointer": InMemorySaver(), "config": {}}),
]:
    asked.clear()
    graph = AgentSpecLoader(**loading()).load_json(text)
    thread = {"configurable": {"thread_id": "1"}}
    graph.invoke({"inputs": {"city": ["Bern", "Graz", "Lyon"]}, "messages": []}, thread)
    lengths = ", ".join(str(len(messages)) for messages in asked)
    earlier = ", ".join(dish for dish in ["dish 1", "dish 2"] if dish in json.dumps(asked[-1])) or "none"
    print(f"{words}: messages per request {lengths}; dishes of earlier cities in the last: {earlier}")
PYTHON
seen=$(OPENAI_API_KEY=none "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'no checkpointer: messages per request 2, 2, 2; dishes of earlier cities in the last: none
checkpointer: messages per request 2, 5, 8; dishes of earlier cities in the last: dish 1, dish 2
checkpointer and config: messages per request 2, 2, 2; dishes of earlier cities in the last: none' ]]

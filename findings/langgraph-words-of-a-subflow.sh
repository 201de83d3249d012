#!/usr/bin/env bash
# What a subflow says is heard by nobody in LangGraph's adapter: neither the caller nor the agent that comes next gets it.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI),
# CPython 3.11. Each runtime has an environment of its own: the one wants anyio below 4.12, the other above 4.14.
# Input: a flow of an OutputMessageNode that says "Bern is warm" and of an AgentNode after it; the same with the
# OutputMessageNode in a subflow that a FlowNode or a MapNode over one city runs. The model is a server of this script on the
# loopback address that keeps what it gets.
# Expected: the specification of the language (26.1.2, "Conversation") has subflows share the conversation of the flow that
# they are in: they append what they say to it, and after them that flow has access to it.
# Seen: WayFlow does so. In LangGraph the words of a subflow are dropped when its node is over, whichever it is: they are not
# among the messages of the result, and the agent is asked an empty question instead. A flow that is tidied into subflows falls
# silent, without a warning.
# Output when this was written, on 30 November 2026:
#   LangGraph, no subflow: said Bern is warm; the agent got Bern is warm
#   LangGraph, FlowNode: said nothing; the agent got nothing
#   LangGraph, MapNode: said nothing; the agent got nothing
#   WayFlow, no subflow: said Bern is warm; the agent got Bern is warm
#   WayFlow, FlowNode: said Bern is warm; the agent got Bern is warm
#   WayFlow, MapNode: said Bern is warm; the agent got Bern is warm
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/langgraph"
python3 -m venv "$work/wayflow"
"$work/langgraph/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
"$work/wayflow/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import AgentNode, EndNode, FlowNode, MapNode, OutputMessageNode, StartNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import ListProperty, StringProperty
from pyagentspec.serialization import AgentSpecSerializer

RUNTIME = sys.argv[1]
CITY = StringProperty(title="city")
asked = []


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(request["messages"])
        said = {"role": "assistant", "content": "So it is."}
        choice = {"index": 0, "finish_reason": "stop"}
        if request.get("stream"):
            kind, parts = "text/event-stream", [{**choice, "delta": said}]
        else:
            kind, parts = "application/json", [{**choice, "message": said}]
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": parts}
        body = json.dumps(answer)
        if request.get("stream"):
            body = f"data: {body}\n\ndata: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def flow(name, city, nodes, edges):
    """A flow whose nodes follow each other."""
    steps = list(zip(nodes, nodes[1:]))
    control = [ControlFlowEdge(name=f"c{n}", from_node=a, to_node=b) for n, (a, b) in enumerate(steps)]
    data = [
        DataFlowEdge(
            name=f"d{n}", source_node=nodes[0], source_output="city", destination_node=to, destination_input=input_
        )
        for n, (to, input_) in enumerate(edges)
    ]
    return Flow(
        name=name,
        start_node=nodes[0],
        nodes=nodes,
        inputs=[city],
        control_flow_connections=control,
        data_flow_connections=data,
    )


def around(kind, model):
    """A flow that speaks by itself or in the subflow of a node of a kind, and then asks an agent."""
    speaks = OutputMessageNode(name="speaks", message="{{city}} is warm")
    agent = AgentNode(name="agent", agent=Agent(name="weather", llm_config=model, system_prompt="Agree."))
    given = ListProperty(title="city", item_type=CITY) if kind is MapNode else CITY
    start, node, into = StartNode(name="start", inputs=[given]), speaks, "city"
    if kind:
        inner = StartNode(name="inner", inputs=[CITY])
        subflow = flow("subflow", CITY, [inner, speaks, EndNode(name="over")], [(speaks, "city")])
        node, into = kind(name="node", subflow=subflow), "iterated_city" if kind is MapNode else "city"
    return flow("flow", given, [start, node, agent, EndNode(name="end")], [(node, into)])


def texts(content):
    """Texts of a message, which is one text or a list of parts."""
    return [content] if isinstance(content, str) else [part["text"] for part in content or []]


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}")
for kind in [None, FlowNode, MapNode]:
    asked.clear()
    text = AgentSpecSerializer().to_json(around(kind, model))
    inputs = {"city": ["Bern"] if kind is MapNode else "Bern"}
    if RUNTIME == "LangGraph":
        from pyagentspec.adapters.langgraph import AgentSpecLoader

        messages = AgentSpecLoader().load_json(text).invoke({"inputs": inputs, "messages": []})["messages"]
    else:
        from wayflowcore.agentspec import AgentSpecLoader

        conversation = AgentSpecLoader().load_json(text).start_conversation(inputs)
        conversation.execute()
        messages = conversation.get_messages()
    said = [message.content for message in messages if message.content and message.content != "So it is."]
    got = [each for message in asked[0] if message["role"] != "system" for each in texts(message["content"]) if each]
    where = kind.__name__ if kind else "no subflow"
    print(f"{RUNTIME}, {where}: said {', '.join(said) or 'nothing'}; the agent got {', '.join(got) or 'nothing'}")
PYTHON
seen=$(
    export OPENAI_API_KEY=none
    "$work/langgraph/bin/python" "$work/ask.py" LangGraph
    "$work/wayflow/bin/python" "$work/ask.py" WayFlow
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, no subflow: said Bern is warm; the agent got Bern is warm
LangGraph, FlowNode: said nothing; the agent got nothing
LangGraph, MapNode: said nothing; the agent got nothing
WayFlow, no subflow: said Bern is warm; the agent got Bern is warm
WayFlow, FlowNode: said Bern is warm; the agent got Bern is warm
WayFlow, MapNode: said Bern is warm; the agent got Bern is warm' ]]

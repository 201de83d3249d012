#!/usr/bin/env bash
# Over AG-UI, a flow that asks is started over with each answer: it does its work again, and is never heard to ask.
#
# Packages: ag-ui-agent-spec 0.2.0 with ag-ui-protocol 1.0.0 and pyagentspec 26.3.1, once with langgraph 1.2.24 and once with
# wayflowcore 26.1.2, the newest that it can be installed with (PyPI, CPython 3.11); @ag-ui/client 1.0.0 (npm, Node.js 20).
# Input: a flow of a StartNode, a ToolNode, an OutputMessageNode that says "Who are you?", an InputMessageNode, and an
# OutputMessageNode that greets the name; and an Agent whose ServerTool has `requires_confirmation`. They are served by
# `add_agentspec_fastapi_endpoint`. The HttpAgent of AG-UI's client says "Hi", and answers twice ("Ann", or "yes").
# The model is a server of this script on the loopback address, which calls the tool whenever it is asked by a user.
# Expected: AG-UI 1.0 has a run that waits for a person end with an outcome of `interrupt`, and go on with the `resume` of the
# next run; the adapter's guide in Agent Spec's documentation has the user interface approve tools before they are executed.
# Seen: no interrupt is told, and the adapter's code does not read `resume`. Each answer is a new run from the start: the
# flow's tool is called three times, and the greeting is never reached. What an OutputMessageNode says is in no event, so that
# a client hears of the tool's result alone. With LangGraph the question counts as a crash, told after the run's end, at
# which the client throws; and a tool that waits for a yes is said to have given the result None, while it has not been run.
# Output when this was written, on 30 November 2026:
#   LangGraph, flow: tool calls 3, heard result charged, interrupts told 0, runs that failed 3
#   LangGraph, agent: tool calls 0, heard result None, interrupts told 0, runs that failed 0
#   WayFlow, flow: tool calls 3, heard result charged, interrupts told 0, runs that failed 0
#   WayFlow, agent: tool calls 0, heard nothing, interrupts told 0, runs that failed 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/langgraph"
python3 -m venv "$work/wayflow"
common=('ag-ui-agent-spec==0.2.0' 'ag-ui-protocol==1.0.0' 'uvicorn==0.54.0')
"$work/langgraph/bin/pip" install --quiet --disable-pip-version-check \
    "${common[@]}" 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
"$work/wayflow/bin/pip" install --quiet --disable-pip-version-check \
    "${common[@]}" 'pyagentspec==26.3.1' 'wayflowcore==26.1.2' \
    'anyio==4.11.0' 'fastapi==0.165.0' 'json-repair==0.44.1' 'mcp==1.29.1' 'starlette==1.10.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@ag-ui/client@1.0.0'
cat >"$work/client.mjs" <<'JAVASCRIPT'
import { HttpAgent } from "@ag-ui/client";

console.error = console.warn = () => {};
const agent = new HttpAgent({ url: process.argv[2], threadId: "thread" });
let [failed, interrupts] = [0, 0];
const count = ({ event }) => {
  if (event.type === "RUN_FINISHED" && event.outcome?.type === "interrupt") interrupts += 1;
};
for (const [number, words] of process.argv.slice(3).entries()) {
  agent.addMessage({ id: `user-${number}`, role: "user", content: words });
  try {
    await agent.runAgent({}, { onEvent: count });
  } catch {
    failed += 1;
  }
}
console.log(JSON.stringify({ messages: agent.messages, failed, interrupts }));
process.exit(0);
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import socket
import subprocess
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import uvicorn
from ag_ui_agentspec.agent import AgentSpecAgent
from ag_ui_agentspec.endpoint import add_agentspec_fastapi_endpoint
from fastapi import FastAPI
from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, InputMessageNode, OutputMessageNode, StartNode, ToolNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

RUNTIME, CLIENT = sys.argv[1:]
charged = []


def charge(**_) -> str:
    charged.append(1)
    return "charged"


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {"role": "assistant", "content": "Done."}
        if request["messages"][-1]["role"] == "user":
            call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "charge", "arguments": "{}"}}
            said = {"role": "assistant", "tool_calls": [call]}
        choice = {"index": 0, "finish_reason": "stop"}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        if request.get("stream"):
            kind = "text/event-stream"
            body = f"data: {json.dumps({**answer, 'choices': [{**choice, 'delta': said}]})}\n\ndata: [DONE]\n\n"
        else:
            kind, body = "application/json", json.dumps({**answer, "choices": [{**choice, "message": said}]})
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def tool(confirmed):
    receipt = StringProperty(title="receipt")
    return ServerTool(name="charge", description="Charges.", outputs=[receipt], requires_confirmation=confirmed)


def flow():
    """A flow that charges, asks for a name and greets it. WayFlow gets what the user said as `user_input`."""
    said, name = StringProperty(title="user_input", default=""), StringProperty(title="name")
    nodes = [
        StartNode(name="start", inputs=[said]),
        ToolNode(name="charge", tool=tool(False)),
        OutputMessageNode(name="question", message="Who are you?"),
        InputMessageNode(name="answer", outputs=[name]),
        OutputMessageNode(name="greeting", message="Hello {{name}}"),
        EndNode(name="end"),
    ]
    steps = enumerate(zip(nodes, nodes[1:]))
    return Flow(
        name="till",
        start_node=nodes[0],
        nodes=nodes,
        inputs=[said],
        control_flow_connections=[ControlFlowEdge(name=f"c{n}", from_node=a, to_node=b) for n, (a, b) in steps],
        data_flow_connections=[
            DataFlowEdge(
                name="d", source_node=nodes[3], source_output="name", destination_node=nodes[4], destination_input="name"
            )
        ],
    )


model = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
llm = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}")
agent = Agent(name="clerk", llm_config=llm, system_prompt="Charge.", tools=[tool(True)])
for words, spec, answer in [("flow", flow(), "Ann"), ("agent", agent, "yes")]:
    charged.clear()
    text = AgentSpecSerializer().to_json(spec)
    served = AgentSpecAgent(text, RUNTIME.lower(), tool_registry={"charge": charge})
    app = FastAPI()
    add_agentspec_fastapi_endpoint(app, served)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    client = subprocess.run(
        ["node", CLIENT, address, "Hi", answer, answer], stdout=subprocess.PIPE, text=True, timeout=60, check=True
    )
    heard = json.loads(client.stdout)
    said = [
        ("result " if message["role"] == "tool" else "") + message["content"]
        for message in heard["messages"]
        if message["role"] != "user" and message.get("content")
    ]
    print(
        f"{RUNTIME}, {words}: tool calls {len(charged)}, heard {', '.join(dict.fromkeys(said)) or 'nothing'}, "
        f"interrupts told {heard['interrupts']}, runs that failed {heard['failed']}"
    )
PYTHON
seen=$(
    export OPENAI_API_KEY=none
    "$work/langgraph/bin/python" "$work/ask.py" LangGraph "$work/client.mjs"
    "$work/wayflow/bin/python" "$work/ask.py" WayFlow "$work/client.mjs"
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, flow: tool calls 3, heard result charged, interrupts told 0, runs that failed 3
LangGraph, agent: tool calls 0, heard result None, interrupts told 0, runs that failed 0
WayFlow, flow: tool calls 3, heard result charged, interrupts told 0, runs that failed 0
WayFlow, agent: tool calls 0, heard nothing, interrupts told 0, runs that failed 0' ]]

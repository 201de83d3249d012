#!/usr/bin/env bash
# Over AG-UI, the turn after a tool call sends the model a broken history: a result twice, or arguments and words that are others.
#
# Packages: ag-ui-agent-spec 0.2.0 with ag-ui-protocol 1.0.0 and pyagentspec 26.3.1, once with langgraph 1.2.24 and once with
# wayflowcore 26.1.2, the newest that it can be installed with (PyPI, CPython 3.11); @ag-ui/client 1.0.0 (npm, Node.js 20).
# Input: an Agent with a ServerTool that gives the text "12_30", served by `add_agentspec_fastapi_endpoint`, and the HttpAgent
# of AG-UI's client, which says "Hi", waits and says "more". The model is a server of this script on the loopback address that
# keeps what it gets: it calls the tool, and then says "if a < b".
# Expected: the second request has what was said in the first turn, once and as it was said. AG-UI's clients send all
# messages with each run, by the ids of the events that they came with; a chat API wants each result after its call.
# Seen: with LangGraph, which keeps the conversation too, messages are told apart by id, but the event of a result has a new id.
# So the result of the first turn is appended once more, after the answer: OpenAI and others refuse a result that follows
# no call, and the conversation is over. With WayFlow, which keeps nothing, the arguments go out as a text in a text, and
# the answer as the client has it, with `&lt;` for `<`. Both clients hold 1230 for a result: the adapter reads texts as Python
# literals, for which 12_30 is a number; 0x1F becomes 31, and None null. None of it is told.
# That results did not line up with their calls is said in ag-ui-protocol/ag-ui pull request 1541, which was closed.
# Output when this was written, on 30 November 2026:
#   LangGraph, the client has: result 1230, words if a &lt; b
#   LangGraph, second turn: system, user Hi, call {}, result 12_30, words if a < b, result 1230, user more
#   WayFlow, the client has: result 1230, words if a &lt; b
#   WayFlow, second turn: system, user Hi, call "{}", result "1230", words if a &lt; b, user more
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

const agent = new HttpAgent({ url: process.argv[2], threadId: "thread" });
for (const [number, words] of ["Hi", "more"].entries()) {
  agent.addMessage({ id: `user-${number}`, role: "user", content: words });
  await agent.runAgent();
}
console.log(JSON.stringify(agent.messages));
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
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

RUNTIME, CLIENT = sys.argv[1:]
asked = []


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(request["messages"])
        said = {"role": "assistant", "content": "if a < b"}
        if request["messages"][-1]["role"] == "user":
            call = {"index": 0, "id": f"c{len(asked)}", "type": "function"}
            said = {"role": "assistant", "tool_calls": [{**call, "function": {"name": "look", "arguments": "{}"}}]}
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


def look(**_) -> str:
    return "12_30"


def text(content):
    """The text of a message, which is one text or a list of parts."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content or [])


def told(message):
    """A message in a few words."""
    role, calls = message["role"], message.get("tool_calls")
    if calls:
        return "call " + ", ".join(call["function"]["arguments"] for call in calls)
    words = {"tool": "result ", "assistant": "words ", "user": "user "}
    return words[role] + text(message["content"]) if role in words else role


model = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
agent = Agent(
    name="guard",
    llm_config=OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}"),
    system_prompt="Look.",
    tools=[ServerTool(name="look", description="Looks.", outputs=[StringProperty(title="time")])],
)
served = AgentSpecAgent(AgentSpecSerializer().to_json(agent), RUNTIME.lower(), tool_registry={"look": look})
app = FastAPI()
add_agentspec_fastapi_endpoint(app, served)
listening = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
client = subprocess.run(["node", CLIENT, address], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
kept = {message["role"]: message for message in json.loads(client.stdout)[:4]}
print(f"{RUNTIME}, the client has: result {kept['tool']['content']}, words {kept['assistant']['content']}")
print(f"{RUNTIME}, second turn: {', '.join(told(message) for message in asked[2])}")
PYTHON
seen=$(
    export OPENAI_API_KEY=none
    "$work/langgraph/bin/python" "$work/ask.py" LangGraph "$work/client.mjs"
    "$work/wayflow/bin/python" "$work/ask.py" WayFlow "$work/client.mjs"
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, the client has: result 1230, words if a &lt; b
LangGraph, second turn: system, user Hi, call {}, result 12_30, words if a < b, result 1230, user more
WayFlow, the client has: result 1230, words if a &lt; b
WayFlow, second turn: system, user Hi, call "{}", result "1230", words if a &lt; b, user more' ]]

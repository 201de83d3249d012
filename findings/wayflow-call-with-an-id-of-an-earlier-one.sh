#!/usr/bin/env bash
# A call of a ClientTool whose id the model used in an earlier turn is never made in WayFlow, and nobody hears of it.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI), CPython 3.11.
# Input: an agent with one tool that pays an order: a ServerTool, one that wants a yes, or a ClientTool, whose result the caller
# brings. The user names the orders a and b, and in the next turn c, d and e; the model calls the tool for each, all calls of a
# turn at once. Its calls have ids of their own, or the tool's name and the call's place in its turn, as Kimi K3 has them at
# Fireworks (fw-ai/fireconnect issue 16). The model is a server of this script on the loopback address.
# Expected: each call is made, since a result answers a call of the turn before it. LangGraph's adapter makes all of them
# (tried).
# Seen: so does WayFlow with a ServerTool. Of a ClientTool it asks for those calls alone whose ids have no result anywhere in
# the conversation: the calls for c and d have ids that had one in the first turn, and the caller gets one for e. The agent goes
# on, and the model is sent a history in which two calls have no result, or, where all ids of a turn are known, no result at
# all. Nothing is logged or raised. Served over the Responses API, such an agent hands its client the call for e alone.
# Output when this was written, on 1 December 2026:
#   ServerTool, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
#   ServerTool that wants a yes, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
#   ClientTool, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
#   ServerTool, ids of their place: called a b c d e, paid a b c d e, results that the model has 5
#   ServerTool that wants a yes, ids of their place: called a b c d e, paid a b c d e, results that the model has 5
#   ClientTool, ids of their place: called a b c d e, paid a b e, results that the model has 3
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ClientTool, ServerTool
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.executors.executionstatus import ToolExecutionConfirmationStatus, ToolRequestStatus
from wayflowcore.tools import ToolResult

paid, made, history = [], [], []
own_ids = True


def call(order, index):
    """A call that pays an order. Its id is that of its place in the turn, unless ids are to be of their own."""
    made.append(order)
    function = {"name": "pay", "arguments": json.dumps({"order": order})}
    return {"index": index, "id": f"pay:{len(made) if own_ids else index}", "type": "function", "function": function}


class Model(BaseHTTPRequestHandler):
    """Calls `pay` for each order that the user names, and keeps the history that it was asked with last."""

    def do_POST(self):
        history[:] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        if history[-1]["role"] == "user":
            orders = history[-1]["content"][0]["text"].split()
            said = {"tool_calls": [call(order, index) for index, order in enumerate(orders)]}
        else:
            said = {"content": "Done."}
        choice = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", **said}}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pay(order: str) -> str:
    paid.append(order)
    return f"paid {order}"


def answered(conversation, status):
    """Goes on as a person and a client do who say yes to all and pay what they are asked to."""
    while isinstance(status, (ToolRequestStatus, ToolExecutionConfirmationStatus)):
        for request in status.tool_requests:
            if isinstance(status, ToolRequestStatus):
                conversation.append_tool_result(ToolResult(pay(**request.args), request.tool_request_id))
            else:
                status.confirm_tool_execution(request)
        status = conversation.execute()


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
config = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}")
for ids in ["ids of their own", "ids of their place"]:
    own_ids = ids == "ids of their own"
    for label, kind, extra in [
        ("ServerTool", ServerTool, {}),
        ("ServerTool that wants a yes", ServerTool, {"requires_confirmation": True}),
        ("ClientTool", ClientTool, {}),
    ]:
        order, state = StringProperty(title="order"), StringProperty(title="state")
        tool = kind(name="pay", description="Pays.", inputs=[order], outputs=[state], **extra)
        agent = Agent(name="agent", llm_config=config, system_prompt="Pay.", tools=[tool])
        registry = {"pay": pay} if kind is ServerTool else {}
        text = AgentSpecSerializer().to_json(agent)
        conversation = AgentSpecLoader(tool_registry=registry).load_json(text).start_conversation()
        paid.clear()
        made.clear()
        for said in ["a b", "c d e"]:
            conversation.append_user_message(said)
            answered(conversation, conversation.execute())
        results = sum(message["role"] == "tool" for message in history)
        print(f"{label}, {ids}: called {' '.join(made)}, paid {' '.join(paid)}, results that the model has {results}")
PYTHON
seen=$(OPENAI_API_KEY=none timeout 120 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'ServerTool, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
ServerTool that wants a yes, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
ClientTool, ids of their own: called a b c d e, paid a b c d e, results that the model has 5
ServerTool, ids of their place: called a b c d e, paid a b c d e, results that the model has 5
ServerTool that wants a yes, ids of their place: called a b c d e, paid a b c d e, results that the model has 5
ClientTool, ids of their place: called a b c d e, paid a b e, results that the model has 3' ]]

#!/usr/bin/env bash
# In LangGraph's adapter each call meets an MCP server of its own, so that a basket is empty when it is ordered; in WayFlow none ever ends.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24, langchain-mcp-adapters 0.3.2 and mcp 1.30.0; wayflowcore 26.3.1 with
# pyagentspec 26.3.1 and mcp 1.30.0 (PyPI, CPython 3.11). Each runtime has an environment of its own.
# Input: an Agent with an MCPToolBox over stdio. The server keeps a basket in memory, with the tools `put` and `order`, and
# writes down when it starts. The agent is told to order tea and milk, in four conversations, one after the other; the model, a
# server of this script on the loopback address, puts one, then the other, and orders. Each conversation is over and let go before the
# next. Then, in one more, the server's process is killed between two messages, as by a lack of memory.
# Expected: by the protocol (2025-11-25, "Lifecycle") a session over stdio lasts as long as the process of its server, which the
# client ends by closing its input. What is put and ordered in one conversation is one basket.
# Seen: LangGraph's adapter starts a server for each call and one to list the tools, ends each at once, and has each tell that all
# went well: what is ordered is nothing. Databases' transactions, browsers' pages and logins are lost in the same way. WayFlow
# starts one for each conversation and keeps it until the program ends: after four conversations that are over four servers are at
# work, after a garbage collection, too; a program that serves has one more with each. If the server of a conversation dies, each
# later message of that conversation fails with ClosedResourceError, which has no words, for good.
# Output when this was written, on 1 December 2026:
#   LangGraph: the basket has nothing nothing nothing nothing; servers started 13, running 0
#   LangGraph, killed between two messages: the basket has nothing, then nothing, then nothing
#   WayFlow: the basket has tea+milk tea+milk tea+milk tea+milk; servers started 4, running 4
#   WayFlow, killed between two messages: the basket has tea+milk, then ClosedResourceError, then ClosedResourceError
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
import os
import sys

from mcp.server.fastmcp import FastMCP

with open(sys.argv[1], "a") as log:
    log.write(f"{os.getpid()}\n")
server = FastMCP("shop", log_level="ERROR")
basket = []


@server.tool()
def put(what: str) -> str:
    basket.append(what)
    return "put"


@server.tool()
def order() -> str:
    return "ordered " + ("+".join(basket) or "nothing")


server.run()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import gc
import json
import logging
import os
import re
import signal
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.mcp import MCPToolBox, StdioTransport
from pyagentspec.serialization import AgentSpecSerializer

RUNTIME, SERVER, LOG = sys.argv[1:]
CALLS = [("put", {"what": "tea"}), ("put", {"what": "milk"}), ("order", {})]
orders = []


class Model(BaseHTTPRequestHandler):
    """Makes the calls for each message of the user, and keeps what is told of the order."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        messages = request["messages"]
        last = max(place for place, message in enumerate(messages) if message["role"] == "user")
        results = [message["content"] for message in messages[last:] if message["role"] == "tool"]
        if len(results) < len(CALLS):
            name, arguments = CALLS[len(results)]
            call = {"index": 0, "id": f"c{len(messages)}", "type": "function"}
            call["function"] = {"name": name, "arguments": json.dumps(arguments)}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        else:
            orders.append(re.search(r"ordered ([+a-z]+)", json.dumps(results[-1]))[1])
            message = {"role": "assistant", "content": "Done."}
        head = {"id": "1", "created": 1, "model": "m"}
        choice = {"index": 0, "finish_reason": "tool_calls" if message.get("tool_calls") else "stop"}
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


def conversations(text):
    """A function that begins a conversation, and gives one that says something in it."""
    if RUNTIME == "WayFlow":
        from wayflowcore.agentspec import AgentSpecLoader
        from wayflowcore.mcp import enable_mcp_without_auth

        enable_mcp_without_auth()
        agent = AgentSpecLoader(blocked_components=[]).load_json(text)

        def begin():
            conversation = agent.start_conversation()

            def say(words):
                conversation.append_user_message(words)
                conversation.execute()

            return say

        return begin
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    graph = AgentSpecLoader(blocked_components=[]).load_json(text)

    def begin():
        messages = []

        def say(words):
            messages.append({"role": "user", "content": words})
            messages[:] = asyncio.run(graph.ainvoke({"messages": messages}))["messages"]

        return say

    return begin


def started():
    with open(LOG) as log:
        return [int(line) for line in log]


def is_running(process):
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until_gone(processes):
    """Waits for processes to end, and no longer than a while."""
    end = time.monotonic() + 10
    while any(map(is_running, processes)) and time.monotonic() < end:
        time.sleep(0.1)


open(LOG, "w").close()
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1")
box = MCPToolBox(name="box", client_transport=StdioTransport(name="t", command=sys.executable, args=[SERVER, LOG]))
agent = Agent(name="agent", llm_config=model, system_prompt="Help.", toolboxes=[box])
begin = conversations(AgentSpecSerializer().to_json(agent))
for _ in range(4):
    begin()("Order tea and milk.")
    gc.collect()
until_gone(started())
running = sum(map(is_running, started()))
print(f"{RUNTIME}: the basket has {' '.join(orders)}; servers started {len(started())}, running {running}")
say = begin()
before = started()
say("Order tea and milk.")
seen = [orders[-1]]
killed = [process for process in started() if process not in before and is_running(process)]
for process in killed:
    os.kill(process, signal.SIGKILL)
until_gone(killed)
time.sleep(1)
for _ in range(2):
    try:
        say("Order tea and milk.")
        seen.append(orders[-1])
    except Exception as error:
        seen.append(type(error).__name__)
print(f"{RUNTIME}, killed between two messages: the basket has {', then '.join(seen)}", flush=True)
for process in filter(is_running, started()):
    os.kill(process, signal.SIGKILL)
os._exit(0)
PYTHON
seen=$(
    for runtime in LangGraph WayFlow; do
        timeout 100 "$work/$runtime/bin/python" "$work/ask.py" "$runtime" "$work/server.py" "$work/log" 2>"$work/errors" ||
            cat "$work/errors"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph: the basket has nothing nothing nothing nothing; servers started 13, running 0
LangGraph, killed between two messages: the basket has nothing, then nothing, then nothing
WayFlow: the basket has tea+milk tea+milk tea+milk tea+milk; servers started 4, running 4
WayFlow, killed between two messages: the basket has tea+milk, then ClosedResourceError, then ClosedResourceError' ]]

#!/usr/bin/env bash
# An agent with one MCPTool is offered all tools of its server in Agent Framework, and calls them; with two it can't even be run.
#
# Packages: pyagentspec[agent-framework] 26.3.1 with agent-framework-core 1.23.0, agent-framework-openai 1.17.0, mcp 2.3.0 and
# tenacity 9.1.4; wayflowcore 26.3.1 with mcp 1.30.0 (PyPI, CPython 3.11; an environment for each).
# Input: a server of three tools, `look`, `count` and `wipe`, over streamable HTTP, and an Agent that has an MCPTool `look`, or
# MCPTools `look` and `count`, with descriptions of its own. It is loaded in each runtime and told to go. The model calls the last
# tool that it is offered, but for WayFlow's own `talk_to_user`. Server and model are of this script on the loopback address.
# Expected: an MCPTool is a single tool that a server has (its documentation); for all or several there is the MCPToolBox.
# Seen: Agent Framework's adapter makes an MCP tool of each MCPTool, and that is what the framework calls a server. The model is
# offered all that it has, with the server's names and descriptions, and `wipe`, which the agent was never given, is done. Nothing
# is said when it is loaded. Two tools of one server are two such servers, whose tools have the same names: the run ends before the
# model is asked. WayFlow offers what the agent has.
# Output when this was written, on 1 December 2026:
#   Agent Framework, look: offered look count wipe; wiped yes
#   Agent Framework, look and count: ValueError; wiped no
#   WayFlow, look: offered look; wiped no
#   WayFlow, look and count: offered look count; wiped no
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/framework"
"$work/framework/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec[agent-framework]==26.3.1' \
  'agent-framework-core==1.23.0' 'agent-framework-openai==1.17.0' 'mcp==2.3.0' 'tenacity==9.1.4'
python3 -m venv "$work/wayflow"
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'wayflowcore==26.3.1' 'pyagentspec==26.3.1' 'mcp==1.30.0'
port=$(python3 -c 'import socket; free = socket.create_server(("127.0.0.1", 0)); print(free.getsockname()[1])')
cat >"$work/server.py" <<'PYTHON'
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("shop", log_level="CRITICAL")


@server.tool()
def look(what: str) -> str:
    return "one left"


@server.tool()
def count(what: str) -> str:
    return "1"


@server.tool()
def wipe(what: str) -> str:
    with open(sys.argv[2], "w"):
        return "wiped"


server.run(transport="streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
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
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.mcp import MCPTool, StreamableHTTPTransport
from pyagentspec.property import StringProperty

runtime, port, wiped = sys.argv[1:]
offered = []


class Model(BaseHTTPRequestHandler):
    """Calls the last tool that it is offered, and is done with its result."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = [tool["function"]["name"] for tool in body.get("tools", [])]
        tools = [name for name in names if name != "talk_to_user"]
        offered.append(tools)
        message = {"role": "assistant", "content": "Done."}
        if body["messages"][-1]["role"] != "tool" and tools:
            call = {"id": "1", "type": "function", "function": {"name": tools[-1], "arguments": '{"what": "all"}'}}
            message = {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call}]}
        reason = "tool_calls" if "tool_calls" in message else "stop"
        told = {"id": "c", "created": 1, "model": "m"}
        if body.get("stream"):
            choices = [
                {"index": 0, "delta": message, "finish_reason": None},
                {"index": 0, "delta": {}, "finish_reason": reason},
            ]
            chunks = [{**told, "object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
            data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        else:
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            choice = {"index": 0, "message": message, "finish_reason": reason}
            data = json.dumps({**told, "object": "chat.completion", "choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data.encode())

    def log_message(self, *_):
        pass


async def framework(agent):
    from pyagentspec.adapters.agent_framework import AgentSpecLoader

    async with AgentSpecLoader().load_component(agent) as loaded:
        await loaded.run("Go.")


async def wayflow(agent):
    from wayflowcore.agentspec import AgentSpecLoader
    from wayflowcore.mcp import enable_mcp_without_auth

    enable_mcp_without_auth()
    conversation = AgentSpecLoader().load_component(agent).start_conversation()
    conversation.append_user_message("Go.")
    await conversation.execute_async()


def run(words, names):
    offered.clear()
    if os.path.exists(wiped):
        os.remove(wiped)
    what, said = [StringProperty(title="what")], [StringProperty(title="said")]
    tools = [MCPTool(name=name, description="Mine.", client_transport=shop, inputs=what, outputs=said) for name in names]
    agent = Agent(name="agent", llm_config=model, system_prompt="Help.", tools=tools)
    try:
        asyncio.run((framework if runtime == "Agent Framework" else wayflow)(agent))
        line = f"offered {' '.join(offered[0])}"
    except Exception as error:
        line = type(error).__name__
    print(f"{runtime}, {words}: {line}; wiped {'yes' if os.path.exists(wiped) else 'no'}", flush=True)


async def listens():
    async with asyncio.timeout(60):
        while True:
            try:
                (await asyncio.open_connection("127.0.0.1", int(port)))[1].close()
                return
            except OSError:
                await asyncio.sleep(0.1)


asyncio.run(listens())
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
shop = StreamableHTTPTransport(name="shop", url=f"http://127.0.0.1:{port}/mcp")
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1")
run("look", ["look"])
run("look and count", ["look", "count"])
PYTHON
"$work/framework/bin/python" "$work/server.py" "$port" "$work/wiped" >"$work/log" 2>&1 &
seen=$(
  timeout 120 "$work/framework/bin/python" "$work/ask.py" 'Agent Framework' "$port" "$work/wiped" 2>"$work/errors" || cat "$work/errors"
  timeout 120 "$work/wayflow/bin/python" "$work/ask.py" WayFlow "$port" "$work/wiped" 2>"$work/errors" || cat "$work/errors"
)
printf '%s\n' "$seen"
[[ "$seen" == 'Agent Framework, look: offered look count wipe; wiped yes
Agent Framework, look and count: ValueError; wiped no
WayFlow, look: offered look; wiped no
WayFlow, look and count: offered look count; wiped no' ]]

#!/usr/bin/env bash
# An agent that AutoGen's adapter loads calls tools once and must answer; there and in OpenAI Agents its tool boxes are not even visited.
#
# Packages: pyagentspec[autogen] 26.3.1 with autogen-agentchat and autogen-ext 0.7.5; pyagentspec[openai-agents] 26.3.1 with
# openai-agents 0.24.0 (PyPI), CPython 3.11.
# Input: an Agent that is to look first and then to order, with a ServerTool for each, an MCPToolBox, the output `verdict`, a
# temperature and a bound on tokens. It is loaded by both adapters and told to order. The model calls `look` and then `order` as
# long as it is offered tools. It is a server of this script on the loopback address, as is that of the tool box, which counts
# visits.
# Expected: the agent has the tools of its tool boxes as well, hands in its outputs, and calls tools until it is done, as with
# WayFlow and LangGraph; or the adapter refuses what it can't load, as it does for flows.
# Seen:
# - AutoGen's agent is made with its usual `max_tool_iterations`, 1: after one round of calls the model is asked without any
#   tools, and what it says then is the answer. Whatever needs a second call is not done; that the answer says so is up to the
#   model.
# - Neither adapter reads `toolboxes`, `outputs` and the parameters of the model: nobody visits the tool box's server, no output
#   is asked for, and the requests have no temperature and no bound. Nothing is said when the file is loaded, nor later.
# Of parameters and the Agent Framework, `agent-framework-model-config.sh` tells something similar.
# Output when this was written, on 1 December 2026:
#   autogen: called look; said Not ordered.
#   autogen: tools offered look, order; visits to the tool box 0; sent of the rest nothing
#   openai-agents: called look, order; said Ordered.
#   openai-agents: tools offered look, order; visits to the tool box 0; sent of the rest nothing
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for adapter in autogen openai-agents; do
    python3 -m venv "$work/$adapter"
done
"$work/autogen/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[autogen]==26.3.1' 'autogen-agentchat==0.7.5' 'autogen-ext==0.7.5'
"$work/openai-agents/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[openai-agents]==26.3.1' 'openai-agents==0.24.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig
from pyagentspec.mcp import MCPToolBox, StreamableHTTPTransport
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

asked, called, visits = [], [], []


class Server(BaseHTTPRequestHandler):
    """The model, which calls `look` and then `order` as long as it is offered them, and the tool box's server."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/mcp":
            visits.append(body)
            return self.send_error(404)
        request = json.loads(body)
        asked.append(request)
        done = sum(message["role"] == "tool" for message in request["messages"])
        said, reason = {"content": "Ordered." if done == 2 else "Not ordered."}, "stop"
        if done < 2 and request.get("tools"):
            function = {"name": ["look", "order"][done], "arguments": "{}"}
            said = {"content": None, "tool_calls": [{"id": f"c{done}", "type": "function", "function": function}]}
            reason = "tool_calls"
        choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **said}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def look():
    called.append("look")
    return "There is one left."


def order():
    called.append("order")
    return "done"


async def autogen(text):
    from pyagentspec.adapters.autogen import AgentSpecLoader

    result = await AgentSpecLoader(tool_registry=tools).load_json(text).run(task="Order it.")
    return result.messages[-1].content


async def openai_agents(text):
    from agents import Runner, set_tracing_disabled
    from pyagentspec.adapters.openaiagents import AgentSpecLoader

    set_tracing_disabled(True)
    result = await Runner.run(AgentSpecLoader(tool_registry=tools).load_json(text), "Order it.")
    return result.final_output


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
tools = {"look": look, "order": order}
said = StringProperty(title="said")
agent = Agent(
    name="agent",
    llm_config=OpenAiCompatibleConfig(
        name="m",
        model_id="m",
        url=f"{url}/v1",
        default_generation_parameters=LlmGenerationConfig(temperature=0.2, max_tokens=50),
    ),
    system_prompt="Look first, then order.",
    tools=[ServerTool(name=name, description=f"{name}s", inputs=[], outputs=[said]) for name in tools],
    toolboxes=[MCPToolBox(name="box", client_transport=StreamableHTTPTransport(name="t", url=f"{url}/mcp"))],
    outputs=[StringProperty(title="verdict")],
)
last = asyncio.run({"autogen": autogen, "openai-agents": openai_agents}[sys.argv[1]](AgentSpecSerializer().to_json(agent)))
print(f"{sys.argv[1]}: called {', '.join(called)}; said {last}")
sent = ["temperature", "max_tokens", "response_format"]
offered = [tool["function"]["name"] for tool in asked[0]["tools"]]
print(
    f"{sys.argv[1]}: tools offered {', '.join(offered)}; visits to the tool box {len(visits)}; "
    f"sent of the rest {', '.join(key for key in sent if key in asked[0]) or 'nothing'}"
)
PYTHON
seen=$(
    for adapter in autogen openai-agents; do
        OPENAI_API_KEY=none timeout 120 "$work/$adapter/bin/python" "$work/ask.py" "$adapter"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == 'autogen: called look; said Not ordered.
autogen: tools offered look, order; visits to the tool box 0; sent of the rest nothing
openai-agents: called look, order; said Ordered.
openai-agents: tools offered look, order; visits to the tool box 0; sent of the rest nothing' ]]

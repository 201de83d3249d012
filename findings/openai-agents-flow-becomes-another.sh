#!/usr/bin/env bash
# A flow that OpenAI Agents' adapter turns into Python leaves its LlmNode out, fills nothing in, and asks OpenAI instead of your server.
#
# Packages: pyagentspec[openai-agents] 26.3.1 with openai-agents 0.24.0; pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 (PyPI,
# CPython 3.11; an environment for each).
# Input: a flow of a StartNode with the inputs `topic` and `tone`, an LlmNode that sums the topic up, an AgentNode whose agent writes
# of the summary in that tone, and an EndNode, with data edges for all three values. Its model is an OpenAiCompatibleConfig with a
# url and a temperature. It is loaded by the adapter, which gives the source of a Python module for a flow; that is run as it
# is, with the inputs of the flow, and with the one that it has. Beside it, the agent by itself; and the flow in LangGraph's adapter.
# Two servers of this script on the loopback address stand for the one of the file and, by OPENAI_BASE_URL, for OpenAI's.
# Expected: what the adapter can't express it refuses, as (by its code) other kinds of nodes and cycles.
# Seen: the module is made without an error or a warning. It has no trace of the LlmNode: the model is never asked for a summary.
# It takes one text, `input_as_text`, instead of the flow's inputs, and says that to the agent as a user's message; the agent's
# prompt goes out with its braces. Of the model only the name and the temperature are left: the request goes to OpenAI, with the
# key of the environment, to a model of that name, if there is one; a flow that was written for a server of one's own so sends what
# it is given out of the house. An agent by itself is asked where its file says. (A model with a key: the flow can't be loaded.)
# Output when this was written, on 1 December 2026:
#   LangGraph, flow: your server: "Sum up tea."; your server: "Write of a text in a dry tone."
#   OpenAI Agents, agent: your server: "Write of {{summary}} in a {{tone}} tone."
#   OpenAI Agents, flow with its inputs: ValidationError
#   OpenAI Agents, flow with a text: OpenAI: "Write of {{summary}} in a {{tone}} tone.", user "tea", temperature 0.5, key of the environment
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/agents"
"$work/agents/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'pyagentspec[openai-agents]==26.3.1' 'openai-agents==0.24.0'
python3 -m venv "$work/langgraph"
"$work/langgraph/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
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
asked = []
USAGE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
DETAILS = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}


def answer(path):
    """A text, as a chat completion or as a response."""
    if path.endswith("/responses"):
        content = [{"type": "output_text", "text": "a text", "annotations": []}]
        item = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content}
        told = {"id": "r", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": [item]}
        return {**told, "tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "usage": {**USAGE, **DETAILS}}
    choice = {"index": 0, "message": {"role": "assistant", "content": "a text"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def started(name):
    class Model(BaseHTTPRequestHandler):
        """Keeps what it is asked."""

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((name, self.headers["Authorization"], body))
            data = json.dumps(answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


own = started("your server")
os.environ.update(OPENAI_BASE_URL=started("OpenAI"), OPENAI_API_KEY="of the environment", OPENAI_AGENTS_DISABLE_TRACING="1")

from pyagentspec.agent import Agent
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import AgentNode, EndNode, LlmNode, StartNode
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer

parameters = LlmGenerationConfig(temperature=0.5)
model = OpenAiCompatibleConfig(name="m", model_id="m", url=own, default_generation_parameters=parameters)
topic, tone, summary = (StringProperty(title=title) for title in ("topic", "tone", "summary"))
start = StartNode(name="start", inputs=[topic, tone])
sums_up = LlmNode(name="sums_up", llm_config=model, prompt_template="Sum up {{topic}}.", outputs=[summary])
prompt = "Write of {{summary}} in a {{tone}} tone."
agent = Agent(name="writer", llm_config=model, system_prompt=prompt, inputs=[summary, tone])
writes = AgentNode(name="writes", agent=agent)
nodes = [start, sums_up, writes, EndNode(name="end")]
flow = Flow(
    name="flow",
    start_node=start,
    nodes=nodes,
    control_flow_connections=[
        ControlFlowEdge(name=f"{source.name}_{to.name}", from_node=source, to_node=to) for source, to in zip(nodes, nodes[1:])
    ],
    data_flow_connections=[
        DataFlowEdge(name=name, source_node=source, source_output=name, destination_node=to, destination_input=name)
        for source, name, to in [(start, "topic", sums_up), (sums_up, "summary", writes), (start, "tone", writes)]
    ],
)
def text(content):
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def told(call):
    """Whom a request went to, and with what."""
    name, key, body = call
    said = {message["role"]: text(message["content"]) for message in body.get("messages", body.get("input"))}
    if "instructions" in body:
        more = f', user "{said["user"]}", temperature {body["temperature"]}, key {key.removeprefix("Bearer ")}'
        return f'{name}: "{body["instructions"]}"{more}'
    return f'{name}: "{said.get("system") or said["user"]}"'


def run(words, act):
    asked.clear()
    try:
        act()
    except Exception as error:
        print(f"{words}: {type(error).__name__}")
    else:
        print(f"{words}: {'; '.join(map(told, asked))}")


if sys.argv[1] == "langgraph":
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    values = {"topic": "tea", "tone": "dry"}
    run("LangGraph, flow", lambda: AgentSpecLoader().load_component(flow).invoke({"inputs": values, "messages": []}))
else:
    from agents import Runner
    from pyagentspec.adapters.openaiagents import AgentSpecLoader

    module = {}
    exec(AgentSpecLoader().load_component(flow), module)
    go = lambda **inputs: asyncio.run(module["run_workflow"](module["WorkflowInput"](**inputs)))
    run("OpenAI Agents, agent", lambda: asyncio.run(Runner.run(AgentSpecLoader().load_component(agent), "tea")))
    run("OpenAI Agents, flow with its inputs", lambda: go(topic="tea", tone="dry"))
    run("OpenAI Agents, flow with a text", lambda: go(input_as_text="tea"))
PYTHON
seen=$(
  for runtime in langgraph agents; do
    timeout 90 "$work/$runtime/bin/python" "$work/ask.py" "$runtime" 2>"$work/errors" || cat "$work/errors"
  done
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, flow: your server: "Sum up tea."; your server: "Write of a text in a dry tone."
OpenAI Agents, agent: your server: "Write of {{summary}} in a {{tone}} tone."
OpenAI Agents, flow with its inputs: ValidationError
OpenAI Agents, flow with a text: OpenAI: "Write of {{summary}} in a {{tone}} tone.", user "tea", temperature 0.5, key of the environment' ]]

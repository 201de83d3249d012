#!/usr/bin/env bash
# An agent with outputs comes back from LangGraph without them, and is told for good to hand them in by a tool it lacks.
#
# Package: pyagentspec[langgraph] 26.3.1 (PyPI), its LangGraph adapter, langgraph 1.2.24, CPython 3.11.
# Input: an Agent with the output `verdict`, a tool with the output `height`, a temperature and a bound on tokens, loaded by
# AgentSpecLoader and written by AgentSpecExporter, with nothing done in between; then what came out is loaded and asked.
# The model is a server of this script on the loopback address that keeps what it gets.
# Seen: the exported file has no outputs, neither of the agent nor of its tool, and no generation parameters. What the
# loader adds to the prompt of an agent with outputs, two sentences that ask for a call of a tool that takes the outputs and
# forbid a last answer in text, is taken for the author's own words and stays. So the model of the exported agent, in whatever
# runtime, is forbidden to answer and offered no tool to answer with. Nothing is said of any of it.
# Output when this was written:
#   written: outputs verdict; of the tool height; parameters {"max_tokens": 50, "temperature": 0.2}; sentences in the prompt: 1
#   exported: outputs none; of the tool none; parameters none; sentences in the prompt: 3
#   asked after the export: forbids text: True, tools offered: look
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
from pyagentspec.adapters.langgraph import AgentSpecExporter, AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig
from pyagentspec.property import IntegerProperty, StringProperty
from pyagentspec.serialization import AgentSpecDeserializer, AgentSpecSerializer
from pyagentspec.tools import ServerTool

requests = []


class Model(BaseHTTPRequestHandler):
    """Answers every request for a chat completion with `ok`."""

    def do_POST(self):
        requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        message = {"role": "assistant", "content": "ok"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        told = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({**told, "choices": [choice], "usage": usage}).encode())

    def log_message(self, *_):
        pass


def told(words, text):
    """Prints what of an agent's file is looked at here."""
    agent = AgentSpecDeserializer().from_json(text)
    titles = lambda properties: ", ".join(property_.title for property_ in properties or []) or "none"
    parameters = agent.llm_config.default_generation_parameters
    kept = json.dumps(parameters.model_dump(exclude_none=True), sort_keys=True) if parameters else "none"
    (tool,) = agent.tools
    print(
        f"{words}: outputs {titles(agent.outputs)}; of the tool {titles(tool.outputs)};",
        f"parameters {kept}; sentences in the prompt: {agent.system_prompt.count('.')}",
    )


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
written = AgentSpecSerializer().to_json(
    Agent(
        name="guide",
        llm_config=OpenAiCompatibleConfig(
            name="model",
            url=f"http://127.0.0.1:{server.server_port}",
            model_id="m",
            default_generation_parameters=LlmGenerationConfig(temperature=0.2, max_tokens=50),
        ),
        system_prompt="Judge the hill.",
        tools=[
            ServerTool(
                name="look",
                description="Looks at a hill.",
                inputs=[StringProperty(title="hill")],
                outputs=[IntegerProperty(title="height")],
            )
        ],
        outputs=[StringProperty(title="verdict")],
    )
)
loader = AgentSpecLoader(tool_registry={"look": lambda hill: 1})
exported = AgentSpecExporter().to_json(loader.load_json(written))
told("written", written)
told("exported", exported)
loader.load_json(exported).invoke({"messages": [{"role": "user", "content": "hello"}]})
(request,) = requests
forbids = "plain-text" in request["messages"][0]["content"]
offered = ", ".join(tool["function"]["name"] for tool in request["tools"])
print(f"asked after the export: forbids text: {forbids}, tools offered: {offered}")
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'written: outputs verdict; of the tool height; parameters {"max_tokens": 50, "temperature": 0.2}; sentences in the prompt: 1
exported: outputs none; of the tool none; parameters none; sentences in the prompt: 3
asked after the export: forbids text: True, tools offered: look' ]]

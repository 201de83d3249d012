#!/usr/bin/env bash
# Of what an OpenAiCompatibleConfig says, Agent Framework's adapter hands over the model's name and hardly anything else.
#
# Packages: pyagentspec[agent-framework] 26.3.1, agent-framework-core 1.23.0, agent-framework-openai 1.17.0 (PyPI),
# CPython 3.11.
# Input: an Agent whose OpenAiCompatibleConfig has a temperature, a bound on tokens, a `top_p` and an `api_key`, loaded,
# asked one thing and exported. The model is a server of this script on the loopback address that keeps what it gets. Then
# the same Agent with an address that begins with https.
# Seen: the request has none of the three parameters, and the key `openai` instead of the file's. The adapter keeps the
# parameters as additional properties of the agent, which the framework does not send; the exporter reads them from there,
# so that the file which comes out has them still, and a comparison of files finds nothing lost. An https address
# gets `http://` before it: the request would go, unencrypted, to a host called `https`.
# Output when this was written:
#   sent: messages, model, stream
#   key: openai
#   exported parameters: {"max_tokens": 50, "temperature": 0.2, "top_p": 0.5}
#   https://models.example/v1 becomes http://https//models.example/v1/
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'pyagentspec[agent-framework]==26.3.1' 'agent-framework-core==1.23.0' 'agent-framework-openai==1.17.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.adapters.agent_framework import AgentSpecExporter, AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecDeserializer

requests = []


class Model(BaseHTTPRequestHandler):
    """Answers every request for a chat completion with `ok`."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        requests.append((self.headers["authorization"], body))
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


def guide(url):
    parameters = LlmGenerationConfig(temperature=0.2, max_tokens=50, top_p=0.5)
    model = OpenAiCompatibleConfig(
        name="model", url=url, model_id="m", api_key="of the file", default_generation_parameters=parameters
    )
    return Agent(name="guide", llm_config=model, system_prompt="Be short.")


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
agent = AgentSpecLoader().load_component(guide(f"http://127.0.0.1:{server.server_port}/v1"))
asyncio.run(agent.run("hello"))
key, body = requests[-1]
print("sent:", ", ".join(sorted(body)))
print("key:", key.removeprefix("Bearer "))
exported = AgentSpecDeserializer().from_json(AgentSpecExporter().to_json(agent))
parameters = exported.llm_config.default_generation_parameters.model_dump(exclude_none=True)
print("exported parameters:", json.dumps(parameters, sort_keys=True))
address = "https://models.example/v1"
print(address, "becomes", AgentSpecLoader().load_component(guide(address)).client.service_url())
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'sent: messages, model, stream
key: openai
exported parameters: {"max_tokens": 50, "temperature": 0.2, "top_p": 0.5}
https://models.example/v1 becomes http://https//models.example/v1/' ]]

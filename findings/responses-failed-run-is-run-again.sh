#!/usr/bin/env bash
# A WayFlow agent whose model refuses half-way is run three times by OpenAI's client: its tool charges three times.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 and openai 3.57.0 (PyPI, CPython 3.11); openai 7.59.0 (npm, Node.js
# 20).
# Input: an Agent with a ServerTool that charges, served by `wayflow serve`, and OpenAI's clients, which ask it once: as they
# are, without retries, and for a stream. The model is a server of this script on the loopback address. It calls the tool and
# refuses the request after it with the status 400, as models do once a context is too long for them: to ask again is in vain.
# Expected: a response that fails is one with the status `failed` and an `error` (OpenAI's API reference; WayFlow's server has
# the event `response.failed`), and a stream ends with that. OpenAI's clients ask again twice, by their documentation, after a
# status of 500 or more.
# Seen: whatever is raised in an agent is the status 500 without a word of what it was. The clients begin the whole run anew,
# twice: the tool charges three times, and the person sees one error. A stream breaks off after `response.created`; the client
# of Python calls it a connection error, that of JavaScript raises a bare TypeError, and nothing tells it from a cable that was
# pulled. The response is not stored: what the tool has done is in no conversation, and the run can't go on from there.
# Output when this was written, on 1 December 2026:
#   Python, as it is: charged 3 times, InternalServerError, events none
#   Python, max_retries=0: charged 1 times, InternalServerError, events none
#   Python, streamed: charged 1 times, APIConnectionError, events response.created
#   JavaScript, as it is: charged 3 times, InternalServerError, events none
#   JavaScript, maxRetries: 0: charged 1 times, InternalServerError, events none
#   JavaScript, streamed: charged 1 times, TypeError, events response.created
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts 'openai@7.59.0'
cat >"$work/model.py" <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    """Calls the tool, and refuses what comes after it, as for a context that has become too long."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request["messages"][-1]["role"] == "tool":
            return self.answer(400, b'{"error": {"message": "too long", "code": "context_length_exceeded"}}')
        call = {"index": 0, "id": "1", "type": "function", "function": {"name": "charge", "arguments": "{}"}}
        choice = {"index": 0, "finish_reason": "tool_calls", "delta": {"role": "assistant", "tool_calls": [call]}}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self.answer(200, f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
PYTHON
cat >"$work/agent.py" <<'PYTHON'
import sys

from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{sys.argv[1]}")
charge = ServerTool(name="charge", description="Charges.", inputs=[], outputs=[StringProperty(title="receipt")])
print(AgentSpecSerializer().to_json(Agent(name="agent", llm_config=model, system_prompt="Charge.", tools=[charge])))
PYTHON
cat >"$work/tools.py" <<'PYTHON'
def charge() -> str:
    with open("charges", "a") as charges:
        charges.write("x")
    return "charged"


tool_registry = {"charge": charge}
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import os
import sys

from openai import OpenAI, OpenAIError

SERVER = f"http://127.0.0.1:{sys.argv[1]}/v1"


def charged():
    return os.path.getsize("charges") if os.path.exists("charges") else 0


def asked(label, stream=False, **config):
    before, events = charged(), []
    try:
        answer = OpenAI(base_url=SERVER, api_key="none", **config).responses.create(
            model="my-agent", input="Charge me.", stream=stream
        )
        for event in answer:
            events.append(event.type)
    except OpenAIError as error:
        seen = type(error).__name__
    print(f"Python, {label}: charged {charged() - before} times, {seen}, events {', '.join(events) or 'none'}")


asked("as it is")
asked("max_retries=0", max_retries=0)
asked("streamed", stream=True)
PYTHON
cat >"$work/ask.mjs" <<'JAVASCRIPT'
import { statSync } from "node:fs";
import OpenAI from "openai";

const baseURL = `http://127.0.0.1:${process.argv[2]}/v1`;
const charged = () => statSync("charges").size;
const asked = async (label, stream = false, config = {}) => {
  const [before, events] = [charged(), []];
  let seen;
  try {
    const client = new OpenAI({ baseURL, apiKey: "none", ...config });
    for await (const event of await client.responses.create({ model: "my-agent", input: "Charge me.", stream })) {
      events.push(event.type);
    }
  } catch (error) {
    seen = error.constructor.name;
  }
  console.log(`JavaScript, ${label}: charged ${charged() - before} times, ${seen}, events ${events.join(", ") || "none"}`);
};
await asked("as it is");
await asked("maxRetries: 0", false, { maxRetries: 0 });
await asked("streamed", true);
JAVASCRIPT
cd "$work"
read -r model server < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 2)
venv/bin/python model.py "$model" &
venv/bin/python agent.py "$model" >agent.json
OPENAI_API_KEY=none venv/bin/wayflow serve --agent-config agent.json --tool-registry tools.py --port "$server" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$server") 2>/dev/null && break || sleep 0.5; done
seen=$(
    venv/bin/python ask.py "$server"
    node ask.mjs "$server"
)
printf '%s\n' "$seen"
[[ "$seen" == 'Python, as it is: charged 3 times, InternalServerError, events none
Python, max_retries=0: charged 1 times, InternalServerError, events none
Python, streamed: charged 1 times, APIConnectionError, events response.created
JavaScript, as it is: charged 3 times, InternalServerError, events none
JavaScript, maxRetries: 0: charged 1 times, InternalServerError, events none
JavaScript, streamed: charged 1 times, TypeError, events response.created' ]]

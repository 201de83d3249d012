#!/usr/bin/env bash
# The placeholders in the system prompt of an agent that is run by itself reach the model unfilled.
#
# Package: pyagentspec[langgraph] 26.3.1 (PyPI), its LangGraph adapter, CPython 3.11.
# Input: an Agent with the input `city` and the system prompt "You know {{city}}.", loaded and invoked with
# {"inputs": {"city": "Bern"}, ...}. The model is a server of this script on the loopback address that keeps what it gets.
# Seen: the request has the prompt word for word, with its braces; the value is nowhere in it, and nothing is said of that.
# Output when this was written:
#   system prompt: You know {{city}}.
#   value anywhere in the request: False
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer

requests = []


class Model(BaseHTTPRequestHandler):
    """Answers every request for a chat completion with `ok`."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        requests.append(body)
        told = {"id": "1", "created": 1, "model": "m"}
        if body.get("stream"):
            kind = "text/event-stream"
            delta = {"index": 0, "delta": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
            chunk = {**told, "object": "chat.completion.chunk", "choices": [delta]}
            text = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
        else:
            kind = "application/json"
            message = {"role": "assistant", "content": "ok"}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            text = json.dumps({**told, "object": "chat.completion", "choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
agent = Agent(
    name="guide",
    llm_config=OpenAiCompatibleConfig(name="model", url=url, model_id="m"),
    system_prompt="You know {{city}}.",
    inputs=[StringProperty(title="city")],
)
graph = AgentSpecLoader().load_json(AgentSpecSerializer().to_json(agent))
state = {"inputs": {"city": "Bern"}, "messages": [{"role": "user", "content": "hello"}]}
graph.invoke(state, {"configurable": {"thread_id": "1"}})
messages = requests[-1]["messages"]
print("system prompt:", messages[0]["content"])
print("value anywhere in the request:", "Bern" in json.dumps(requests[-1]))
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'system prompt: You know {{city}}.
value anywhere in the request: False' ]]

#!/usr/bin/env bash
# What a user has said before is dropped by a WayFlow Responses server when it comes along with another message.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 and openai 3.57.0 (PyPI, CPython 3.11).
# Input: an Agent, served by `wayflow serve`, and OpenAI's client, which sends two messages of the user, "Order 1?" and "yes",
# and then goes on from this answer (`previous_response_id`), each time with other messages. The model is a server of this
# script on the loopback address that repeats what it was told since its last answer.
# Expected: with `previous_response_id` the input is what is new; it is put behind what the response has (OpenAI's guide
# "Conversation state"). So it is with a single message.
# Seen: of two messages and more, each that equals one of the conversation is taken for a repetition of it and left out, the
# first time for each: the agent hears the question of order 2 without the "yes" that was said to it, and of two that follow
# each other it hears the one for the wrong order. A capital letter makes the difference. The server's own log says so at the
# level INFO, which is not shown; the response does not. It is meant for clients that send the whole conversation again.
# Output when this was written, on 1 December 2026:
#   first Order 1?, yes: I heard: Order 1?, yes
#   and then yes: I heard: yes
#   and then Order 2?, yes: I heard: Order 2?
#   and then Order 2?, Yes: I heard: Order 2?, Yes
#   and then Order 2?, yes, Order 3?, yes: I heard: Order 2?, Order 3?, yes
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0'
cat >"$work/model.py" <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    """Says what the user has told it since its last answer."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        heard = []
        for message in request["messages"]:
            if message["role"] == "assistant":
                heard.clear()
            elif message["role"] == "user":
                heard.append(message["content"][0]["text"])
        said = {"role": "assistant", "content": "I heard: " + ", ".join(heard)}
        choice = {"index": 0, "finish_reason": "stop", "delta": said}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
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
from pyagentspec.serialization import AgentSpecSerializer

model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{sys.argv[1]}")
print(AgentSpecSerializer().to_json(Agent(name="agent", llm_config=model, system_prompt="Listen.")))
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}/v1", api_key="none", max_retries=0)


def said(*texts, after=None):
    said = [{"role": "user", "content": text} for text in texts]
    answer = client.responses.create(model="my-agent", input=said, previous_response_id=after and after.id)
    print(f"{'and then' if after else 'first'} {', '.join(texts)}: {answer.output_text}")
    return answer


first = said("Order 1?", "yes")
said("yes", after=first)
said("Order 2?", "yes", after=first)
said("Order 2?", "Yes", after=first)
said("Order 2?", "yes", "Order 3?", "yes", after=first)
PYTHON
cd "$work"
read -r model server < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 2)
venv/bin/python model.py "$model" &
venv/bin/python agent.py "$model" >agent.json
OPENAI_API_KEY=none venv/bin/wayflow serve --agent-config agent.json --port "$server" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$server") 2>/dev/null && break || sleep 0.5; done
seen=$(venv/bin/python ask.py "$server")
printf '%s\n' "$seen"
[[ "$seen" == 'first Order 1?, yes: I heard: Order 1?, yes
and then yes: I heard: yes
and then Order 2?, yes: I heard: Order 2?
and then Order 2?, Yes: I heard: Order 2?, Yes
and then Order 2?, yes, Order 3?, yes: I heard: Order 2?, Order 3?, yes' ]]

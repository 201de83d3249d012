#!/usr/bin/env bash
# Who streams a WayFlow team over the Responses API reads what members think and say among themselves; OpenAI's own client gives up.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 (PyPI; its server can't be imported without that extra), openai 3.57.0,
# CPython 3.11.
# Input: a Swarm and a ManagerWorkers of two agents, and an Agent with a ClientTool that its model calls twice in one turn,
# served by OpenAIResponsesServer. The first agent of a team thinks, asks the other one, thinks again and talks to the user. They are
# asked by OpenAI's client: without streaming, with it, and with the helper `responses.stream`, which puts an answer together. The
# model is a server of this script on the loopback address.
# Expected: streaming gives the same answer in pieces. WayFlow's prompt promises members that the user sees only what they say by
# `talk_to_user`, and none of their thoughts. In a stream, each item of the output has an index of its own (OpenAI's API
# reference, "response.output_item.added").
# Seen: without streaming the answer is what was said to the user. The stream has every text of every model call as an item of the
# output: the thoughts, the calls as JSON, the question to the other agent and its answer, and last what was said to the user. The
# response that ends the stream has that alone. A user interface that shows pieces as they come shows all of it. All items
# have the index 0, so that the helper raises an error at the second, after the work is done; for two calls of a tool, too. A
# single agent that answers in text streams as expected.
# Output when this was written, on 30 November 2026:
#   Agent: So it is.
#   Agent, streamed: So it is.
#   Agent, by the helper: So it is.
#   Agent with a tool: look, look
#   Agent with a tool, by the helper: RuntimeError: Duplicate response output index 0.
#   Swarm: It is 7.
#   Swarm, streamed: I doubt it, but ask. {"name": "send_message", "parameters": {"message": "Your price?", "recipient": "bob"}} | 9, or 7 if they insist. | They need not know of 9. {"name": "talk_to_user", "parameters": {"text": "It is 7."}} | It is 7.
#   Swarm, by the helper: RuntimeError: Duplicate response output index 0.
#   ManagerWorkers: It is 7.
#   ManagerWorkers, streamed: I doubt it, but ask. {"name": "send_message", "parameters": {"message": "Your price?", "recipient": "bob"}} | 9, or 7 if they insist. | They need not know of 9. {"name": "talk_to_user", "parameters": {"text": "It is 7."}} | It is 7.
#   ManagerWorkers, by the helper: RuntimeError: Duplicate response output index 0.
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0'
cat >"$work/serve.py" <<'PYTHON'
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.managerworkers import ManagerWorkers
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.swarm import HandoffMode, Swarm
from pyagentspec.tools import ClientTool
from wayflowcore.agentserver.server import OpenAIResponsesServer
from wayflowcore.agentspec import AgentSpecLoader


def call(name, **arguments):
    return json.dumps({"name": name, "parameters": arguments})


def answer(prompt, history):
    """What the model says to an agent with this prompt."""
    if "I am bob." in prompt:
        return {"content": "9, or 7 if they insist."}
    if "I am looking." in prompt:
        function = {"name": "look", "arguments": "{}"}
        return {"tool_calls": [{"index": n, "id": str(n), "type": "function", "function": function} for n in [0, 1]]}
    if "I am alice." not in prompt:
        return {"content": "So it is."}
    if "RESULT" in history:
        return {"content": f"They need not know of 9. {call('talk_to_user', text='It is 7.')}"}
    return {"content": f"I doubt it, but ask. {call('send_message', message='Your price?', recipient='bob')}"}


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt, *history = (json.dumps(message) for message in request["messages"])
        said = {"role": "assistant", **answer(prompt, " ".join(history))}
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


def agent(name, *tools):
    return Agent(name=name, description=name, llm_config=config, system_prompt=f"I am {name}.", tools=list(tools))


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
config = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}")
alice, bob = agent("alice"), agent("bob")
look = ClientTool(name="look", description="looks", inputs=[], outputs=[StringProperty(title="seen")])
server = OpenAIResponsesServer()
for name, component in {
    "Agent": agent("alone"),
    "Agent with a tool": agent("looking", look),
    "Swarm": Swarm(name="s", first_agent=alice, relationships=[(alice, bob)], handoff=HandoffMode.NEVER),
    "ManagerWorkers": ManagerWorkers(name="g", group_manager=alice, workers=[bob]),
}.items():
    server.serve_agent(name, AgentSpecLoader().load_json(AgentSpecSerializer().to_json(component)))
server.run(host="127.0.0.1", port=int(sys.argv[1]))
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}/v1", api_key="none", max_retries=0)


def words(response):
    """What a response has: its text, or the names of its calls."""
    return response.output_text or ", ".join(item.name for item in response.output)


def streamed(name):
    """The texts of the items, as their pieces have them."""
    texts = []
    for event in client.responses.create(model=name, input="What is the price?", stream=True):
        if event.type == "response.output_item.added":
            texts.append("")
        elif event.type == "response.output_text.delta":
            texts[-1] += event.delta
    return " | ".join(texts)


def by_helper(name):
    try:
        with client.responses.stream(model=name, input="What is the price?") as stream:
            return words(stream.get_final_response())
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}"


for name in ["Agent", "Agent with a tool", "Swarm", "ManagerWorkers"]:
    print(f"{name}: {words(client.responses.create(model=name, input='What is the price?'))}")
    if name != "Agent with a tool":
        print(f"{name}, streamed: {streamed(name)}")
    print(f"{name}, by the helper: {by_helper(name)}")
PYTHON
cd "$work"
read -r port < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 1)
OPENAI_API_KEY=none venv/bin/python serve.py "$port" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
seen=$(venv/bin/python ask.py "$port")
printf '%s\n' "$seen"
[[ "$seen" == 'Agent: So it is.
Agent, streamed: So it is.
Agent, by the helper: So it is.
Agent with a tool: look, look
Agent with a tool, by the helper: RuntimeError: Duplicate response output index 0.
Swarm: It is 7.
Swarm, streamed: I doubt it, but ask. {"name": "send_message", "parameters": {"message": "Your price?", "recipient": "bob"}} | 9, or 7 if they insist. | They need not know of 9. {"name": "talk_to_user", "parameters": {"text": "It is 7."}} | It is 7.
Swarm, by the helper: RuntimeError: Duplicate response output index 0.
ManagerWorkers: It is 7.
ManagerWorkers, streamed: I doubt it, but ask. {"name": "send_message", "parameters": {"message": "Your price?", "recipient": "bob"}} | 9, or 7 if they insist. | They need not know of 9. {"name": "talk_to_user", "parameters": {"text": "It is 7."}} | It is 7.
ManagerWorkers, by the helper: RuntimeError: Duplicate response output index 0.' ]]

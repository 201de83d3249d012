#!/usr/bin/env bash
# A WayFlow A2A server runs one task at a time, and who asks not to wait, waits for the tasks of all others.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 and fasta2a 0.6.1 (PyPI, CPython 3.11).
# Input: an Agent, served by A2AServer, whose model, a server of this script on the loopback address, needs 4 s for an answer and can
# give any number at once. Three clients send a message each at once, with `blocking: false` (version 0.3 of the protocol).
# Then one sends a message with `blocking: true` to which the model needs 15 s.
# Expected: who does not block gets a task at once, to be looked at later; tasks of contexts that have nothing to do with each
# other run at the same time; who blocks gets the task when it is done.
# Seen: the model has one request at a time. The second client's `message/send` is answered only when the first task is done,
# the third's when the second is. Who blocks is told of an internal error, a time-out, after 10 s. The error has no task id, and
# version 0.3 has no list of tasks: the model's answer comes some seconds later, is paid for, and can't be had.
# Output when this was written, on 30 November 2026:
#   a client got submitted when the model had answered 0 times
#   a client got submitted when the model had answered 1 times
#   a client got submitted when the model had answered 2 times
#   blocking got -32603 Time out error, with a task id: False
#   the model has answered 4 times
#   most requests that the model had at once: 1
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'fasta2a==0.6.1'
cat >"$work/serve.py" <<'PYTHON'
import json
import logging
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentserver.server import A2AServer
from wayflowcore.agentspec import AgentSpecLoader


lock = threading.Lock()
counts = {"now": 0, "most": 0, "answered": 0}


class Model(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(counts).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
        time.sleep(15 if "long" in request else 4)
        with lock:
            counts["now"] -= 1
            counts["answered"] += 1
        said = {"role": "assistant", "content": "So it is."}
        choice = {"index": 0, "finish_reason": "stop", "delta": said}
        answer = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


model = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
config = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}")
text = AgentSpecSerializer().to_json(Agent(name="agent", llm_config=config, system_prompt="Answer."))
server = A2AServer()
server.serve_agent(AgentSpecLoader().load_json(text))
server.run(host="127.0.0.1", port=int(sys.argv[1]))
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import json
import sys
import threading
import time
import urllib.request

server, model = (f"http://127.0.0.1:{port}" for port in sys.argv[1:])


def counts():
    with urllib.request.urlopen(model) as answer:
        return json.load(answer)


def send(text, blocking):
    message = {"kind": "message", "messageId": text, "role": "user", "parts": [{"kind": "text", "text": text}]}
    params = {"message": message, "configuration": {"blocking": blocking, "acceptedOutputModes": ["text/plain"]}}
    body = {"jsonrpc": "2.0", "id": "1", "method": "message/send", "params": params}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def client():
    state = send("short", False)["result"]["status"]["state"]
    print(f"a client got {state} when the model had answered {counts()['answered']} times")


def until_idle():
    while counts()["now"]:
        time.sleep(0.2)


clients = [threading.Thread(target=client) for _ in range(3)]
for each in clients:
    each.start()
for each in clients:
    each.join()
until_idle()
most = f"most requests that the model had at once: {counts()['most']}"
error = send("long", True)["error"]
print(f"blocking got {error['code']} {error['data']['reason']}, with a task id: {'id' in error['data']}")
until_idle()
print(f"the model has answered {counts()['answered']} times")
print(most)
PYTHON
cd "$work"
read -r server model < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 2)
OPENAI_API_KEY=none venv/bin/python serve.py "$server" "$model" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$server") 2>/dev/null && break || sleep 0.5; done
seen=$(python3 ask.py "$server" "$model")
printf '%s\n' "$seen"
[[ "$seen" == 'a client got submitted when the model had answered 0 times
a client got submitted when the model had answered 1 times
a client got submitted when the model had answered 2 times
blocking got -32603 Time out error, with a task id: False
the model has answered 4 times
most requests that the model had at once: 1' ]]

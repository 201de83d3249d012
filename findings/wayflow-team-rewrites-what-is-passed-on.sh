#!/usr/bin/env bash
# In a WayFlow team, code that one member hands another, a tool or the user is rewritten, and of two calls the first is lost.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI), CPython 3.11.
# Input: a Swarm and a ManagerWorkers whose first agent calls `send_message`, a ServerTool `save` and `talk_to_user` with a line of
# Python that has `kwargs={`; the same ServerTool called by an Agent by itself. Then the first agent writes two messages to two
# others, each an object of JSON of its own. The model is a server of this script on the loopback address that keeps what it gets.
# Expected: arguments arrive as they were given, as they do for an agent by itself. Members of a team are told to call their
# tools in JSON in their text, and several in one list.
# Seen: before that text is read, each `args={` in it becomes `parameters={`, wherever it stands. `kwargs={` so becomes
# `kwparameters={`: in what another member is asked, in what the tool saves, and in what the user reads; and since the history has
# the rewritten text, the member who wrote it reads it too. Of two objects that are not in a list only the last is a call. The first
# message is sent to nobody, and its writer is not told: the history has the second alone.
# Nothing is logged, and the conversation goes on.
# Output when this was written, on 30 November 2026:
#   Agent: saved Thread(target=f, kwargs={'n': 1})
#   Swarm: asked Thread(target=f, kwparameters={'n': 1}), saved Thread(target=f, kwparameters={'n': 1}), said Thread(target=f, kwparameters={'n': 1})
#   Swarm, two messages: asked carol
#   ManagerWorkers: asked Thread(target=f, kwparameters={'n': 1}), saved Thread(target=f, kwparameters={'n': 1}), said Thread(target=f, kwparameters={'n': 1})
#   ManagerWorkers, two messages: asked carol
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.managerworkers import ManagerWorkers
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.swarm import HandoffMode, Swarm
from pyagentspec.tools import ServerTool
from wayflowcore.agentspec import AgentSpecLoader

CODE = "Thread(target=f, kwargs={'n': 1})"
script = []
asked = []
saved = []


class Model(BaseHTTPRequestHandler):
    """Says what the script has for the first agent, and a word for the others, whose requests it keeps."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = next(name for name in ["alice", "bob", "carol"] if f"I am {name}." in json.dumps(request["messages"][0]))
        if name == "alice":
            said = script.pop(0)
        else:
            asked.append((name, json.dumps(request["messages"])))
            said = {"content": "Fine."}
        choice = {"index": 0, "finish_reason": "stop", "delta": {"role": "assistant", **said}}
        answer = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def save(code: str) -> str:
    saved.append(code)
    return "saved"


def said(tool, **arguments):
    """An answer that calls a tool in its text."""
    return {"content": json.dumps({"name": tool, "parameters": arguments})}


def called(tool, **arguments):
    """An answer that calls a tool as chat completions have it."""
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": "1", "type": "function", "function": function}]}


def member(name, tools=()):
    return Agent(name=name, description=name, llm_config=model, system_prompt=f"I am {name}.", tools=list(tools))


def run(component, answers):
    """What the user hears when the first agent answers in this way."""
    script[:] = answers
    asked.clear()
    saved.clear()
    loader = AgentSpecLoader(tool_registry={"save": save})
    conversation = loader.load_json(AgentSpecSerializer().to_json(component)).start_conversation()
    conversation.append_user_message("Go on.")
    conversation.execute()
    return conversation.get_last_message().content


def line(text):
    """The line of code in a text, up to its end."""
    start = text.index("Thread(")
    return text[start : text.index(")", start) + 1]


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}")
text = StringProperty(title="code", description="code")
tool = ServerTool(name="save", description="saves", inputs=[text], outputs=[StringProperty(title="done")])
run(member("alice", [tool]), [called("save", code=CODE), {"content": "Done."}])
print(f"Agent: saved {saved[0]}")
alice, bob, carol = member("alice", [tool]), member("bob"), member("carol")
pairs = [(alice, bob), (alice, carol)]
for team in [
    Swarm(name="swarm", first_agent=alice, relationships=pairs, handoff=HandoffMode.NEVER),
    ManagerWorkers(name="group", group_manager=alice, workers=[bob, carol]),
]:
    kind = type(team).__name__
    answers = [said("send_message", message=CODE, recipient="bob"), said("save", code=CODE), said("talk_to_user", text=CODE)]
    heard = run(team, answers)
    print(f"{kind}: asked {line(asked[0][1])}, saved {saved[0]}, said {heard}")
    both = [said("send_message", message="Look.", recipient=name)["content"] for name in ["bob", "carol"]]
    run(team, [{"content": "\n".join(both)}, {"content": "Done."}])
    print(f"{kind}, two messages: asked {' '.join(name for name, _ in asked)}")
PYTHON
seen=$(OPENAI_API_KEY=none "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == "Agent: saved Thread(target=f, kwargs={'n': 1})
Swarm: asked Thread(target=f, kwparameters={'n': 1}), saved Thread(target=f, kwparameters={'n': 1}), said Thread(target=f, kwparameters={'n': 1})
Swarm, two messages: asked carol
ManagerWorkers: asked Thread(target=f, kwparameters={'n': 1}), saved Thread(target=f, kwparameters={'n': 1}), said Thread(target=f, kwparameters={'n': 1})
ManagerWorkers, two messages: asked carol" ]]

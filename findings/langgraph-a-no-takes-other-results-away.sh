#!/usr/bin/env bash
# A person's no to one tool takes the results of the calls beside it away: LangGraph's adapter fails, and charges once more.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 and langchain 1.5.2 (PyPI), CPython 3.11.
# Input: an Agent with a ServerTool `charge` and a ServerTool `wipe` that has `requires_confirmation`, loaded with a checkpointer.
# The model calls both in one turn, and calls them again as long as it reads no result; it is a server of this script on the
# loopback address. The interrupt is resumed with a yes, or with a no and a reason, in the form that it asks for. Then the person
# says one thing more under the same thread id.
# Expected: a no is an answer like a yes: the interrupt itself offers it, with a reason. The model is told, and `charge`, which was
# done, has its result, as in WayFlow (tried) and in LangChain's own middleware for confirmations (its documentation).
# Seen: a no is raised as a RuntimeError out of the whole run (known: oracle/agent-spec issue 223), and the model never hears of
# it or the reason. The run has failed at its tools, so that the result of `charge`, which the state showed while the person was
# asked, is not kept: what comes next begins with calls that have no results. OpenAI's service refuses such a history, so that
# the conversation is over; a server that takes it has a model that thinks that nothing was done. `charge` is called again, and
# the person is asked the same question again. An exception of a tool does the same to the calls beside it (tried).
# Output when this was written, on 1 December 2026:
#   asked: charged 1, results in the state 1
#   yes: charged 1, wiped 1; then the model reads call call result result words user
#   no: RuntimeError; charged 1, wiped 0; then the model reads call call user
#   no, next message: charged 2, wiped 0; asked again
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24' 'langchain==1.5.2'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from langgraph.checkpoint.memory import MemorySaver
from langgraph.types import Command
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

requests, done = [], Counter()


class Model(BaseHTTPRequestHandler):
    """Calls both tools as long as it reads no result, and then says that it is done."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests.append(request)
        if any(message["role"] == "tool" for message in request["messages"]):
            said, why = {"content": "Done."}, "stop"
        else:
            calls = [
                {"id": f"{name}-{len(requests)}", "type": "function", "function": {"name": name, "arguments": "{}"}}
                for name in tools
            ]
            said, why = {"content": None, "tool_calls": calls}, "tool_calls"
        choice = {"index": 0, "finish_reason": why, "message": {"role": "assistant", **said}}
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


def charge():
    done["charge"] += 1
    return "charged"


def wipe():
    done["wipe"] += 1
    return "wiped"


def read(messages):
    """What of a conversation the model reads after what the user said first."""
    words = []
    for message in messages[2:]:
        calls = message.get("tool_calls") or []
        words += ["call"] * len(calls)
        if not calls:
            words.append({"assistant": "words", "tool": "result", "user": "user"}[message["role"]])
    return " ".join(words)


def counts():
    return f"charged {done['charge']}, wiped {done['wipe']}"


tools = {"charge": charge, "wipe": wipe}
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
said = [StringProperty(title="said", description="what became of it")]
agent = Agent(
    name="agent",
    llm_config=OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}/v1"),
    system_prompt="Help.",
    tools=[
        ServerTool(name="charge", description="Charges.", inputs=[], outputs=said),
        ServerTool(name="wipe", description="Wipes.", inputs=[], outputs=said, requires_confirmation=True),
    ],
)
text = AgentSpecSerializer().to_json(agent)
for decision, words in [({"type": "approve"}, "yes"), ({"type": "reject", "reason": "Not today."}, "no")]:
    requests.clear()
    done.clear()
    graph = AgentSpecLoader(tool_registry=tools, checkpointer=MemorySaver()).load_json(text)
    thread = {"configurable": {"thread_id": "thread"}}
    asks = lambda text: graph.invoke({"messages": [{"role": "user", "content": text}]}, thread)
    state = asks("Charge the card, and wipe the list.")
    if words == "yes":
        results = sum(message.type == "tool" for message in state["messages"])
        print(f"asked: charged {done['charge']}, results in the state {results}")
    failed = ""
    try:
        graph.invoke(Command(resume={"decisions": [decision]}), thread)
    except RuntimeError as error:
        failed = f"{type(error).__name__}; "
    before = counts()
    state = asks("What was done?")
    print(f"{words}: {failed}{before}; then the model reads {read(requests[-1]['messages'])}")
    if words == "no":
        print(f"no, next message: {counts()}; {'asked again' if state.get('__interrupt__') else 'not asked'}")
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'asked: charged 1, results in the state 1
yes: charged 1, wiped 1; then the model reads call call result result words user
no: RuntimeError; charged 1, wiped 0; then the model reads call call user
no, next message: charged 2, wiped 0; asked again' ]]

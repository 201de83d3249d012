#!/usr/bin/env bash
# A GraphFlow of AutoGen that Agent Spec's exporter writes down is refused by its loader; in WayFlow it stays with its first agent.
#
# Packages: pyagentspec[autogen] 26.3.1 with autogen-agentchat and autogen-ext[openai] 0.7.5; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI,
# CPython 3.11; an environment for each).
# Input: a GraphFlow of the agents `plan`, `check` and `pay`: in a row, or the last two side by side after the first. It is run in AutoGen by
# "Pay Ann.", exported by AgentSpecExporter, and loaded by AgentSpecLoader of AutoGen's adapter and of WayFlow, which is given the same words as
# the flow's input and speaks once more. The model is a server of this script on the loopback address, which says one thing for each agent
# and calls no tool.
# Expected: what the exporter writes without a word can be loaded by the loader beside it; each agent has its turn once, as in AutoGen.
# Seen: AutoGen's loader knows no flows. In WayFlow `plan` answers and the flow waits for the user; told to go on, it is `plan` who hears it. The
# exporter gives each agent an output, and WayFlow goes on only once a model calls the tool `submit_result`, which no agent's system message
# speaks of. Side by side can't be loaded: the exporter writes two edges from one branch, which pyagentspec takes.
# Output when this was written, on 2 December 2026:
#   AutoGen, in a row: plan hears Pay Ann.
#   AutoGen, in a row: check hears Pay Ann., PLAN1
#   AutoGen, in a row: pay hears Pay Ann., PLAN1, CHECK1
#   AutoGen, side by side: plan hears Pay Ann.
#   AutoGen, side by side: check hears Pay Ann., PLAN1
#   AutoGen, side by side: pay hears Pay Ann., PLAN1
#   its loader: The Agent Spec Component type 'Flow' is not supported
#   WayFlow, in a row: UserMessageRequestStatus
#   WayFlow, in a row: UserMessageRequestStatus
#   WayFlow, in a row: plan hears Pay Ann.
#   WayFlow, in a row: plan hears Pay Ann., PLAN1
#   WayFlow, in a row: tools submit_result
#   WayFlow, side by side: Found duplicate control flow edges with same `source_branch`
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/autogen"
"$work/autogen/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[autogen]==26.3.1' 'autogen-agentchat==0.7.5' 'autogen-ext[openai]==0.7.5'
python3 -m venv "$work/wayflow"
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import re
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
asked, offered = [], set()


class Model(BaseHTTPRequestHandler):
    """The model, which answers with the name of the agent whose system message it is given."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = "\n".join(text(message) for message in request["messages"])
        name = next(name for name in NAMES if f"You are {name}" in told)
        asked.append((name, told))
        offered.update(tool["function"]["name"] for tool in request.get("tools", []))
        stream = request.get("stream")
        message = {"role": "assistant", "content": f"{name} says {name.upper()}1"}
        choice = {"index": 0, "finish_reason": "stop", "delta" if stream else "message": message}
        kind = "chat.completion.chunk" if stream else "chat.completion"
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice], "usage": usage}
        body = json.dumps(answer).encode()
        if stream:
            body = b"data: " + body + b"\n\ndata: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def text(message):
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def tell(label):
    for name, told in asked:
        heard = [word for word in ("Pay Ann.", *(f"{other.upper()}1" for other in NAMES)) if word in told]
        print(f"{label}: {name} hears {', '.join(heard) or 'nothing'}")


NAMES = ["plan", "check", "pay"]
server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"


def exported(path):
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.teams import DiGraphBuilder, GraphFlow
    from autogen_ext.models.openai import OpenAIChatCompletionClient
    from pyagentspec.adapters.autogen import AgentSpecExporter, AgentSpecLoader

    info = {"vision": False, "function_calling": True, "json_output": True, "family": "unknown", "structured_output": True}
    client = OpenAIChatCompletionClient(model="m", base_url=url, api_key="none", model_info=info)

    def team(*edges):
        agents = {name: AssistantAgent(name, client, system_message=f"You are {name}") for name in NAMES}
        graph = DiGraphBuilder()
        for agent in agents.values():
            graph.add_node(agent)
        for source, target in edges:
            graph.add_edge(agents[source], agents[target])
        return GraphFlow(list(agents.values()), graph=graph.build())

    for name, edges in GRAPHS.items():
        asked.clear()
        asyncio.run(team(*edges).run(task="Pay Ann."))
        tell(f"AutoGen, {name}")
        file = AgentSpecExporter().to_json(team(*edges))
        open(f"{path}/{name}.json", "w").write(file)
    try:
        AgentSpecLoader().load_json(file)
    except NotImplementedError as error:
        print(f"its loader: {str(error).split(' is not')[0]} is not supported")


def run(path):
    from wayflowcore.agentspec import AgentSpecLoader

    for name in GRAPHS:
        asked.clear()
        file = re.sub(r"http://127.0.0.1:[0-9]+/v1", url, open(f"{path}/{name}.json").read())
        try:
            flow = AgentSpecLoader().load_json(file)
        except ValueError as error:
            print(f"WayFlow, {name}: {str(error).split(':')[0]}")
            continue
        conversation = flow.start_conversation({"plan_input": "Pay Ann."})
        for words in ("Go on.", "And now?"):
            print(f"WayFlow, {name}: {type(conversation.execute()).__name__}")
            conversation.append_user_message(words)
        tell(f"WayFlow, {name}")
        print(f"WayFlow, {name}: tools {', '.join(offered) or 'none'}")


GRAPHS = {
    "in a row": [("plan", "check"), ("check", "pay")],
    "side by side": [("plan", "check"), ("plan", "pay")],
}
(exported if sys.argv[1] == "export" else run)(sys.argv[2])
PYTHON
seen=$(
    timeout 60 "$work/autogen/bin/python" "$work/ask.py" export "$work"
    timeout 60 "$work/wayflow/bin/python" "$work/ask.py" run "$work"
)
printf '%s\n' "$seen"
[[ "$seen" == 'AutoGen, in a row: plan hears Pay Ann.
AutoGen, in a row: check hears Pay Ann., PLAN1
AutoGen, in a row: pay hears Pay Ann., PLAN1, CHECK1
AutoGen, side by side: plan hears Pay Ann.
AutoGen, side by side: check hears Pay Ann., PLAN1
AutoGen, side by side: pay hears Pay Ann., PLAN1
its loader: The Agent Spec Component type '\''Flow'\'' is not supported
WayFlow, in a row: UserMessageRequestStatus
WayFlow, in a row: UserMessageRequestStatus
WayFlow, in a row: plan hears Pay Ann.
WayFlow, in a row: plan hears Pay Ann., PLAN1
WayFlow, in a row: tools submit_result
WayFlow, side by side: Found duplicate control flow edges with same `source_branch`' ]]

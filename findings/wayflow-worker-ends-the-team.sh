#!/usr/bin/env bash
# A worker that declares outputs ends the whole WayFlow team: its draft is the team's result, and its manager is never asked again.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI), CPython 3.11.
# Input: a flow whose AgentNode runs a ManagerWorkers with the output `price`. The manager asks two workers for offers in one turn,
# and hands in the better one. The workers declare nothing; or the output `price`; or that no human is in the loop. And
# a Swarm whose first agent asks another, with the same three; there the user speaks once more afterwards. The model is a server
# of this script on the loopback address.
# Expected: a group's manager coordinates its workers (pyagentspec's documentation of ManagerWorkers); in a Swarm the sender of a
# message gets the reply (that of HandoffMode). What a member hands in goes to who asked for it, as with an agent's sub-agents.
# Seen: it does so for members that answer in text. A worker with an output ends the group when it hands it in: the flow goes on
# with the first offer as the price, the other worker is not asked, and the manager hears of nothing. Since the two outputs have
# one name, no error tells it. A worker without a human ends the group too, without outputs: then the flow fails, and its error
# calls `price` a field without a default. In a Swarm outputs of members are not asked for; a member without a human
# ends it, and the conversation can't go on: the call of the first agent has no result, and every further message is refused.
# Output when this was written, on 30 November 2026:
#   ManagerWorkers of workers: price 7; asked manager bob carol manager
#   ManagerWorkers of workers with an output: price 9; asked manager bob
#   ManagerWorkers of workers without a human: ValueError; asked manager bob
#   Swarm of workers: UserMessageRequestStatus, UserMessageRequestStatus; asked manager bob carol manager manager
#   Swarm of workers with an output: UserMessageRequestStatus, UserMessageRequestStatus; asked manager bob carol manager manager
#   Swarm of workers without a human: FinishedStatus, ValueError; asked manager bob
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
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import AgentNode, EndNode, StartNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.managerworkers import ManagerWorkers
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.swarm import HandoffMode, Swarm
from wayflowcore.agentspec import AgentSpecLoader

PRICE = StringProperty(title="price", description="price")
OFFERS = {"bob": "9", "carol": "7"}
asked = []


def call(name, **arguments):
    return json.dumps({"name": name, "parameters": arguments})


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt, history = json.dumps(request["messages"][0]), json.dumps(request["messages"][1:])
        name = next(name for name in ["manager", *OFFERS] if f"I am {name}." in prompt)
        asked.append(name)
        said = {"role": "assistant"}
        submits = "submit_result" in prompt or "tools" in request
        if name == "manager" and "RESULT" not in history:
            calls = [call("send_message", message="Your offer?", recipient=worker) for worker in OFFERS]
            said["content"] = f"[{', '.join(calls)}]"
        elif name == "manager":
            said["content"] = call("submit_result", price="7") if submits else "The best is 7."
        elif not submits:
            said["content"] = f"I offer {OFFERS[name]}."
        elif "tools" in request:
            fields = request["tools"][0]["function"]["parameters"]["properties"]
            arguments = json.dumps({field: OFFERS[name] for field in fields})
            function = {"name": "submit_result", "arguments": arguments}
            said["tool_calls"] = [{"index": 0, "id": "1", "type": "function", "function": function}]
        else:
            said["content"] = call("submit_result", summary=OFFERS[name])
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


def member(name, **fields):
    return Agent(name=name, description=name, llm_config=model, system_prompt=f"I am {name}.", **fields)


def converse(component):
    conversation = AgentSpecLoader().load_json(AgentSpecSerializer().to_json(component)).start_conversation()
    asked.clear()
    return conversation


def flow(agent):
    """A flow that runs one agent and gives the price."""
    start, node, end = StartNode(name="start"), AgentNode(name="node", agent=agent), EndNode(name="end", outputs=[PRICE])
    data = DataFlowEdge(
        name="d", source_node=node, source_output="price", destination_node=end, destination_input="price"
    )
    steps = [(start, node), (node, end)]
    control = [ControlFlowEdge(name=f"c{n}", from_node=a, to_node=b) for n, (a, b) in enumerate(steps)]
    return Flow(
        name="flow",
        start_node=start,
        nodes=[start, node, end],
        control_flow_connections=control,
        data_flow_connections=[data],
    )


def of_flow(workers):
    group = ManagerWorkers(name="group", group_manager=member("manager"), workers=workers, outputs=[PRICE])
    conversation = converse(flow(group))
    try:
        return f"price {conversation.execute().output_values['price']}"
    except ValueError as error:
        return type(error).__name__


def of_swarm(workers):
    first = member("manager")
    swarm = Swarm(
        name="swarm",
        first_agent=first,
        relationships=[(first, worker) for worker in workers],
        handoff=HandoffMode.NEVER,
    )
    conversation = converse(swarm)
    seen = []
    for _ in range(2):
        try:
            conversation.append_user_message("What does it cost?")
            seen.append(type(conversation.execute()).__name__)
        except ValueError as error:
            seen.append(type(error).__name__)
    return ", ".join(seen)


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}")
for kind, run in [("ManagerWorkers", of_flow), ("Swarm", of_swarm)]:
    for label, fields in [
        ("workers", {}),
        ("workers with an output", {"outputs": [PRICE]}),
        ("workers without a human", {"human_in_the_loop": False}),
    ]:
        seen = run([member(name, **fields) for name in OFFERS])
        print(f"{kind} of {label}: {seen}; asked {' '.join(asked)}")
PYTHON
seen=$(OPENAI_API_KEY=none "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == "ManagerWorkers of workers: price 7; asked manager bob carol manager
ManagerWorkers of workers with an output: price 9; asked manager bob
ManagerWorkers of workers without a human: ValueError; asked manager bob
Swarm of workers: UserMessageRequestStatus, UserMessageRequestStatus; asked manager bob carol manager manager
Swarm of workers with an output: UserMessageRequestStatus, UserMessageRequestStatus; asked manager bob carol manager manager
Swarm of workers without a human: FinishedStatus, ValueError; asked manager bob" ]]

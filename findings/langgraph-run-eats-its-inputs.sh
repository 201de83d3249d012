#!/usr/bin/env bash
# A run of a flow takes its inputs out of the caller's dictionary and out of its first checkpoints: run again, it uses defaults.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 and langgraph-checkpoint 4.3.2 (PyPI), CPython 3.11.
# Input: a flow of a StartNode whose input `name` has the default "nobody", an OutputMessageNode that greets it, and an
# EndNode. First it is invoked twice with the same dictionary, as a retry or a batch over one would. Then it is invoked
# once with a saver that needs 0.3 s for a checkpoint, as a database may, and invoked again from each of its checkpoints.
# Expected: LangGraph documents that a node returns an update of the state, and that a run can be invoked again from any of
# its checkpoints (docs.langchain.com, "Use time travel").
# Seen: the adapter's StartNode removes the inputs from the dictionary it is given and puts those of the next nodes there, under
# the nodes' ids. It is the caller's own dictionary: the second run greets nobody, without a word (without a default it fails).
# And it is what LangGraph still has to save, since by its usual durability "async" it saves in the background: the two
# checkpoints before the StartNode have lost the inputs, so that a run from there greets nobody too. SqliteSaver of
# langgraph-checkpoint-sqlite 3.1.2 loses those of the checkpoint 0 in most runs, by chance. With durability "sync" nothing is
# lost. That what is saved may still change is known of LangGraph's own channels as langchain-ai/langgraph issue 8748.
# Output when this was written, on 30 November 2026:
#   first run: hello Ann
#   second run: hello nobody
#   async, from the checkpoints -1 to 3: hello nobody, hello nobody, hello Ann, hello Ann, hello Ann
#   sync, from the checkpoints -1 to 3: hello Ann, hello Ann, hello Ann, hello Ann, hello Ann
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24' 'langgraph-checkpoint==4.3.2'
cat >"$work/ask.py" <<'PYTHON'
import logging
import time
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from langgraph.checkpoint.memory import InMemorySaver
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, OutputMessageNode, StartNode
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer

name = StringProperty(title="name", default="nobody")
start = StartNode(name="start", inputs=[name])
greet = OutputMessageNode(name="greet", message="hello {{name}}")
end = EndNode(name="end")
flow = Flow(
    name="flow",
    start_node=start,
    nodes=[start, greet, end],
    inputs=[name],
    control_flow_connections=[
        ControlFlowEdge(name="1", from_node=start, to_node=greet),
        ControlFlowEdge(name="2", from_node=greet, to_node=end),
    ],
    data_flow_connections=[
        DataFlowEdge(
            name="3", source_node=start, source_output="name", destination_node=greet, destination_input="name"
        )
    ],
)
text = AgentSpecSerializer().to_json(flow)


class SlowSaver(InMemorySaver):
    """Keeps checkpoints as they are when it gets round to it."""

    def put(self, *arguments):
        time.sleep(0.3)
        return super().put(*arguments)


def said(state):
    return state["messages"][-1].content


graph = AgentSpecLoader().load_json(text)
inputs = {"name": "Ann"}
for which in ["first", "second"]:
    print(f"{which} run: {said(graph.invoke({'inputs': inputs, 'messages': []}))}")

for durability in ["async", "sync"]:
    graph = AgentSpecLoader(checkpointer=SlowSaver()).load_json(text)
    thread = {"configurable": {"thread_id": "1"}}
    graph.invoke({"inputs": {"name": "Ann"}, "messages": []}, thread, durability=durability)
    past = sorted(graph.get_state_history(thread), key=lambda each: each.metadata["step"])
    words = [said(graph.invoke(None, each.config)) for each in past]
    steps = [each.metadata["step"] for each in past]
    print(f"{durability}, from the checkpoints {steps[0]} to {steps[-1]}: {', '.join(words)}")
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'first run: hello Ann
second run: hello nobody
async, from the checkpoints -1 to 3: hello nobody, hello nobody, hello Ann, hello Ann, hello Ann
sync, from the checkpoints -1 to 3: hello Ann, hello Ann, hello Ann, hello Ann, hello Ann' ]]

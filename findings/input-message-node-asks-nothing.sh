#!/usr/bin/env bash
# The question of an InputMessageNode reaches nobody: LangGraph's adapter and WayFlow both wait for an answer to nothing.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI),
# CPython 3.11. Each runtime has an environment of its own: the one wants anyio below 4.12, the other above 4.14.
# Input: a flow of a StartNode, an InputMessageNode and an EndNode. The node's `message` is "Which city?", and in a second
# flow "Which city, {{name}}?" with `name` from the StartNode. By the node's documentation its message goes into the
# conversation before the answer is waited for.
# Seen: both runtimes stop and wait for the person. LangGraph's interrupt has the value '' and the state has no message;
# WayFlow's conversation has no message. The flow with a placeholder is worse off in WayFlow: it can't be loaded, and the
# error calls the input `name`, which the node itself asks for, unknown and perhaps misspelled. A flow that wants its
# question heard has to say it in an OutputMessageNode before, and leave `message` out.
# Output when this was written:
#   LangGraph, Which city?: waits, messages [], interrupt ''
#   LangGraph, Which city, {{name}}?: waits, messages [], interrupt ''
#   WayFlow, Which city?: waits, messages []
#   WayFlow, Which city, {{name}}?: ValueError, calls an input unknown: True
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/langgraph"
python3 -m venv "$work/wayflow"
"$work/langgraph/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
"$work/wayflow/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, InputMessageNode, StartNode
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer


def asking(message):
    """A flow that asks for one answer, as JSON."""
    start = StartNode(name="start", inputs=[StringProperty(title="name")])
    question = InputMessageNode(name="question", message=message)
    end = EndNode(name="end")
    edges = [
        DataFlowEdge(
            name=asked.title,
            source_node=start,
            source_output=asked.title,
            destination_node=question,
            destination_input=asked.title,
        )
        for asked in question.inputs
    ]
    flow = Flow(
        name="flow",
        start_node=start,
        nodes=[start, question, end],
        control_flow_connections=[
            ControlFlowEdge(name="ask", from_node=start, to_node=question),
            ControlFlowEdge(name="done", from_node=question, to_node=end),
        ],
        data_flow_connections=edges,
    )
    return AgentSpecSerializer().to_json(flow)


def in_langgraph(flow):
    from langgraph.checkpoint.memory import MemorySaver
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    graph = AgentSpecLoader(checkpointer=MemorySaver()).load_json(flow)
    thread = {"configurable": {"thread_id": "1"}}
    state = graph.invoke({"inputs": {"name": "Ann"}, "messages": []}, thread)
    (interrupt,) = state["__interrupt__"]
    return f"waits, messages {state['messages']}, interrupt {interrupt.value!r}"


def in_wayflow(flow):
    from wayflowcore.agentspec import AgentSpecLoader
    from wayflowcore.executors.executionstatus import UserMessageRequestStatus

    try:
        conversation = AgentSpecLoader().load_json(flow).start_conversation({"name": "Ann"})
    except ValueError as error:
        return f"ValueError, calls an input unknown: {'Unknown input descriptor' in str(error)}"
    status = conversation.execute()
    said = [message.content for message in conversation.get_messages()]
    waits = isinstance(status, UserMessageRequestStatus)
    return f"{'waits' if waits else type(status).__name__}, messages {said}"


runtime, run = {"langgraph": ("LangGraph", in_langgraph), "wayflow": ("WayFlow", in_wayflow)}[sys.argv[1]]
for message in ["Which city?", "Which city, {{name}}?"]:
    print(f"{runtime}, {message}: {run(asking(message))}")
PYTHON
seen=$(for runtime in langgraph wayflow; do "$work/$runtime/bin/python" "$work/ask.py" "$runtime"; done)
printf '%s\n' "$seen"
[[ "$seen" == "LangGraph, Which city?: waits, messages [], interrupt ''
LangGraph, Which city, {{name}}?: waits, messages [], interrupt ''
WayFlow, Which city?: waits, messages []
WayFlow, Which city, {{name}}?: ValueError, calls an input unknown: True" ]]

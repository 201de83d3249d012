#!/usr/bin/env bash
# A BranchingNode whose input is declared a number or a boolean never takes a branch of its mapping.
#
# Package: pyagentspec[langgraph] 26.3.1 (PyPI), its LangGraph adapter, CPython 3.11.
# Input: a flow of a StartNode, a BranchingNode that maps "1" and "1.0" (or "true" and "True"), and an OutputMessageNode on
# each branch. The SDK accepts it: an input may be declared with any type.
# Seen: with the number 1 and with true the branch `default` is taken whatever the mapping says, because the value itself
# and not its text is looked up among keys that are texts. Where the same value first passes an edge into an input
# declared `string`, it becomes "1.0" or "true" and its branch is taken. Nothing is logged.
# Output when this was written:
#   number into number: took default
#   number into string: took 1.0
#   boolean into boolean: took default
#   boolean into string: took true
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import logging
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import BranchingNode, EndNode, OutputMessageNode, StartNode
from pyagentspec.property import Property
from pyagentspec.serialization import AgentSpecSerializer


def taken(source, target, value, keys):
    """The message of the branch that a value takes."""
    of_type = lambda kind: Property(json_schema={"title": "x", "type": kind})
    start = StartNode(name="start", inputs=[of_type(source)])
    mapping = {key: f"branch {key}" for key in keys}
    branching = BranchingNode(name="branching", mapping=mapping, inputs=[of_type(target)])
    end = EndNode(name="end")
    nodes = [start, branching, end]
    control = [ControlFlowEdge(name="first", from_node=start, to_node=branching)]
    for key in [*keys, None]:
        says = OutputMessageNode(name=f"says {key}", message=f"took {key or 'default'}")
        nodes.append(says)
        branch = mapping[key] if key else "default"
        control.append(
            ControlFlowEdge(name=f"to {key}", from_node=branching, from_branch=branch, to_node=says)
        )
        control.append(ControlFlowEdge(name=f"from {key}", from_node=says, to_node=end))
    flow = Flow(
        name="flow",
        start_node=start,
        nodes=nodes,
        inputs=[of_type(source)],
        control_flow_connections=control,
        data_flow_connections=[
            DataFlowEdge(
                name="x",
                source_node=start,
                source_output="x",
                destination_node=branching,
                destination_input="x",
            )
        ],
    )
    graph = AgentSpecLoader().load_json(AgentSpecSerializer().to_json(flow))
    messages = graph.invoke({"inputs": {"x": value}, "messages": []})["messages"]
    return getattr(messages[-1], "content", messages[-1])


for source, target, value, keys in [
    ("number", "number", 1, ["1", "1.0"]),
    ("number", "string", 1, ["1", "1.0"]),
    ("boolean", "boolean", True, ["true", "True"]),
    ("boolean", "string", True, ["true", "True"]),
]:
    print(f"{source} into {target}: {taken(source, target, value, keys)}")
PYTHON
seen=$("$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'number into number: took default
number into string: took 1.0
boolean into boolean: took default
boolean into string: took true' ]]

#!/usr/bin/env bash
# A default that is no value of its type is accepted by pyagentspec; WayFlow then can't load the file, and LangGraph's adapter cuts 5.7 to 5 and makes the text "null" of null.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI, CPython 3.11; an environment
# for each).
# Input: for each of six properties with a default a flow of a StartNode and an EndNode that hands it on, made by pyagentspec's classes and written
# by its serializer. Both runtimes load the file and run it without a value, so that the default counts.
# Expected: pyagentspec refuses a default that does not fit its type, as it does for a null at an integer; or one file means the same in both runtimes.
# Seen: pyagentspec takes a fraction for an integer, a number for a text, and null for a text. WayFlow refuses the file for each default that is not
# of the very type, also an integer for a number; a null for a text it takes, and ends without that output. LangGraph's adapter converts: a number
# becomes text, null becomes the text "null", and what an integer can't hold is cut off, without a word.
# Output when this was written, on 3 December 2026:
#   pyagentspec: a null for an integer is refused
#   WayFlow, text 5: Error when initializing: StringProperty(name='x', description='', default_value=5, enum=None)
#   WayFlow, text null: {}
#   WayFlow, integer 5.0: Error when initializing: IntegerProperty(name='x', description='', default_value=5.0, enum=None)
#   WayFlow, integer 5.7: Error when initializing: IntegerProperty(name='x', description='', default_value=5.7, enum=None)
#   WayFlow, number 5: Error when initializing: FloatProperty(name='x', description='', default_value=5, enum=None)
#   WayFlow, boolean 0: Error when initializing: BooleanProperty(name='x', description='', default_value=0, enum=None)
#   LangGraph, text 5: {'x': '5'}
#   LangGraph, text null: {'x': 'null'}
#   LangGraph, integer 5.0: {'x': 5}
#   LangGraph, integer 5.7: {'x': 5}
#   LangGraph, number 5: {'x': 5.0}
#   LangGraph, boolean 0: {'x': False}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/wayflow"
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
python3 -m venv "$work/langgraph"
"$work/langgraph/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
cat >"$work/ask.py" <<'PYTHON'
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, StartNode
from pyagentspec.property import BooleanProperty, FloatProperty, IntegerProperty, StringProperty
from pyagentspec.serialization import AgentSpecSerializer


def written(kind, default):
    """A flow that hands its input on, as a file."""

    def x():
        return [kind(title="x", default=default)]

    start, end = StartNode(name="start", inputs=x()), EndNode(name="end", outputs=x())
    control = ControlFlowEdge(name="control", from_node=start, to_node=end)
    data = DataFlowEdge(name="data", source_node=start, source_output="x", destination_node=end, destination_input="x")
    flow = Flow(name="flow", start_node=start, nodes=[start, end], inputs=x(), outputs=x(),
                control_flow_connections=[control], data_flow_connections=[data])  # fmt: skip
    return AgentSpecSerializer().to_json(flow)


def by_wayflow(file):
    from wayflowcore.agentspec import AgentSpecLoader

    return AgentSpecLoader().load_json(file).start_conversation().execute().output_values


def by_langgraph(file):
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    return AgentSpecLoader().load_json(file).invoke({"inputs": {}, "messages": []})["outputs"]


runtime, run = {"wayflow": ("WayFlow", by_wayflow), "langgraph": ("LangGraph", by_langgraph)}[sys.argv[1]]
if runtime == "WayFlow":
    try:
        written(IntegerProperty, None)
    except ValueError:
        print("pyagentspec: a null for an integer is refused")
for label, kind, default in [
    ("text 5", StringProperty, 5),
    ("text null", StringProperty, None),
    ("integer 5.0", IntegerProperty, 5.0),
    ("integer 5.7", IntegerProperty, 5.7),
    ("number 5", FloatProperty, 5),
    ("boolean 0", BooleanProperty, 0),
]:
    file = written(kind, default)
    try:
        came = run(file)
    except ValueError as error:
        came = str(error).splitlines()[0]
    print(f"{runtime}, {label}: {came}")
PYTHON
seen=$(
    timeout 60 "$work/wayflow/bin/python" "$work/ask.py" wayflow
    timeout 60 "$work/langgraph/bin/python" "$work/ask.py" langgraph
)
printf '%s\n' "$seen"
# The output above, in the head of this file.
expected=$(sed -n 's/^#   //p' "$0")
[[ "$seen" == "$expected" ]]

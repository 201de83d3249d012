#!/usr/bin/env bash
# Once a WayFlow conversation that waits for a yes to a tool has been stored, no yes reaches it any more.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI), CPython 3.11.
# Input: an agent, and a flow of one ToolNode, with a ServerTool that has `requires_confirmation`; and, beside them, the same
# two with a ClientTool, whose result the caller brings. Each is run until it waits. Then the yes (or the result) is given
# with the status: to the conversation as it is; to one that was serialized and deserialized just before, with the status
# that this one has; or before the conversation is serialized and deserialized. The model is a server of this script on the
# loopback address.
# Expected: WayFlow's guide "How to Serialize and Deserialize Conversations" has conversations stored before a person is waited
# for, and says that a loaded one has its complete state and resumes where it was.
# Seen: so it does with a ClientTool. A yes is lost with every storing: the request for the tool stands in the status and in the
# state, and each gets a copy of its own, so that the yes lands in one that nobody reads; and the copy in the state forgets
# what it was told. The agent asks again for ever, without calling the model; the flow fails, and says that the confirmation
# is missing. The tool that was agreed to is not run. A service that stores between two requests can't use confirmations.
# Output when this was written, on 30 November 2026:
#   agent, confirmation, kept: ran the tool
#   agent, confirmation, stored before the yes: asks again
#   agent, confirmation, stored after the yes: asks again
#   agent, client tool, kept: took the result
#   agent, client tool, stored before the result: took the result
#   agent, client tool, stored after the result: took the result
#   flow, confirmation, kept: ran the tool
#   flow, confirmation, stored before the yes: ValueError: Missing tool confirmation
#   flow, confirmation, stored after the yes: ValueError: Missing tool confirmation
#   flow, client tool, kept: took the result
#   flow, client tool, stored before the result: took the result
#   flow, client tool, stored after the result: took the result
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
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
from pyagentspec.flows.nodes import EndNode, StartNode, ToolNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ClientTool, ServerTool
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.executors.executionstatus import ToolExecutionConfirmationStatus, ToolRequestStatus
from wayflowcore.serialization import autodeserialize, serialize
from wayflowcore.serialization.context import DeserializationContext
from wayflowcore.tools import ToolResult

TO, RECEIPT = StringProperty(title="to"), StringProperty(title="receipt")
paid = []


def pay(to: str) -> str:
    paid.append(to)
    return f"paid {to}"


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        called = {"name": "pay", "arguments": json.dumps({"to": "Ann"})}
        said = {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": called}]}
        results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        if results:
            said = {"content": f"Told: {results[-1]}"}
        choice = {"index": 0, "delta": {"role": "assistant", **said}, "finish_reason": "stop"}
        answer = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def spec(kind, tool, model):
    """An agent with a tool, or a flow that calls it once."""
    if kind == "agent":
        return Agent(name="clerk", llm_config=model, system_prompt="Pay.", tools=[tool])
    start, node = StartNode(name="start", inputs=[TO]), ToolNode(name="call", tool=tool)
    end = EndNode(name="end", outputs=[RECEIPT])
    return Flow(
        name="flow",
        start_node=start,
        nodes=[start, node, end],
        inputs=[TO],
        outputs=[RECEIPT],
        control_flow_connections=[
            ControlFlowEdge(name="1", from_node=start, to_node=node),
            ControlFlowEdge(name="2", from_node=node, to_node=end),
        ],
        data_flow_connections=[
            DataFlowEdge(
                name="3", source_node=start, source_output="to", destination_node=node, destination_input="to"
            ),
            DataFlowEdge(
                name="4", source_node=node, source_output="receipt", destination_node=end, destination_input="receipt"
            ),
        ],
    )


def stored(conversation, tool):
    """The conversation as another process gets it."""
    context = DeserializationContext()
    context.registered_tools = {"pay": tool}
    return autodeserialize(serialize(conversation), context)


def outcome(kind, tool, when, model):
    paid.clear()
    text = AgentSpecSerializer().to_json(spec(kind, tool, model))
    assistant = AgentSpecLoader(tool_registry={"pay": pay}).load_json(text)
    runtime_tool = assistant.tools[0] if kind == "agent" else assistant.steps["call"].tool
    if kind == "agent":
        conversation = assistant.start_conversation(messages="Pay Ann.")
    else:
        conversation = assistant.start_conversation({"to": "Ann"})
    conversation.execute()
    if when == "before":
        conversation = stored(conversation, runtime_tool)
    status = conversation.status
    for request in status.tool_requests:
        if isinstance(status, ToolExecutionConfirmationStatus):
            status.confirm_tool_execution(request)
        else:
            assert isinstance(status, ToolRequestStatus)
            status.submit_tool_result(ToolResult(content="paid by hand", tool_request_id=request.tool_request_id))
    if when == "after":
        conversation = stored(conversation, runtime_tool)
    try:
        status = conversation.execute()
    except ValueError as error:
        return f"ValueError: {str(error).split(',')[0]}"
    if isinstance(status, ToolExecutionConfirmationStatus):
        return "asks again"
    words = str(getattr(status, "output_values", conversation.get_last_message().content if kind == "agent" else ""))
    if paid == ["Ann"] and "paid Ann" in words:
        return "ran the tool"
    return "took the result" if not paid and "paid by hand" in words else f"something else: {paid} {words}"


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}")
tools = {
    "confirmation": ServerTool(
        name="pay", description="Pays.", inputs=[TO], outputs=[RECEIPT], requires_confirmation=True
    ),
    "client tool": ClientTool(name="pay", description="Pays.", inputs=[TO], outputs=[RECEIPT]),
}
for kind in ["agent", "flow"]:
    for words, tool in tools.items():
        given = "yes" if words == "confirmation" else "result"
        for when in ["", "before", "after"]:
            how = f"stored {when} the {given}" if when else "kept"
            print(f"{kind}, {words}, {how}: {outcome(kind, tool, when, model)}")
PYTHON
seen=$(OPENAI_API_KEY=none "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'agent, confirmation, kept: ran the tool
agent, confirmation, stored before the yes: asks again
agent, confirmation, stored after the yes: asks again
agent, client tool, kept: took the result
agent, client tool, stored before the result: took the result
agent, client tool, stored after the result: took the result
flow, confirmation, kept: ran the tool
flow, confirmation, stored before the yes: ValueError: Missing tool confirmation
flow, confirmation, stored after the yes: ValueError: Missing tool confirmation
flow, client tool, kept: took the result
flow, client tool, stored before the result: took the result
flow, client tool, stored after the result: took the result' ]]

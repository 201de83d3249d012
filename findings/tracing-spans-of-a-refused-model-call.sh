#!/usr/bin/env bash
# When a model refuses a call, Agent Spec Tracing has spans that never end: one in LangGraph, all open ones in WayFlow.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI),
# CPython 3.11. Each runtime has an environment of its own: the one wants anyio below 4.12, the other above 4.14.
# Input: a flow of a StartNode, an LlmNode and an EndNode, traced by a SpanProcessor that counts what starts and ends. The
# model is a server of this script on the loopback address: it answers once, and once it refuses with the status 400.
# Seen: after an answer all spans have ended. After a refusal the processor is never told the end of the model call's span
# (LangGraph, sync and async alike), or of the flow's, the node's and the model call's (WayFlow, with its
# AgentSpecEventListener); their `end_time` stays null. The specification of tracing wants ExceptionRaised before a span
# ends: LangGraph puts it on the spans around (async, not on the flow's) and not on the model call's; WayFlow on the model
# call's and on no other.
# What exports spans when they end, as OpenTelemetry's processors do, therefore never exports the call that failed.
# Output when this was written (spans are named by their types):
#   LangGraph, answered: 5 spans, not ended: none; exceptions on: none
#   LangGraph, refused: 4 spans, not ended: LlmGenerationSpan; exceptions on: FlowExecutionSpan, NodeExecutionSpan
#   LangGraph async, answered: 5 spans, not ended: none; exceptions on: none
#   LangGraph async, refused: 4 spans, not ended: LlmGenerationSpan; exceptions on: NodeExecutionSpan
#   WayFlow, answered: 5 spans, not ended: none; exceptions on: none
#   WayFlow, refused: 4 spans, not ended: FlowExecutionSpan, LlmGenerationSpan, NodeExecutionSpan; exceptions on: LlmGenerationSpan
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/langgraph"
python3 -m venv "$work/wayflow"
"$work/langgraph/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
"$work/wayflow/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, LlmNode, StartNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tracing.spanprocessor import SpanProcessor
from pyagentspec.tracing.spans import RootSpan
from pyagentspec.tracing.trace import Trace


class Model(BaseHTTPRequestHandler):
    """Answers `ok` for the model `answered`, and refuses every other."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = {"role": "assistant", "content": "ok"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        told = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        answers = body["model"] == "answered"
        answer = {**told, "choices": [choice], "usage": usage} if answers else {"error": {"message": "no"}}
        self.send_response(200 if answers else 400)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


class Counting(SpanProcessor):
    """Keeps the spans that start and which of them end."""

    def __init__(self):
        super().__init__()
        self.started = []
        self.ended = []
        self.raised = set()

    def on_start(self, span):
        if not isinstance(span, RootSpan):
            self.started.append(span)

    def on_end(self, span):
        self.ended.append(span.id)

    def on_event(self, event, span):
        if type(event).__name__ == "ExceptionRaised":
            self.raised.add(type(span).__name__)

    def startup(self):
        pass

    def shutdown(self):
        pass

    async def on_start_async(self, span):
        self.on_start(span)

    async def on_end_async(self, span):
        self.on_end(span)

    async def on_event_async(self, event, span):
        self.on_event(event, span)

    async def startup_async(self):
        pass

    async def shutdown_async(self):
        pass


def asking(model):
    """A flow that asks a model, as JSON."""
    url = f"http://127.0.0.1:{server.server_port}"
    config = OpenAiCompatibleConfig(name="model", url=url, model_id=model)
    said = StringProperty(title="said")
    start = StartNode(name="start")
    llm = LlmNode(name="llm", llm_config=config, prompt_template="hello", outputs=[said])
    end = EndNode(name="end", outputs=[said])
    flow = Flow(
        name="flow",
        start_node=start,
        nodes=[start, llm, end],
        control_flow_connections=[
            ControlFlowEdge(name="ask", from_node=start, to_node=llm),
            ControlFlowEdge(name="done", from_node=llm, to_node=end),
        ],
        data_flow_connections=[
            DataFlowEdge(
                name="said",
                source_node=llm,
                source_output="said",
                destination_node=end,
                destination_input="said",
            )
        ],
    )
    return AgentSpecSerializer().to_json(flow)


def in_langgraph(flow, processor):
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    graph = AgentSpecLoader().load_json(flow)
    with Trace(name="trace", span_processors=[processor]):
        graph.invoke({"inputs": {}, "messages": []})


def in_langgraph_async(flow, processor):
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    async def run():
        graph = AgentSpecLoader().load_json(flow)
        async with Trace(name="trace", span_processors=[processor]):
            await graph.ainvoke({"inputs": {}, "messages": []})

    asyncio.run(run())


def in_wayflow(flow, processor):
    from wayflowcore.agentspec import AgentSpecLoader
    from wayflowcore.agentspec.tracing import AgentSpecEventListener
    from wayflowcore.events.eventlistener import register_event_listeners

    conversation = AgentSpecLoader().load_json(flow).start_conversation({})
    with register_event_listeners([AgentSpecEventListener()]):
        with Trace(name="trace", span_processors=[processor]):
            conversation.execute()


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
runtimes = {
    "langgraph": [("LangGraph", in_langgraph), ("LangGraph async", in_langgraph_async)],
    "wayflow": [("WayFlow", in_wayflow)],
}
for runtime, run in runtimes[sys.argv[1]]:
    for model in ["answered", "refused"]:
        processor = Counting()
        try:
            run(asking(model), processor)
        except Exception:
            if model == "answered":
                raise
        open_ = sorted(type(span).__name__ for span in processor.started if span.id not in processor.ended)
        print(
            f"{runtime}, {model}: {len(processor.started)} spans, not ended: {', '.join(open_) or 'none'};",
            f"exceptions on: {', '.join(sorted(processor.raised)) or 'none'}",
        )
PYTHON
seen=$(for runtime in langgraph wayflow; do "$work/$runtime/bin/python" "$work/ask.py" "$runtime"; done)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, answered: 5 spans, not ended: none; exceptions on: none
LangGraph, refused: 4 spans, not ended: LlmGenerationSpan; exceptions on: FlowExecutionSpan, NodeExecutionSpan
LangGraph async, answered: 5 spans, not ended: none; exceptions on: none
LangGraph async, refused: 4 spans, not ended: LlmGenerationSpan; exceptions on: NodeExecutionSpan
WayFlow, answered: 5 spans, not ended: none; exceptions on: none
WayFlow, refused: 4 spans, not ended: FlowExecutionSpan, LlmGenerationSpan, NodeExecutionSpan; exceptions on: LlmGenerationSpan' ]]

#!/usr/bin/env bash
# OpenInference's instrumentation of Agent Spec ends every async run with an error, leaves threads out, and makes all runs one trace.
#
# Packages: openinference-instrumentation-agentspec 0.1.15 with opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http
# 1.45.2, pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 (PyPI), CPython 3.11.
# Input: a flow of a StartNode, an LlmNode and an EndNode, and AgentSpecInstrumentor on a TracerProvider that exports over
# OTLP/HTTP. The flow is run twice, once so that the model refuses, once by `ainvoke`, and once in a thread of a pool. The model
# and the collector are a server of this script on the loopback address.
# Expected: the instrumentor says in its code that whatever happens it does not end the run of the assistant; a run is a trace
# of its own; what failed has the status ERROR (OpenTelemetry's specification, "Recording Exceptions").
# Seen:
# - Run by `ainvoke` the flow fails at its first node: LangGraph's adapter tells processors of spans by their async methods
#   (oracle/agent-spec pull request 41), and those of the instrumentation all raise NotImplementedError. Without it the flow
#   runs.
# - In a thread there are no spans, without a word: the trace is kept in a variable of the context in which `instrument` was
#   called, and a thread begins with a context of its own.
# - All runs have one trace id, and one `session.id`, from `instrument` until `uninstrument`. The parent of all of them is a
#   span that is exported only then; a service that is killed never tells it.
# - A run that the model refused has no status that says so, and no event called `exception`: filters for errors find nothing.
# Output when this was written, on 1 December 2026:
#   async, not instrumented: answered
#   one run: answered; spans 5, status unset
#   another run: answered; spans 5, status unset
#   refused: BadRequestError; spans 3, status unset
#   async: NotImplementedError; spans 1, status unset
#   in a thread: answered; spans 0
#   all: traces 1, spans whose parent is not there 4
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24' 'openinference-instrumentation-agentspec==0.1.15' \
    'opentelemetry-sdk==1.45.2' 'opentelemetry-exporter-otlp-proto-http==1.45.2'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from openinference.instrumentation.agentspec import AgentSpecInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.flows.edges import ControlFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import EndNode, LlmNode, StartNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer

spans = []
ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class Server(BaseHTTPRequestHandler):
    """The model, which refuses whoever says so, and the collector."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            return self.answer(200, b"", "application/x-protobuf")
        if b"refuse" in body:
            return self.answer(400, b"{}")
        self.answer(200, json.dumps(ANSWER).encode())

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def flow(prompt):
    config = OpenAiCompatibleConfig(name="m", model_id="m", url=url)
    start, end = StartNode(name="start"), EndNode(name="end")
    ask = LlmNode(name="ask", prompt_template=prompt, llm_config=config)
    return Flow(
        name="flow",
        start_node=start,
        nodes=[start, ask, end],
        control_flow_connections=[
            ControlFlowEdge(name="1", from_node=start, to_node=ask),
            ControlFlowEdge(name="2", from_node=ask, to_node=end),
        ],
    )


def loaded(prompt):
    return AgentSpecLoader().load_json(AgentSpecSerializer().to_json(flow(prompt)))


def run(prompt="Hi"):
    try:
        loaded(prompt).invoke({"inputs": {}, "messages": []})
        return "answered"
    except Exception as error:
        return type(error).__name__


async def run_async():
    try:
        await loaded("Hi").ainvoke({"inputs": {}, "messages": []})
        return "answered"
    except Exception as error:
        return type(error).__name__


def told(label, seen):
    states = sorted({Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_").lower() for span in spans})
    print(f"{label}: {seen}; spans {len(spans)}{', status ' if states else ''}{' '.join(states)}")
    traces.update(span.trace_id for span in spans)
    everything.extend(spans)
    spans.clear()


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
traces, everything = set(), []
print(f"async, not instrumented: {asyncio.run(run_async())}")
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
AgentSpecInstrumentor().instrument(tracer_provider=provider)
told("one run", run())
told("another run", run())
told("refused", run("refuse"))
told("async", asyncio.run(run_async()))
with ThreadPoolExecutor() as pool:
    told("in a thread", pool.submit(run).result())
ids = {span.span_id for span in everything}
orphans = sum(span.parent_span_id not in ids for span in everything)
print(f"all: traces {len(traces)}, spans whose parent is not there {orphans}")
PYTHON
seen=$(OPENAI_API_KEY=none timeout 200 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'async, not instrumented: answered
one run: answered; spans 5, status unset
another run: answered; spans 5, status unset
refused: BadRequestError; spans 3, status unset
async: NotImplementedError; spans 1, status unset
in a thread: answered; spans 0
all: traces 1, spans whose parent is not there 4' ]]

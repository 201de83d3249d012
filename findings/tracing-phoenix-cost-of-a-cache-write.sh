#!/usr/bin/env bash
# Phoenix bills 100,000 tokens that go into Claude's cache as plain ones if OpenTelemetry's own instrumentation counts them, and finds no word.
#
# Packages: arize-phoenix 20.26.1; anthropic 2.15.0 with opentelemetry-instrumentation-genai-anthropic 1.3b0, openinference-instrumentation-anthropic
# 3.1.0, opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http 1.45.2 (PyPI, CPython 3.11; an environment for the server, one for the client).
# Input: one call of Anthropic's client, whose answer counts 1,000 tokens of input, 100,000 that are written to the cache and 100 of output. It is
# traced once by OpenInference's instrumentation, which Phoenix's makers write, and once by OpenTelemetry's, with the content of messages on.
# Both go to the same Phoenix by OTLP. The model is a server of this script; all is on the loopback address.
# Expected: the same call costs the same, whoever counted its tokens: both tell how many were written to the cache, and Phoenix says that it reads
# OpenTelemetry's conventions for GenAI. What was asked is what is found by a filter on `input.value`.
# Seen: OpenTelemetry's conventions renamed the count to `gen_ai.usage.cache_write.input_tokens`, and its instrumentations of 1.3b0 send that; Phoenix
# reads `cache_creation` and nothing else. So 100,000 tokens that cost 1.25 times the price are billed at 1, and the number of cached tokens is
# none. The words arrive as messages, but `input.value` stays empty and `output.value` is the id of the answer and the name of the model: that is what
# the lists show and what filters look through.
# Output when this was written, on 2 December 2026:
#   by OpenInference: input 1000 for $0.0030, cache_write 100000 for $0.3750, output 100 for $0.0015; in all $0.3795
#   by OpenInference: 'Pay Ann' in input.value finds 1, 'Paid' in output.value finds 1
#   by OpenTelemetry: input 101000 for $0.3030, output 100 for $0.0015; in all $0.3045
#   by OpenTelemetry: 'Pay Ann' in input.value finds 0, 'Paid' in output.value finds 0
#   by OpenTelemetry: messages Pay Ann., Paid.; output {"id": "msg_1", "model": "claude-sonnet-4-5"}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/phoenix"
"$work/phoenix/bin/pip" install --quiet --no-compile --disable-pip-version-check --only-binary :all: 'arize-phoenix==20.26.1'
python3 -m venv "$work/client"
"$work/client/bin/pip" install --quiet --no-compile --disable-pip-version-check 'anthropic==2.15.0' \
    'opentelemetry-instrumentation-genai-anthropic==1.3b0' 'openinference-instrumentation-anthropic==3.1.0' \
    'opentelemetry-sdk==1.45.2' 'opentelemetry-exporter-otlp-proto-http==1.45.2'
ports=$(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(it.getsockname()[1] for it in held))')
read -r port grpc <<<"$ports"
(
    export PHOENIX_WORKING_DIR="$work" PHOENIX_HOST=127.0.0.1 PHOENIX_PORT="$port" PHOENIX_GRPC_PORT="$grpc" PHOENIX_TELEMETRY_ENABLED=false
    exec "$work/phoenix/bin/phoenix" serve
) >"$work/log" 2>&1 &
server=$!
until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/healthz"; do
    kill -0 $server
    sleep 1
done
cat >"$work/ask.py" <<'PYTHON'
import json
import os
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
import anthropic
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInference
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor as OpenTelemetry
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

phoenix = sys.argv[1]
MODEL = "claude-sonnet-4-5"


class Model(BaseHTTPRequestHandler):
    """The model, which has put a long prompt into its cache and says one word."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        usage = {"input_tokens": 1000, "cache_creation_input_tokens": 100_000, "cache_read_input_tokens": 0, "output_tokens": 100}
        said = {"content": [{"type": "text", "text": "Paid."}], "stop_reason": "end_turn", "stop_sequence": None}
        answer = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "usage": usage, **said}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def call(project, instrumentor):
    """One call of the model, traced into a project of its own."""
    provider = TracerProvider(resource=Resource({"openinference.project.name": project}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{phoenix}/v1/traces")))
    instrumentor.instrument(tracer_provider=provider)
    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{model.server_port}", api_key="none")
    client.messages.create(model=MODEL, max_tokens=50, messages=[{"role": "user", "content": "Pay Ann."}])
    instrumentor.uninstrument()
    provider.shutdown()


def query(fields, condition=None):
    """The spans of each project by its name, with these fields."""
    only = f", filterCondition: {json.dumps(condition)}" if condition else ""
    text = "{projects{edges{node{name spans(first: 9%s){edges{node{%s}}}}}}}" % (only, fields)
    request = urllib.request.Request(
        f"{phoenix}/graphql", json.dumps({"query": text}).encode(), {"Content-Type": "application/json"}
    )
    projects = json.load(urllib.request.urlopen(request))["data"]["projects"]["edges"]
    return {it["node"]["name"]: [span["node"] for span in it["node"]["spans"]["edges"]] for it in projects}


PROJECTS = {"by OpenInference": OpenInference(), "by OpenTelemetry": OpenTelemetry()}
FIELDS = "attributes output{value} costSummary{total{cost}} costDetailSummaryEntries{tokenType value{tokens cost}}"
model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
for project, instrumentor in PROJECTS.items():
    call(project, instrumentor)
for _ in range(60):
    spans = query(FIELDS)
    if all(spans.get(project) and spans[project][0]["costSummary"] for project in PROJECTS):
        break
    time.sleep(1)
asked = query("name", "'Pay Ann' in input.value")
said = query("name", "'Paid' in output.value")
for project in PROJECTS:
    span = spans[project][0]
    bill = {it["tokenType"]: it["value"] for it in span["costDetailSummaryEntries"]}
    kinds = [kind for kind in ("input", "cache_write", "output") if kind in bill]
    parts = ", ".join(f"{kind} {bill[kind]['tokens']:.0f} for ${bill[kind]['cost']:.4f}" for kind in kinds)
    print(f"{project}: {parts}; in all ${span['costSummary']['total']['cost']:.4f}")
    print(f"{project}: 'Pay Ann' in input.value finds {len(asked[project])}, 'Paid' in output.value finds {len(said[project])}")
told = json.loads(span["attributes"])["llm"]
words = [message["message"]["content"] for side in ("input_messages", "output_messages") for message in told[side]]
print(f"{project}: messages {', '.join(words)}; output {span['output']['value']}")
PYTHON
seen=$(timeout 120 "$work/client/bin/python" "$work/ask.py" "http://127.0.0.1:$port")
printf '%s\n' "$seen"
[[ "$seen" == 'by OpenInference: input 1000 for $0.0030, cache_write 100000 for $0.3750, output 100 for $0.0015; in all $0.3795
by OpenInference: '\''Pay Ann'\'' in input.value finds 1, '\''Paid'\'' in output.value finds 1
by OpenTelemetry: input 101000 for $0.3030, output 100 for $0.0015; in all $0.3045
by OpenTelemetry: '\''Pay Ann'\'' in input.value finds 0, '\''Paid'\'' in output.value finds 0
by OpenTelemetry: messages Pay Ann., Paid.; output {"id": "msg_1", "model": "claude-sonnet-4-5"}' ]]

#!/usr/bin/env bash
# An answer that breaks off is well in OpenLLMetry's spans, and one that its reader has had enough of is an error in OpenTelemetry's own.
#
# Packages: openai 3.57.0 with opentelemetry-sdk 1.45.2, and three instrumentations of it: opentelemetry-instrumentation-genai-openai 1.3b0
# (OpenTelemetry), openinference-instrumentation-openai 0.1.66 (OpenInference) and opentelemetry-instrumentation-openai 0.62.4 (OpenLLMetry,
# PyPI, CPython 3.11; each in a process of its own).
# Input: streams of a chat completion: whole; with an event `error` after "Half", as of a model that is overloaded; whose connection is
# cut there; and one that just ends there, in good order. And a whole one that its reader leaves after the first piece, by `break`, or
# by `break` within `with`. The server is one of this script on the loopback address.
# Expected: OpenTelemetry's conventions ("Recording errors") give a span the status ERROR and an `error.type` where its operation ended with
# an error, and leave the status alone where it did not. An exception of the client is such an error; to stop reading is none.
# Seen: three answers to nearly all. Where the client raises an APIError or an APIConnectionError, OpenLLMetry has the status OK and no
# `error.type`, so that a search for failures finds none of them. OpenTelemetry's own has ERROR and the type `_OTHER` for a reader that left,
# unless by `with`. A stream that just ended is OK for two, and like any other for the third: that there is no finish reason is all that
# tells. None of the three counts tokens of a stream, whole or not, where the request did not ask for them (`stream_options`): what
# streams costs nothing.
# Output when this was written, on 1 December 2026:
#   the client: whole read; error APIError; cut APIConnectionError; just ends read; left left; left by with left
#   OpenTelemetry: whole UNSET stop; error ERROR openai.APIError; cut ERROR openai.APIConnectionError; just ends UNSET; left ERROR _OTHER; left by with UNSET
#   OpenInference: whole OK stop; error ERROR; cut ERROR; just ends OK; left UNSET; left by with UNSET
#   OpenLLMetry: whole OK stop; error OK; cut OK; just ends OK; left OK; left by with OK
#   tokens counted: none, none, none
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'openai==3.57.0' 'opentelemetry-sdk==1.45.2' 'opentelemetry-instrumentation-genai-openai==1.3b0' \
    'openinference-instrumentation-openai==0.1.66' 'opentelemetry-instrumentation-openai==0.62.4'
cat >"$work/ask.py" <<'PYTHON'
import gc
import importlib
import json
import logging
import os
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import openai
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

NAMES = {
    "OpenTelemetry": "opentelemetry.instrumentation.genai.openai",
    "OpenInference": "openinference.instrumentation.openai",
    "OpenLLMetry": "opentelemetry.instrumentation.openai",
}
CASES = ["whole", "error", "cut", "just ends", "left", "left by with"]


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        case = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][0]["content"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.piece({"role": "assistant", "content": "Half"})
        if case == "error":
            self.event({"error": {"message": "overloaded", "type": "server_error", "code": "503"}})
        if case == "cut":
            self.close_connection = True
            return
        if case in ("whole", "left", "left by with"):
            self.piece({"content": " and whole"})
            self.piece({}, "stop")
            self.write(b"data: [DONE]\n\n")
        self.write(b"")

    def piece(self, delta, reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self.event({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})

    def event(self, event):
        self.write(f"data: {json.dumps(event)}\n\n".encode())

    def write(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, *_):
        pass


def read(case):
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": case}], stream=True)
    if case == "left by with":
        with stream:
            for _ in stream:
                break
        return "left"
    for _ in stream:
        if case == "left":
            return "left"
    return "read"


def ended(case):
    try:
        seen = read(case)
    except Exception as error:
        seen = type(error).__name__
    gc.collect()
    return seen


def told(span):
    """The status of a span, the type of its error and its finish reason."""
    has = span.attributes
    tokens.extend(key for key in has if "usage" in key or "token_count" in key)
    reasons = has.get("gen_ai.response.finish_reasons") or [has.get("llm.finish_reason")]
    return " ".join(word for word in (span.status.status_code.name, has.get("error.type"), *reasons) if word)


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
name, tokens = sys.argv[1], []
spans = InMemorySpanExporter()
if name in NAMES:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    importlib.import_module(NAMES[name]).OpenAIInstrumentor().instrument(tracer_provider=provider)
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
seen = []
for case in CASES:
    spans.clear()
    end = ended(case)
    finished = spans.get_finished_spans()
    assert len(finished) == (name in NAMES)
    seen.append(f"{case} {told(finished[0]) if finished else end}")
print(f"{name}: {'; '.join(seen)}")
if name in NAMES:
    print(", ".join(sorted(set(tokens))) or "none", file=sys.stderr)
PYTHON
seen=$(
    for name in 'the client' OpenTelemetry OpenInference OpenLLMetry; do
        timeout 60 "$work/venv/bin/python" "$work/ask.py" "$name" 2>>"$work/tokens" || cat "$work/tokens"
    done
    echo "tokens counted: $(paste -sd, "$work/tokens" | sed 's/,/, /g')"
)
printf '%s\n' "$seen"
[[ "$seen" == 'the client: whole read; error APIError; cut APIConnectionError; just ends read; left left; left by with left
OpenTelemetry: whole UNSET stop; error ERROR openai.APIError; cut ERROR openai.APIConnectionError; just ends UNSET; left ERROR _OTHER; left by with UNSET
OpenInference: whole OK stop; error ERROR; cut ERROR; just ends OK; left UNSET; left by with UNSET
OpenLLMetry: whole OK stop; error OK; cut OK; just ends OK; left OK; left by with OK
tokens counted: none, none, none' ]]

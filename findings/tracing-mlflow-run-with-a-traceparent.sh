#!/usr/bin/env bash
# A run of an agent that was asked with a `traceparent` is in progress for ever in MLflow, and no search for failures finds it.
#
# Packages: mlflow 3.17.2, and opentelemetry-sdk with opentelemetry-exporter-otlp-proto-http 1.45.2 (PyPI, CPython 3.11).
# Input: an agent whose spans (`invoke_agent`, and a `chat` in it, by OpenTelemetry's conventions for GenAI) go to an MLflow server by its
# OTLP endpoint. A run is done, and one fails: its span has the status ERROR. Each is asked once as it is, and once with the header
# `traceparent`, as a browser, a gateway or a service in front adds it that sends its own spans elsewhere. All is on the loopback address.
# Expected: a run whose spans have all ended and arrived has ended, and one that failed has failed, whoever asked.
# Seen: MLflow takes a trace's state and what its list shows of it from the span that has no parent. The spans are all there, and one has the
# status ERROR; but a trace whose first span has its parent elsewhere is IN_PROGRESS, with nothing of what was asked, and stays so. Of two
# failures the filter `trace.status = 'ERROR'` finds one. As soon as something in front is traced, it finds none, and it looks as if nothing failed.
# Output when this was written, on 2 December 2026:
#   done: OK; spans UNSET UNSET; what was asked in the list
#   done, with a traceparent: IN_PROGRESS; spans UNSET UNSET; nothing in the list
#   failed: ERROR; spans ERROR UNSET; what was asked in the list
#   failed, with a traceparent: IN_PROGRESS; spans ERROR UNSET; nothing in the list
#   a search for OK finds 1
#   a search for ERROR finds 1
#   a search for IN_PROGRESS finds 2
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'mlflow==3.17.2' 'opentelemetry-sdk==1.45.2' 'opentelemetry-exporter-otlp-proto-http==1.45.2'
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(
    cd "$work"
    export MLFLOW_DISABLE_TELEMETRY=true
    exec "$work/venv/bin/mlflow" server --backend-store-uri "sqlite:///$work/mlflow.db" --host 127.0.0.1 --port "$port" --workers 1
) >"$work/log" 2>&1 &
server=$!
until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/health"; do
    kill -0 $server
    sleep 1
done
cat >"$work/ask.py" <<'PYTHON'
import json
import os
import sys
import time

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode

url = sys.argv[1]


def agent(headers, fails):
    """One run of an agent that is asked over HTTP with these headers; gives the id of its trace."""
    has = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "bank", "gen_ai.input.messages": SAID}
    with tracer.start_as_current_span("invoke_agent bank", extract(headers), attributes=has) as span:
        usage = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
        with tracer.start_as_current_span("chat m", attributes={"gen_ai.operation.name": "chat", **usage}):
            time.sleep(0.2)
        if fails:
            span.set_attribute("error.type", "ValueError")
            span.set_status(Status(StatusCode.ERROR, "no money"))
    return f"{span.get_span_context().trace_id:032x}"


SAID = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Pay."}]}])
provider = TracerProvider()
exporter = OTLPSpanExporter(f"{url}/v1/traces", headers={"x-mlflow-experiment-id": "0"})
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("agent")
of = {}
for n, (case, fails) in enumerate((("done", False), ("failed", True))):
    of[agent({}, fails)] = case
    of[agent({"traceparent": f"00-{n + 1:032x}-{n + 1:016x}-01"}, fails)] = f"{case}, with a traceparent"
provider.shutdown()
mlflow.set_tracking_uri(url)
traces = mlflow.search_traces(locations=["0"], return_type="list")
by = {of.get(trace.info.trace_id.removeprefix("tr-")): trace for trace in traces}
for case in of.values():
    trace = by[case]
    statuses = [span.status.status_code.name for span in trace.data.spans]
    print(f"{case}: {trace.info.state.name}; spans {' '.join(statuses)}; {'what was asked' if trace.info.request_preview else 'nothing'} in the list")
for state in ("OK", "ERROR", "IN_PROGRESS"):
    found = mlflow.search_traces(locations=["0"], return_type="list", filter_string=f"trace.status = '{state}'")
    print(f"a search for {state} finds {len(found)}")
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" "http://127.0.0.1:$port" 2>/dev/null)
printf '%s\n' "$seen"
[[ "$seen" == 'done: OK; spans UNSET UNSET; what was asked in the list
done, with a traceparent: IN_PROGRESS; spans UNSET UNSET; nothing in the list
failed: ERROR; spans ERROR UNSET; what was asked in the list
failed, with a traceparent: IN_PROGRESS; spans ERROR UNSET; nothing in the list
a search for OK finds 1
a search for ERROR finds 1
a search for IN_PROGRESS finds 2' ]]

#!/usr/bin/env bash
# A span of Agent Spec's tracing that is written when it ends says that two things happened in it, and not what: its events have no type and no values.
#
# Packages: pyagentspec 26.3.1 (PyPI, CPython 3.11).
# Input: a `ToolExecutionSpan` with a `ToolExecutionRequest` and a `ToolExecutionResponse`, seen by a `SpanProcessor` that writes each span in `on_end`,
# as exporters of traces do, with `model_dump(mask_sensitive_information=False)` and with `model_dump_json()`.
# Expected: the events of the span as they are when each is written by itself: with their type, the tool, the inputs and the outputs.
# Seen: `Span.events` is declared as a list of `Event`, and pydantic writes the fields of the declared class alone. So each event has id, name, description,
# time and metadata; that it is a request, of which tool, with which inputs, and what came back are gone without a warning. What a processor gets in
# `on_event` is whole. `model_dump_json()`, which gives a line for a file at once, raises for every span that names a component, because only
# `model_dump` brings the context that components need to be written.
# Output when this was written, on 2 December 2026:
#   event by itself: description id inputs metadata name request_id timestamp tool type
#   event by itself: description id metadata name outputs request_id timestamp tool type
#   event in its span: description id metadata name timestamp
#   event in its span: description id metadata name timestamp
#   span as JSON: PydanticSerializationError: ValueError: Missing proper serialization context
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec==26.3.1'
cat >"$work/spans.py" <<'PYTHON'
from pyagentspec.property import StringProperty
from pyagentspec.tools import ServerTool
from pyagentspec.tracing.events import ToolExecutionRequest, ToolExecutionResponse
from pyagentspec.tracing.spanprocessor import SpanProcessor
from pyagentspec.tracing.spans import ToolExecutionSpan
from pyagentspec.tracing.trace import Trace

seen = []


def fields(event):
    return " ".join(sorted(event))


class Writer(SpanProcessor):
    def on_start(self, span):
        pass

    def on_event(self, event, span):
        seen.append("event by itself: " + fields(event.model_dump(mask_sensitive_information=False)))

    def on_end(self, span):
        if not isinstance(span, ToolExecutionSpan):
            return
        for event in span.model_dump(mask_sensitive_information=False)["events"]:
            seen.append("event in its span: " + fields(event))
        try:
            span.model_dump_json()
            seen.append("span as JSON: written")
        except Exception as error:
            cause = str(error).split("serialize_model`: ")[-1]
            seen.append(f"span as JSON: {type(error).__name__}: {cause}")

    def startup(self):
        pass

    def shutdown(self):
        pass

    async def on_start_async(self, span):
        self.on_start(span)

    async def on_event_async(self, event, span):
        self.on_event(event, span)

    async def on_end_async(self, span):
        self.on_end(span)

    async def startup_async(self):
        pass

    async def shutdown_async(self):
        pass


pay = ServerTool(
    name="pay", inputs=[StringProperty(title="to")], outputs=[StringProperty(title="receipt")]
)
with Trace(span_processors=[Writer(mask_sensitive_information=False)]):
    with ToolExecutionSpan(tool=pay) as span:
        span.add_event(ToolExecutionRequest(tool=pay, request_id="call_1", inputs={"to": "Ann"}))
        span.add_event(
            ToolExecutionResponse(tool=pay, request_id="call_1", outputs={"receipt": "R-1"})
        )
print("\n".join(seen))
PYTHON
"$work/env/bin/python" "$work/spans.py" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
event by itself: description id inputs metadata name request_id timestamp tool type
event by itself: description id metadata name outputs request_id timestamp tool type
event in its span: description id metadata name timestamp
event in its span: description id metadata name timestamp
span as JSON: PydanticSerializationError: ValueError: Missing proper serialization context
SEEN

#!/usr/bin/env bash
# The same broken stream of a response is an error for one of OpenAI's clients and an answer for the other, and the cause is lost.
#
# Packages: openai 3.57.0 (PyPI, CPython 3.11) and openai 7.59.0 (npm, Node.js 20).
# Input: the stream of a response that has said "Half a" and then is completed; is incomplete, since it reached
# `max_output_tokens`; has failed, with an error; is followed by the event `error`; or just ends, as when a proxy closes the
# connection in good order. Each client reads it by `responses.create` with streaming, and by its helper `responses.stream`,
# which puts the response together. The server is one of this script on the loopback address; its events are those of OpenAI's
# API reference.
# Expected: what was said before the bound is an answer with the status `incomplete`; whoever gets half an answer of a broken
# server is told so, with the server's words.
# Seen:
# - Python's helper knows `response.completed` alone: for an incomplete response it gives neither its text nor the reason, and
#   of a failure it hides the server's words behind an error of its own (known: openai/openai-python pull request 3538).
# - The helper of JavaScript gives all three as responses, without an error: the one that just ended as well, as `in_progress`
#   (as its documentation has it). Who looks at the text and not at the status has half an answer.
# - After the event `error`, Python's loop over the events ends as after a whole answer; in JavaScript it raises what the server
#   said.
# Output when this was written, on 1 December 2026:
#   Python, completed: create 'Half a'; helper completed 'Half a'
#   Python, incomplete: create 'Half a'; helper RuntimeError Didn't receive a `response.completed` event.
#   Python, failed: create 'Half a'; helper RuntimeError Didn't receive a `response.completed` event.
#   Python, an error: create 'Half a'; helper RuntimeError Didn't receive a `response.completed` event.
#   Python, nothing: create 'Half a'; helper RuntimeError Didn't receive a `response.completed` event.
#   JavaScript, completed: create 'Half a'; helper completed 'Half a'
#   JavaScript, incomplete: create 'Half a'; helper incomplete 'Half a'
#   JavaScript, failed: create 'Half a'; helper failed 'Half a'
#   JavaScript, an error: create APIError out of order; helper APIError out of order
#   JavaScript, nothing: create 'Half a'; helper in_progress 'Half a'
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'openai==3.57.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts 'openai@7.59.0'
cat >"$work/serve.py" <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMON = {"id": "r", "object": "response", "created_at": 1, "model": "m", "parallel_tool_calls": True}


def response(status, output=(), **more):
    return {**COMMON, "tool_choice": "auto", "tools": [], "status": status, "output": list(output), **more}


def item(status, *texts):
    content = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"id": "i", "type": "message", "role": "assistant", "status": status, "content": content}


def ended(status, **more):
    return [{"type": f"response.{status}", "response": response(status, [item(status, "Half a")], **more)}]


AT = {"output_index": 0, "content_index": 0, "item_id": "i"}
PART = {"type": "output_text", "text": "", "annotations": []}
BEGUN = [
    {"type": "response.created", "response": response("in_progress")},
    {"type": "response.output_item.added", "output_index": 0, "item": item("in_progress")},
    {"type": "response.content_part.added", **AT, "part": PART},
    {"type": "response.output_text.delta", **AT, "delta": "Half a", "logprobs": []},
]
BROKEN = {"code": "server_error", "message": "out of order"}
ENDS = {
    "completed": ended("completed"),
    "incomplete": ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
    "failed": ended("failed", error=BROKEN),
    "an error": [{"type": "error", "param": None, **BROKEN}],
    "nothing": [],
}


class Server(BaseHTTPRequestHandler):
    """Streams half an answer, and ends it as it is told to."""

    def do_POST(self):
        end = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        events = [{"sequence_number": number, **event} for number, event in enumerate(BEGUN + ENDS[end])]
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}", api_key="none", max_retries=0)


def create(end):
    pieces = ""
    for event in client.responses.create(model="m", input=end, stream=True):
        pieces += getattr(event, "delta", "")
    return repr(pieces)


def helper(end):
    with client.responses.stream(model="m", input=end) as stream:
        response = stream.get_final_response()
    return f"{response.status} {response.output_text!r}"


def seen(ask, end):
    try:
        return ask(end)
    except Exception as error:
        return f"{type(error).__name__} {error}"


for end in ["completed", "incomplete", "failed", "an error", "nothing"]:
    print(f"Python, {end}: create {seen(create, end)}; helper {seen(helper, end)}")
PYTHON
cat >"$work/ask.mjs" <<'JAVASCRIPT'
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `http://127.0.0.1:${process.argv[2]}`, apiKey: "none", maxRetries: 0 });
const create = async (end) => {
  let pieces = "";
  for await (const event of await client.responses.create({ model: "m", input: end, stream: true })) {
    pieces += event.delta ?? "";
  }
  return `'${pieces}'`;
};
const helper = async (end) => {
  const response = await client.responses.stream({ model: "m", input: end }).finalResponse();
  return `${response.status} '${response.output_text}'`;
};
const seen = (ask, end) => ask(end).catch((error) => `${error.constructor.name} ${error.message}`);
for (const end of ["completed", "incomplete", "failed", "an error", "nothing"]) {
  console.log(`JavaScript, ${end}: create ${await seen(create, end)}; helper ${await seen(helper, end)}`);
}
JAVASCRIPT
cd "$work"
read -r port < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 1)
python3 serve.py "$port" &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
seen=$(
    venv/bin/python ask.py "$port"
    node ask.mjs "$port"
)
printf '%s\n' "$seen"
[[ "$seen" == "Python, completed: create 'Half a'; helper completed 'Half a'
Python, incomplete: create 'Half a'; helper RuntimeError Didn't receive a \`response.completed\` event.
Python, failed: create 'Half a'; helper RuntimeError Didn't receive a \`response.completed\` event.
Python, an error: create 'Half a'; helper RuntimeError Didn't receive a \`response.completed\` event.
Python, nothing: create 'Half a'; helper RuntimeError Didn't receive a \`response.completed\` event.
JavaScript, completed: create 'Half a'; helper completed 'Half a'
JavaScript, incomplete: create 'Half a'; helper incomplete 'Half a'
JavaScript, failed: create 'Half a'; helper failed 'Half a'
JavaScript, an error: create APIError out of order; helper APIError out of order
JavaScript, nothing: create 'Half a'; helper in_progress 'Half a'" ]]

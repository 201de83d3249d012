#!/usr/bin/env bash
# Behind LiteLLM an answer that broke off is one that was finished, and a call whose arguments never came has the arguments {}.
#
# Packages: litellm 1.108.14 and openai 3.57.0 (PyPI, CPython 3.11).
# Input: the stream of a chat completion that ends in good order, without a `finish_reason` and without `[DONE]`, as when a worker
# is stopped or a gateway gives up behind its headers: after "Half a"; or after the first piece of a call of `wipe`, which has its
# name and no arguments yet. And the same two whole. It is read by OpenAI's client, and by LiteLLM as a chat completion (with
# `stream_chunk_builder`, which puts one together), as a response (`litellm.responses`) and as a message of Anthropic's protocol.
# The server is one of this script on the loopback address.
# Expected: OpenAI's API reference has the reason in the last chunk, and null in those before it: that is how a client tells half
# an answer from a whole one.
# Seen: OpenAI's client gives no reason, so that its user can tell. LiteLLM makes one up: `stop`, `completed`, `end_turn` are the
# same for the half and the whole, in all three protocols and whichever provider is named (tried with eight). The half call
# becomes a whole one: a chat completion has `{}` where there was nothing, so that `wipe` runs with its defaults, whatever the
# model was about to narrow it down to. Nothing is raised or logged, and the next server in line can't tell any more either. A
# connection that is cut, or an error within the stream, is raised as it should be.
# Output when this was written, on 1 December 2026:
#   OpenAI's client, half words: reason None
#   OpenAI's client, half call: reason None
#   OpenAI's client, whole words: reason stop
#   OpenAI's client, whole call: reason tool_calls
#   LiteLLM, chat, half words: stop, 'Half a'
#   LiteLLM, chat, half call: stop, wipe {}
#   LiteLLM, chat, whole words: stop, 'Half a'
#   LiteLLM, chat, whole call: tool_calls, wipe {"list": "old"}
#   LiteLLM, responses, half words: response.completed, completed, message completed
#   LiteLLM, responses, half call: response.completed, completed, function_call completed
#   LiteLLM, responses, whole words: response.completed, completed, message completed
#   LiteLLM, responses, whole call: response.completed, completed, function_call completed
#   LiteLLM, messages, half words: end_turn, message_stop
#   LiteLLM, messages, half call: end_turn, message_stop
#   LiteLLM, messages, whole words: end_turn, message_stop
#   LiteLLM, messages, whole call: tool_use, message_stop
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'litellm==1.108.14' 'openai==3.57.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import litellm
import openai

litellm.suppress_debug_info = True

CASES = ["half words", "half call", "whole words", "whole call"]
PARAMETERS = {"type": "object", "properties": {"list": {"type": "string"}}}


def chunks(case):
    """The deltas of a case, each with its reason."""
    if case.endswith("words"):
        deltas, reason = [{"role": "assistant", "content": "Half a"}], "stop"
    else:
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "wipe", "arguments": ""}}
        deltas, reason = [{"role": "assistant", "content": None, "tool_calls": [call]}], "tool_calls"
        if case.startswith("whole"):
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": '{"list": "old"}'}}]})
    return [(delta, None) for delta in deltas] + ([({}, reason)] if case.startswith("whole") else [])


class Model(BaseHTTPRequestHandler):
    """Streams the case that the last message names."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = json.dumps(request["messages"][-1]["content"])
        case = next(each for each in CASES if each in content)
        told = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        body = ""
        for delta, reason in chunks(case):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            body += f"data: {json.dumps({**told, 'choices': [choice]})}\n\n"
        if case.startswith("whole"):
            body += "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def of_openai(case):
    client = openai.OpenAI(base_url=server_url, api_key="none")
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": case}], stream=True)
    return f"reason {[chunk.choices[0].finish_reason for chunk in stream][-1]}"


def chat(case):
    stream = litellm.completion(messages=[{"role": "user", "content": case}], **common)
    choice = litellm.stream_chunk_builder(list(stream)).choices[0]
    calls = [f"{call.function.name} {call.function.arguments}" for call in choice.message.tool_calls or []]
    return f"{choice.finish_reason}, {calls[0] if calls else repr(choice.message.content)}"


def responses(case):
    tool = {"type": "function", "name": "wipe", "description": "Wipes.", "parameters": PARAMETERS}
    last = list(litellm.responses(input=case, tools=[tool], **common))[-1]
    items = [f"{item.type} {item.status}" for item in last.response.output]
    return f"{last.type.value}, {last.response.status}, {' '.join(items)}"


def messages(case):
    async def ask():
        tool = {"name": "wipe", "description": "Wipes.", "input_schema": PARAMETERS}
        said = [{"role": "user", "content": case}]
        stream = await litellm.anthropic.messages.acreate(messages=said, tools=[tool], max_tokens=100, **common)
        return "".join([piece.decode() async for piece in stream])

    events = [json.loads(line[6:]) for line in asyncio.run(ask()).splitlines() if line.startswith("data: ")]
    reasons = [event["delta"]["stop_reason"] for event in events if event["type"] == "message_delta"]
    return f"{reasons[-1]}, {events[-1]['type']}"


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
server_url = f"http://127.0.0.1:{server.server_port}/v1"
common = {"model": "groq/m", "api_base": server_url, "api_key": "none", "stream": True}
for name, ask in [
    ("OpenAI's client", of_openai),
    ("LiteLLM, chat", chat),
    ("LiteLLM, responses", responses),
    ("LiteLLM, messages", messages),
]:
    for case in CASES:
        print(f"{name}, {case}: {ask(case)}")
PYTHON
seen=$(LITELLM_LOCAL_MODEL_COST_MAP=True timeout 120 "$work/venv/bin/python" "$work/ask.py" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == "OpenAI's client, half words: reason None
OpenAI's client, half call: reason None
OpenAI's client, whole words: reason stop
OpenAI's client, whole call: reason tool_calls
LiteLLM, chat, half words: stop, 'Half a'
LiteLLM, chat, half call: stop, wipe {}
LiteLLM, chat, whole words: stop, 'Half a'
LiteLLM, chat, whole call: tool_calls, wipe {\"list\": \"old\"}
LiteLLM, responses, half words: response.completed, completed, message completed
LiteLLM, responses, half call: response.completed, completed, function_call completed
LiteLLM, responses, whole words: response.completed, completed, message completed
LiteLLM, responses, whole call: response.completed, completed, function_call completed
LiteLLM, messages, half words: end_turn, message_stop
LiteLLM, messages, half call: end_turn, message_stop
LiteLLM, messages, whole words: end_turn, message_stop
LiteLLM, messages, whole call: tool_use, message_stop" ]]

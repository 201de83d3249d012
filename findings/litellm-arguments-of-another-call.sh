#!/usr/bin/env bash
# Behind LiteLLM's Messages API a refund is made with the amount of a payment, when a model streams two calls piece by piece in turn.
#
# Packages: litellm 1.108.14, openai 3.57.0 and anthropic 2.15.0 (PyPI, CPython 3.11).
# Input: a server with chat completions (`hosted_vllm/m`), behind `litellm.anthropic.messages`, LiteLLM's form of Anthropic's Messages API
# for all other models. The model calls `pay` with the amount 100 and `refund` with 7, in one answer: whole; as a stream, one call after
# the other; or as a stream in which both calls are begun and then get their pieces, each with the `index` of its call. Then it refuses
# (`refusal`), and calls `pay` with an amount that the bound on tokens cuts at 100 of 1000 (`finish_reason` is `length`). Each is read by
# OpenAI's client from the model's server, and by Anthropic's client from LiteLLM. The servers are of this script on the loopback address.
# Expected: OpenAI's API reference has an `index` in each piece of a call, which says what call it belongs to. In a stream of Anthropic's
# protocol blocks follow one another, so that pieces that come early have to wait.
# Seen: LiteLLM begins a block with each call and puts all that comes into the block that was begun last. The payment has no arguments,
# `{}`, which a tool with defaults takes, and the refund has those of both in a row, of which Anthropic's client takes the first and says
# nothing: 100 are refunded. What OpenAI's client reads from the same server, and LiteLLM itself where nothing is streamed, is right.
# A refusal has its words and the reason `refusal` where nothing is streamed; a stream of it is an empty text that ends with `end_turn`.
# The cut call is closed by LiteLLM to an amount of 100, or by the client: all that tells is the stop reason `max_tokens`.
# Output when this was written, on 1 December 2026:
#   OpenAI's client, in turn: pay {"amount": 100}, refund {"amount": 7}; tool_calls
#   whole: pay {"amount": 100}, refund {"amount": 7}; tool_use
#   streamed, one after the other: pay {"amount": 100}, refund {"amount": 7}; tool_use
#   streamed, in turn: pay {}, refund {"amount": 100}; tool_use
#   refused, whole: No.; refusal
#   refused, streamed: ; end_turn
#   cut, whole: pay {"amount": 100}; max_tokens
#   cut, streamed: pay {"amount": 100}; max_tokens
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'litellm==1.108.14' 'openai==3.57.0' 'anthropic==2.15.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import os
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import anthropic
import litellm
import openai


def piece(index, arguments, name=None):
    call = {"index": index, "function": {"arguments": arguments}}
    if name:
        call |= {"id": name, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [call]}


PAY, REFUND, CUT = '{"amount": 100}', '{"amount": 7}', '{"amount": 100'
BEGUN = [piece(0, "", "pay"), piece(1, "", "refund")]
ANSWERS = {
    "one after the other": ([BEGUN[0], piece(0, PAY), BEGUN[1], piece(1, REFUND)], "tool_calls"),
    "in turn": ([*BEGUN, piece(0, PAY), piece(1, REFUND)], "tool_calls"),
    "refused": ([{"refusal": "No."}], "stop"),
    "cut": ([BEGUN[0], piece(0, CUT)], "length"),
}


def put_together(pieces):
    """The message of an answer that is not streamed."""
    message, calls = {"role": "assistant", "content": None}, {}
    for delta in pieces:
        message |= {key: text for key, text in delta.items() if key == "refusal"}
        for part in delta.get("tool_calls", []):
            call = calls.setdefault(part["index"], {"type": "function", "function": {"name": "", "arguments": ""}})
            call["id"] = part.get("id", call.get("id"))
            for key, text in part["function"].items():
                call["function"][key] += text
    return message | ({"tool_calls": list(calls.values())} if calls else {})


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.answer(request)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if request.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Model(Server):
    def answer(self, request):
        pieces, reason = ANSWERS[request["messages"][0]["content"]]
        head = {"id": "1", "created": 1, "model": "m"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not request.get("stream"):
            choice = {"index": 0, "message": put_together(pieces), "finish_reason": reason}
            return json.dumps({**head, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in pieces]
        choices.append({"index": 0, "delta": {}, "finish_reason": reason})
        head["object"] = "chat.completion.chunk"
        events = [{**head, "choices": [choice]} for choice in choices] + [{**head, "choices": [], "usage": usage}]
        return "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode() + b"data: [DONE]\n\n"


class LiteLlm(Server):
    """Anthropic's Messages API, as LiteLLM speaks it for the model."""

    def answer(self, request):
        return asyncio.run(self.ask(request))

    async def ask(self, request):
        request["model"] = "hosted_vllm/m"
        answer = await litellm.anthropic.messages.acreate(api_base=f"{url(model)}/v1", api_key="none", **request)
        if not request.get("stream"):
            return json.dumps(answer).encode()
        return b"".join([part if isinstance(part, bytes) else part.encode() async for part in answer])


def serve(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def url(server):
    return f"http://127.0.0.1:{server.server_port}"


def told(label, blocks, reason):
    print(f"{label}: {', '.join(blocks)}; {reason}")


def by_openai(case):
    client = openai.OpenAI(base_url=f"{url(model)}/v1", api_key="none", max_retries=0)
    with client.chat.completions.stream(model="m", messages=[{"role": "user", "content": case}]) as stream:
        choice = stream.get_final_completion().choices[0]
    calls = [f"{call.function.name} {call.function.arguments}" for call in choice.message.tool_calls]
    told(f"OpenAI's client, {case}", calls, choice.finish_reason)


def by_litellm(label, case, streamed):
    client = anthropic.Anthropic(base_url=url(front), api_key="none", max_retries=0)
    schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
    tools = [{"name": name, "description": name, "input_schema": schema} for name in ("pay", "refund")]
    request = {"model": "m", "max_tokens": 9, "tools": tools, "messages": [{"role": "user", "content": case}]}
    if streamed:
        with client.messages.stream(**request) as stream:
            message = stream.get_final_message()
    else:
        message = client.messages.create(**request)
    blocks = [
        f"{block.name} {json.dumps(block.input)}" if block.type == "tool_use" else block.text for block in message.content
    ]
    told(label, blocks, message.stop_reason)


model, front = serve(Model), serve(LiteLlm)
by_openai("in turn")
by_litellm("whole", "in turn", False)
by_litellm("streamed, one after the other", "one after the other", True)
by_litellm("streamed, in turn", "in turn", True)
for case in ("refused", "cut"):
    by_litellm(f"{case}, whole", case, False)
    by_litellm(f"{case}, streamed", case, True)
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == "OpenAI's client, in turn: pay {\"amount\": 100}, refund {\"amount\": 7}; tool_calls
whole: pay {\"amount\": 100}, refund {\"amount\": 7}; tool_use
streamed, one after the other: pay {\"amount\": 100}, refund {\"amount\": 7}; tool_use
streamed, in turn: pay {}, refund {\"amount\": 100}; tool_use
refused, whole: No.; refusal
refused, streamed: ; end_turn
cut, whole: pay {\"amount\": 100}; max_tokens
cut, streamed: pay {\"amount\": 100}; max_tokens" ]]

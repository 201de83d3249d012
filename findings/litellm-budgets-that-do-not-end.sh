#!/usr/bin/env bash
# LiteLLM's budgets do not end: a stream costs nothing, one that its reader leaves is not even told of, and a second Router has no budget.
#
# Packages: litellm 1.108.14 with openai 3.57.0 (PyPI, CPython 3.11).
# Input: a model `openai/gpt-4o` at a server of one's own (`api_base`; one of this script on the loopback address), which counts 1000 tokens
# for a prompt and 500 for an answer: 0.0075 dollars by LiteLLM's table of prices. It is asked four times, with a budget of 0.01: whole; by
# streams that ask for the count (`stream_options`); by streams as they are; and by streams whose reader leaves after the first piece, as who
# has seen the call that he wanted. The budget is that of a deployment of a Router (`max_budget`, `budget_duration`); that of a Router
# that is the second of its program; and `litellm.max_budget`. Each has a process of its own. A callback of LiteLLM keeps the costs
# that it is told. After each call the script waits till it is told of one, or for 8 s.
# Expected: the third call is refused. The guide "Budget Manager" has `litellm.max_budget` raise a BudgetExceededError once all calls have
# cost more. Where a server does not count the tokens of a stream, LiteLLM does: of pieces without an end `stream_chunk_builder` counts 11.
# Seen: so it is for a Router's whole answers and for streams that ask for the count. The end of a stream as it is gets a count of zero,
# which is taken for the server's own: the call is told as free, and the budget lasts for ever. A stream that was left is no
# success and no failure; no callback hears of it. Of two Routers the first alone minds its budget, though the costs of both are told.
# `litellm.max_budget` counts nothing at all, whole answers neither.
# Output when this was written, on 1 December 2026:
#   a Router's budget, whole: answered 2 of 4; costs told 0.0075, 0.0075
#   a Router's budget, streams with a count: answered 2 of 4; costs told 0.0075, 0.0075
#   a Router's budget, streams: answered 4 of 4; costs told 0.0, 0.0, 0.0, 0.0
#   a Router's budget, streams that are left: answered 4 of 4; costs told none
#   the budget of a second Router, whole: answered 4 of 4; costs told 0.0075, 0.0075, 0.0075, 0.0075
#   litellm.max_budget, whole: answered 4 of 4; costs told 0.0075, 0.0075, 0.0075, 0.0075
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'litellm==1.108.14' 'openai==3.57.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import gc
import json
import logging
import os
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import litellm
from litellm.integrations.custom_logger import CustomLogger

costs = []
litellm.suppress_debug_info = True


class Costs(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        costs.append(kwargs["response_cost"])

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        costs.append("failure")


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.stream(request) if request.get("stream") else self.whole()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if request.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def head(self, kind):
        return {"id": "1", "object": kind, "created": 1, "model": "gpt-4o"}

    def usage(self):
        return {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}

    def whole(self):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "one two"}}
        return json.dumps({**self.head("chat.completion"), "choices": [choice], "usage": self.usage()}).encode()

    def stream(self, request):
        deltas = [({"role": "assistant", "content": "one"}, None), ({"content": " two"}, None), ({}, "stop")]
        events = [{"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
        if (request.get("stream_options") or {}).get("include_usage"):
            events.append({"choices": [], "usage": self.usage()})
        lines = (f"data: {json.dumps(self.head('chat.completion.chunk') | event)}\n\n" for event in events)
        return "".join(lines).encode() + b"data: [DONE]\n\n"

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, *_):
        pass


async def told(count):
    """Waits till the callback has been told of a call more, or for 8 s, and lets the budget hear of it, too."""
    for _ in range(80):
        if len(costs) > count:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)


async def ask(label, call, kind):
    costs.clear()
    answered = 0
    for _ in range(4):
        count = len(costs)
        how = {"stream": kind != "whole"}
        if kind == "streams with a count":
            how["stream_options"] = {"include_usage": True}
        try:
            answer = await call(messages=[{"role": "user", "content": "Go."}], **how)
        except (litellm.BudgetExceededError, ValueError) as error:
            assert "budget" in str(error).lower()
            break
        if how["stream"]:
            async for _piece in answer:
                if kind == "streams that are left":
                    break
        answered += 1
        answer = None
        gc.collect()
        await told(count)
    print(f"{label}, {kind}: answered {answered} of 4; costs told {', '.join(map(str, costs)) or 'none'}", flush=True)


def routed(name):
    """A call by a Router of its own, whose only deployment has a budget."""
    deployment = {
        "model_name": "m",
        "litellm_params": {**MODEL, "max_budget": 0.01, "budget_duration": "1d"},
        "model_info": {"id": name},
    }
    router = litellm.Router(model_list=[deployment], num_retries=0)

    async def call(**how):
        return await router.acompletion("m", **how)

    return call


async def alone(**how):
    return await litellm.acompletion(**MODEL, **how)


async def main(case):
    if case == "max_budget":
        litellm.max_budget = 0.01
        await ask("litellm.max_budget", alone, "whole")
    elif case == "second":
        other, call = routed("other"), routed("mine")
        await ask("the budget of a second Router", call, "whole")
        del other
    else:
        await ask("a Router's budget", routed("mine"), case)


CASES = ["whole", "streams with a count", "streams", "streams that are left", "second", "max_budget"]
litellm.callbacks = [Costs()]
for case in CASES:
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
        continue
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    MODEL = {"model": "openai/gpt-4o", "api_base": f"http://127.0.0.1:{server.server_port}/v1", "api_key": "none"}
    asyncio.run(main(case))
    os._exit(0)
PYTHON
seen=$(timeout 400 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == "a Router's budget, whole: answered 2 of 4; costs told 0.0075, 0.0075
a Router's budget, streams with a count: answered 2 of 4; costs told 0.0075, 0.0075
a Router's budget, streams: answered 4 of 4; costs told 0.0, 0.0, 0.0, 0.0
a Router's budget, streams that are left: answered 4 of 4; costs told none
the budget of a second Router, whole: answered 4 of 4; costs told 0.0075, 0.0075, 0.0075, 0.0075
litellm.max_budget, whole: answered 4 of 4; costs told 0.0075, 0.0075, 0.0075, 0.0075" ]]

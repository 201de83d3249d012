#!/usr/bin/env bash
# A call that the bound on tokens cuts at "500" pays 5, in WayFlow and in LangGraph's adapter as soon as somebody streams.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24, langchain-core 1.8.3 and langchain-openai 1.2.2; wayflowcore
# 26.3.1 with pyagentspec 26.3.1 (PyPI, CPython 3.11). Each runtime has an environment of its own.
# Input: an Agent with a bound on tokens and a ServerTool that pays. The model, a server of this script on the loopback address,
# calls the tool, and the bound ends the answer within the arguments: they are `{"account": "7", "amount": 5`, and
# `finish_reason` is `length`. Or the stream ends there in good order without any reason, as when a proxy gave up. Run with
# and without streaming; WayFlow always streams.
# Expected: OpenAI's API reference has `length` for an answer that reached the bound, and says of arguments that a model does not
# always write valid JSON, and that they are to be validated before the function is called. An amount that was cut is no amount.
# Seen:
# - WayFlow repairs the arguments, and LangChain, under LangGraph's adapter, reads those of a stream as partial JSON: the account
#   gets 5. Neither looks at the reason. In the history that the model reads next, and in what is stored, the model itself wrote
#   `"amount": 5}`; nothing is logged. That no more than the last digits are missing is what makes it pass for a whole call:
#   types, names and what is required are all right.
# - LangGraph's adapter without streaming pays nothing, and fails. So the same flow does something else once it is watched.
# The adapter for OpenAI Agents fails, streamed or not, and says that the arguments are no JSON; those for AutoGen and Agent
# Framework tell the model so (tried with the same model: openai-agents 0.24.0, autogen 0.7.5, agent-framework-core 1.23.0).
# Known of LangChain as langchain-ai/langchain issue 39275, which was closed without a change, and langchainjs issue 11469.
# Output when this was written, on 1 December 2026:
#   LangGraph, whole, at the bound: paid nothing, ValueError
#   LangGraph, streamed, at the bound: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
#   LangGraph, streamed, just ended: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
#   WayFlow, streamed, at the bound: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
#   WayFlow, streamed, just ended: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install() {
    python3 -m venv "$work/$1"
    "$work/$1/bin/pip" install --quiet --no-compile --disable-pip-version-check "${@:2}"
}
install langgraph 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24' 'langchain-core==1.8.3' 'langchain-openai==1.2.2'
install wayflow 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig
from pyagentspec.property import IntegerProperty, StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ServerTool

requests, paid = [], []
reason = None


class Model(BaseHTTPRequestHandler):
    """Is cut off in its first answer, within the arguments of a call; says that it is done in the second."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests.append(request)
        said, why = {"role": "assistant", "content": "Done."}, "stop"
        if len(requests) == 1:
            function = {"name": "pay", "arguments": '{"account": "7", "amount": 5'}
            call = {"index": 0, "id": "c", "type": "function", "function": function}
            said, why = {"role": "assistant", "content": None, "tool_calls": [call]}, reason
        told = {"id": "1", "created": 1, "model": "m"}
        streamed = request.get("stream")
        if streamed:
            choices = [{"index": 0, "delta": said, "finish_reason": None}]
            if why:
                choices.append({"index": 0, "delta": {}, "finish_reason": why})
            chunks = [json.dumps({**told, "object": "chat.completion.chunk", "choices": [each]}) for each in choices]
            body = "".join(f"data: {each}\n\n" for each in chunks + (["[DONE]"] if why else []))
        else:
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            choice = {"index": 0, "message": said, "finish_reason": why}
            body = json.dumps({**told, "object": "chat.completion", "choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def pay(account: str, amount: int) -> str:
    paid.append(str(amount))
    return "paid"


async def langgraph(text, streamed):
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    graph = AgentSpecLoader(tool_registry=tools).load_json(text)
    told = {"messages": [{"role": "user", "content": "Pay 500 to the account 7."}]}
    if not streamed:
        return await graph.ainvoke(told)
    async for _ in graph.astream(told, stream_mode="messages"):
        pass


async def wayflow(text, _streamed):
    from wayflowcore.agentspec import AgentSpecLoader

    conversation = AgentSpecLoader(tool_registry=tools).load_json(text).start_conversation()
    conversation.append_user_message("Pay 500 to the account 7.")
    await conversation.execute_async()


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
tools = {"pay": pay}
arguments = [StringProperty(title="account", description="whom"), IntegerProperty(title="amount", description="how much")]
said = [StringProperty(title="said", description="what became of it")]
model = OpenAiCompatibleConfig(
    name="m",
    model_id="m",
    url=f"http://127.0.0.1:{server.server_port}/v1",
    default_generation_parameters=LlmGenerationConfig(max_tokens=20),
)
agent = Agent(
    name="agent",
    llm_config=model,
    system_prompt="Pay.",
    tools=[ServerTool(name="pay", description="Pays.", inputs=arguments, outputs=said)],
)
run, name = {"langgraph": (langgraph, "LangGraph"), "wayflow": (wayflow, "WayFlow")}[sys.argv[1]]
for streamed, reason, words in [(False, "length", "at the bound"), (True, "length", "at the bound"), (True, None, "just ended")]:
    if name == "WayFlow" and not streamed:
        continue
    requests.clear()
    paid.clear()
    try:
        asyncio.run(run(AgentSpecSerializer().to_json(agent), streamed))
        calls = [call for message in requests[1]["messages"] for call in message.get("tool_calls") or []]
        end = f"; the model reads that it wrote {calls[0]['function']['arguments']}"
    except Exception as error:
        end = f", {type(error).__name__}"
    print(f"{name}, {'streamed' if streamed else 'whole'}, {words}: paid {' '.join(paid) or 'nothing'}{end}")
PYTHON
seen=$(
    for runtime in langgraph wayflow; do
        OPENAI_API_KEY=none timeout 120 "$work/$runtime/bin/python" "$work/ask.py" "$runtime" 2>>"$work/errors" || cat "$work/errors"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, whole, at the bound: paid nothing, ValueError
LangGraph, streamed, at the bound: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
LangGraph, streamed, just ended: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
WayFlow, streamed, at the bound: paid 5; the model reads that it wrote {"account": "7", "amount": 5}
WayFlow, streamed, just ended: paid 5; the model reads that it wrote {"account": "7", "amount": 5}' ]]

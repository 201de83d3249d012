#!/usr/bin/env bash
# An OpenAI agent that Agent Spec's exporter writes down pays without the yes that it waited for, to a text, and hands over to nobody.
#
# Packages: pyagentspec[openai-agents] 26.3.1 with openai-agents 0.24.0 (PyPI), CPython 3.11.
# Input: an agent of the OpenAI Agents SDK with a function tool `pay` that has `needs_approval`, a handoff to a second agent, an
# input guardrail, an output type, and settings for its model (temperature 0, no calls side by side, a bound on tokens). The tool takes
# a payee, which is a model of name and iban, a currency that is EUR or USD, and an amount with a default. It is run; exported by
# AgentSpecExporter; loaded by AgentSpecLoader with a function of the same name and parameters; and run again. The model is a server of
# this script on the loopback address. It calls `pay` once, with values that fit the schema that it is offered.
# Expected: Agent Spec has words for most of it: `requires_confirmation` of a tool, a Swarm for handoffs, generation parameters,
# properties with `enum`, `default` and members. What the exporter has no words for it refuses by a NotImplementedError, as it does
# (by its code) for instructions that are a function and for other kinds of models.
# Seen: nothing is refused, logged or warned of. The file has the name, the instructions, the model's name and url, and tools and outputs
# whose types are rewritten: what stands behind a `$ref` is a string, and choices and defaults are gone. The agent that comes
# back pays at once where the first one waits for a person, and is given a text for the payee; it has nobody to hand over to, no
# guardrail, and asks the model without any of the settings. The same file is what any other runtime of Agent Spec gets.
# Output when this was written, on 1 December 2026:
#   before: waits for a yes to pay; paid nothing
#   before: offered pay, transfer_to_billing; settings max_tokens, parallel_tool_calls, temperature; guardrails 1
#   before: pay takes to {iban string, name string}, currency string of EUR USD, amount integer by default 10
#   after: done; paid 'EUR 5 to Ann'
#   after: offered pay; settings none; guardrails 0
#   after: pay takes to string, currency string, amount integer
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[openai-agents]==26.3.1' 'openai-agents==0.24.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from agents import (
    Agent,
    GuardrailFunctionOutput,
    ModelSettings,
    OpenAIChatCompletionsModel,
    Runner,
    function_tool,
    input_guardrail,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pyagentspec.adapters.openaiagents import AgentSpecExporter, AgentSpecLoader
from pydantic import BaseModel

asked, paid = [], []


def declared(schema, whole):
    """The type of a parameter in words."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if schema["type"] == "object":
        return "{" + ", ".join(f"{name} {declared(member, whole)}" for name, member in schema["properties"].items()) + "}"
    choices = f" of {' '.join(schema['enum'])}" if "enum" in schema else ""
    default = f" by default {schema['default']}" if "default" in schema else ""
    return schema["type"] + choices + default


class Server(BaseHTTPRequestHandler):
    """The model, which calls `pay` once, by the schema that it is offered."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(request)
        if any(message["role"] == "tool" for message in request["messages"]):
            said, reason = {"content": '{"verdict": "yes"}'}, "stop"
        else:
            schema = next(tool["function"]["parameters"] for tool in request["tools"] if tool["function"]["name"] == "pay")
            whole = declared(schema["properties"]["to"], schema).startswith("{")
            payee = {"iban": "none", "name": "Ann"} if whole else "Ann"
            arguments = json.dumps({"to": payee, "currency": "EUR", "amount": 5})
            call = {"id": "1", "type": "function", "function": {"name": "pay", "arguments": arguments}}
            said, reason = {"content": None, "tool_calls": [call]}, "tool_calls"
        choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **said}}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Payee(BaseModel):
    iban: str
    name: str


class Verdict(BaseModel):
    verdict: Literal["yes", "no"]


def transfer(to, currency, amount):
    paid.append(f"{currency} {amount} to {to if isinstance(to, str) else to.name}")
    return "paid"


@function_tool(needs_approval=True)
def pay(to: Payee, currency: Literal["EUR", "USD"], amount: int = 10) -> str:
    """Pays."""
    return transfer(to, currency, amount)


@input_guardrail
async def guard(context, agent, text):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=False)


async def run(label, agent):
    asked.clear()
    paid.clear()
    result = await Runner.run(agent, "Pay Ann.")
    waits = ", ".join(item.name for item in result.interruptions)
    print(f"{label}: {f'waits for a yes to {waits}' if waits else 'done'}; paid {repr(paid[0]) if paid else 'nothing'}")
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in asked[0]["tools"]}
    settings = [key for key in ("max_tokens", "parallel_tool_calls", "temperature") if key in asked[0]]
    print(
        f"{label}: offered {', '.join(offered)}; settings {', '.join(settings) or 'none'}; "
        f"guardrails {len(agent.input_guardrails)}"
    )
    takes = (f"{name} {declared(schema, offered['pay'])}" for name, schema in offered["pay"]["properties"].items())
    print(f"{label}: pay takes {', '.join(takes)}")


set_tracing_disabled(True)
server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
model = OpenAIChatCompletionsModel("m", AsyncOpenAI(base_url=url, api_key="none"))
first = Agent(
    name="triage",
    instructions="Pay, or hand over.",
    model=model,
    tools=[pay],
    handoffs=[Agent(name="billing", instructions="Bill.", model=model)],
    input_guardrails=[guard],
    output_type=Verdict,
    model_settings=ModelSettings(temperature=0, parallel_tool_calls=False, max_tokens=50),
)
asyncio.run(run("before", first))
text = AgentSpecExporter().to_json(first)
asyncio.run(run("after", AgentSpecLoader(tool_registry={"pay": transfer}).load_json(text)))
PYTHON
seen=$(OPENAI_API_KEY=none timeout 120 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == "before: waits for a yes to pay; paid nothing
before: offered pay, transfer_to_billing; settings max_tokens, parallel_tool_calls, temperature; guardrails 1
before: pay takes to {iban string, name string}, currency string of EUR USD, amount integer by default 10
after: done; paid 'EUR 5 to Ann'
after: offered pay; settings none; guardrails 0
after: pay takes to string, currency string, amount integer" ]]

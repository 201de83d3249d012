#!/usr/bin/env bash
# An agent of Agent Framework is exported to Agent Spec without its MCP server, its settings and its choices, or so that it can't be loaded.
#
# Packages: pyagentspec[agent-framework] 26.3.1, agent-framework-core 1.23.0, agent-framework-openai 1.17.0, mcp 2.3.0 and tenacity 9.1.4
# (PyPI), CPython 3.11.
# Input: an agent with a function tool `pay`, an MCP server over stdio (MCPStdioTool) with a tool `look`, a temperature and a bound on tokens
# (`default_options`). `pay` takes a payee, which is a model of name and iban, a currency that is EUR or USD, and an amount with a default. The
# agent is run; exported by AgentSpecExporter; loaded by AgentSpecLoader with a function of the same name and parameters; and run again. Then
# the same with a tool of which one parameter may be None. Last, a function `send` that the framework is told to call `pay`. The model
# is a server of this script on the loopback address that keeps what it is offered.
# Expected: Agent Spec has words for all of it (MCPTool and MCPToolBox, generation parameters, properties with `enum`, `default` and members);
# the exporter's code converts an MCPStdioTool, and refuses tools of other kinds by a NotImplementedError. What it writes it can load.
# Seen: nothing is refused, logged or warned of. The framework keeps MCP servers apart from functions (`mcp_tools`), where the exporter does not
# look: the file has no trace of them. Temperature and bound are looked for in another place, too. Of the parameters the payee and the
# currency have no type at all, so that a model may send anything, and the amount has lost its default: what could be left out must be
# made up. With a parameter that may be None the file is written as before, and its own loader fails over it with an error of Pydantic
# about `Union`. And the name of a tool is that of its function, whatever the model knew it by.
# Output when this was written, on 1 December 2026:
#   before: offered look, pay; sent max_completion_tokens, temperature
#   before: pay takes to {iban string, name string}, currency string of EUR USD, amount integer by default 10; must have to, currency
#   after: offered pay; sent none
#   after: pay takes to anything, currency anything, amount integer; must have to, currency, amount
#   with a note, after: PydanticUserError
#   a tool that is named pay, file: send
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec[agent-framework]==26.3.1' \
    'agent-framework-core==1.23.0' 'agent-framework-openai==1.17.0' 'mcp==2.3.0' 'tenacity==9.1.4'
cat >"$work/server.py" <<'PYTHON'
from mcp.server.mcpserver import MCPServer

server = MCPServer("shop", log_level="CRITICAL")


@server.tool()
def look(what: str) -> str:
    return "one left"


server.run()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Optional

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from agent_framework import Agent, MCPStdioTool, tool
from agent_framework.openai import OpenAIChatCompletionClient
from pyagentspec.adapters.agent_framework import AgentSpecExporter, AgentSpecLoader
from pydantic import BaseModel

asked = []


class Payee(BaseModel):
    iban: str
    name: str


@tool
def pay(to: Payee, currency: Literal["EUR", "USD"], amount: int = 10) -> str:
    """Pays."""
    return "paid"


def with_note():
    @tool
    def pay(to: str, note: Optional[str] = None) -> str:
        """Pays."""
        return "paid"

    return pay


@tool(name="pay")
def send(to: str) -> str:
    """Pays."""
    return "paid"


def transfer(to, currency, amount=10, note=None):
    return "paid"


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def declared(schema, whole):
    """The type of a parameter in words."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("type") == "object":
        return "{" + ", ".join(f"{name} {declared(member, whole)}" for name, member in schema["properties"].items()) + "}"
    choices = f" of {' '.join(schema['enum'])}" if "enum" in schema else ""
    default = f" by default {schema['default']}" if "default" in schema else ""
    return schema.get("type", "anything") + choices + default


async def run(label, agent):
    asked.clear()
    async with agent:
        await agent.run("Pay Ann.")
    offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in asked[0]["tools"]}
    sent = [key for key in ("max_completion_tokens", "temperature") if key in asked[0]]
    print(f"{label}: offered {', '.join(sorted(offered))}; sent {', '.join(sent) or 'none'}")
    whole = offered["pay"]
    takes = ", ".join(f"{name} {declared(schema, whole)}" for name, schema in whole["properties"].items())
    print(f"{label}: pay takes {takes}; must have {', '.join(whole['required'])}")


def agent(tools):
    client = OpenAIChatCompletionClient(model="m", base_url=url, api_key="none")
    options = {"temperature": 0.2, "max_tokens": 50}
    return Agent(client=client, name="agent", instructions="Go.", tools=tools, default_options=options)


def loaded(first):
    return AgentSpecLoader(tool_registry={"pay": transfer}).load_json(AgentSpecExporter().to_json(first))


async def main():
    shop = MCPStdioTool(name="shop", command=sys.executable, args=[sys.argv[1]])
    first = agent([pay, shop])
    await run("before", first)
    await run("after", loaded(first))
    try:
        await run("with a note, after", loaded(agent([with_note()])))
    except Exception as error:
        print(f"with a note, after: {type(error).__name__}")
    written = json.loads(AgentSpecExporter().to_json(agent([send])))
    print(f"a tool that is named pay, file: {written['tools'][0]['name']}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
asyncio.run(main())
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py" "$work/server.py")
printf '%s\n' "$seen"
[[ "$seen" == 'before: offered look, pay; sent max_completion_tokens, temperature
before: pay takes to {iban string, name string}, currency string of EUR USD, amount integer by default 10; must have to, currency
after: offered pay; sent none
after: pay takes to anything, currency anything, amount integer; must have to, currency, amount
with a note, after: PydanticUserError
a tool that is named pay, file: send' ]]

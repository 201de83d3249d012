#!/usr/bin/env bash
# A tool of an AutoGen agent that Agent Spec's exporter writes down can't be called any more: `to` becomes `To`, and `pay_to` is refused.
#
# Packages: pyagentspec[autogen] 26.3.1 with autogen-agentchat and autogen-ext[mcp] 0.7.5, and mcp 1.30.0 (PyPI, CPython 3.11).
# Input: an AssistantAgent with a function tool `pay`, which takes `to` and `amount` with a default; a handoff; a system message; and a client
# with a temperature and a bound on tokens. The agent is run; exported by AgentSpecExporter; loaded by AgentSpecLoader with the same
# function; and run again. Then an agent whose function has the parameter `pay_to` is exported, and one that has an MCP server's tool by a
# McpWorkbench. The model is a server of this script on the loopback address. It calls `pay` once, with all that it is told that it must give.
# Expected: what comes back calls the function as before: an input of a tool is named by its title, and both adapters are of one package.
# Seen: an input is named by the title that Pydantic makes of a parameter for people to read. So the model is offered `To` and `Amount`, both
# of which it must give, the function can not be called so, and nobody is paid. The title of `pay_to` is
# "Pay To", which pyagentspec itself refuses, so that no agent with an underscore in a parameter can be exported. Nothing is said of the handoff,
# the settings and the workbench, which are not in the file. The system message has a sentence more, whose placeholder reaches the model unfilled.
# Output when this was written, on 2 December 2026:
#   before: told 'Be brief.'; settings max_tokens, temperature; offered pay, transfer_to_boss
#   before: pay takes to, amount and must have to
#   before: paid 10 to Ann; ends with 'paid'
#   after: told 'Be brief.. This is the user input: {{teller_input}}'; settings none; offered pay
#   after: pay takes To, Amount and must have To, Amount
#   after: paid nothing; ends with "pay() got an unexpected keyword argument 'To'"
#   a parameter pay_to: Value error, Titles of properties should not contain special characters or blank space. Found: 'Pay To'
#   an MCP workbench of look: tools in the file 0, toolboxes 0
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[autogen]==26.3.1' 'autogen-agentchat==0.7.5' 'autogen-ext[mcp]==0.7.5' 'mcp==1.30.0'
cat >"$work/server.py" <<'PYTHON'
from mcp.server.fastmcp import FastMCP
server = FastMCP("shop", log_level="CRITICAL")
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

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams
from pyagentspec.adapters.autogen import AgentSpecExporter, AgentSpecLoader

asked, paid = [], []
VALUES = {"string": "Ann", "integer": 5}


class Model(BaseHTTPRequestHandler):
    """The model, which calls `pay` once with all that it is told that it must give, and then says what came of it."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(request)
        results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        if results:
            said, reason = {"content": results[-1]}, "stop"
        else:
            schema = offered(request)["pay"]
            arguments = {name: VALUES[schema["properties"][name]["type"]] for name in schema["required"]}
            function = {"name": "pay", "arguments": json.dumps(arguments)}
            said = {"content": None, "tool_calls": [{"id": "1", "type": "function", "function": function}]}
            reason = "tool_calls"
        choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **said}}
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


def pay(to: str, amount: int = 10) -> str:
    paid.append(f"{amount} to {to}")
    return "paid"


def refund(pay_to: str) -> str:
    return "paid"


def offered(request):
    return {tool["function"]["name"]: tool["function"]["parameters"] for tool in request["tools"]}


def client():
    info = {"vision": False, "function_calling": True, "json_output": True, "family": "unknown", "structured_output": True}
    return OpenAIChatCompletionClient(
        model="m", base_url=url, api_key="none", model_info=info, temperature=0.2, max_tokens=50
    )


async def run(label, agent):
    asked.clear()
    paid.clear()
    said = (await agent.run(task="Pay Ann.")).messages[-1].content
    first = asked[0]
    sent = ", ".join(key for key in ("max_tokens", "temperature") if key in first) or "none"
    print(f"{label}: told {first['messages'][0]['content']!r}; settings {sent}; offered {', '.join(offered(first))}")
    schema = offered(first)["pay"]
    print(f"{label}: pay takes {', '.join(schema['properties'])} and must have {', '.join(schema['required'])}")
    print(f"{label}: paid {', '.join(paid) or 'nothing'}; ends with {said!r}")


async def main():
    agent = AssistantAgent("teller", client(), tools=[pay], handoffs=["boss"], system_message="Be brief.")
    await run("before", agent)
    await run("after", AgentSpecLoader(tool_registry={"pay": pay}).load_json(AgentSpecExporter().to_json(agent)))
    try:
        AgentSpecExporter().to_json(AssistantAgent("clerk", client(), tools=[refund]))
    except ValueError as error:
        print("a parameter pay_to:", next(line for line in str(error).splitlines() if "Found" in line).split(" [")[0].strip())
    async with McpWorkbench(StdioServerParams(command=sys.executable, args=[sys.argv[1]])) as shop:
        tools = [tool["name"] for tool in await shop.list_tools()]
        file = json.loads(AgentSpecExporter().to_json(AssistantAgent("clerk", client(), workbench=shop)))
        boxes = len(file.get("toolboxes", []))
        print(f"an MCP workbench of {', '.join(tools)}: tools in the file {len(file['tools'])}, toolboxes {boxes}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/server.py")
printf '%s\n' "$seen"
[[ "$seen" == 'before: told '\''Be brief.'\''; settings max_tokens, temperature; offered pay, transfer_to_boss
before: pay takes to, amount and must have to
before: paid 10 to Ann; ends with '\''paid'\''
after: told '\''Be brief.. This is the user input: {{teller_input}}'\''; settings none; offered pay
after: pay takes To, Amount and must have To, Amount
after: paid nothing; ends with "pay() got an unexpected keyword argument '\''To'\''"
a parameter pay_to: Value error, Titles of properties should not contain special characters or blank space. Found: '\''Pay To'\''
an MCP workbench of look: tools in the file 0, toolboxes 0' ]]

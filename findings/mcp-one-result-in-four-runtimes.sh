#!/usr/bin/env bash
# Of a total that an MCP tool gives as structured content three of four runtimes tell their model `[]`, and of 12 and 50 one makes 1250.
#
# Packages: mcp 2.3.0 for the server; openai-agents 0.24.0, and pydantic-ai-slim[openai,mcp] 2.62.0 (PyPI, CPython 3.11; an environment for
# each); @openai/agents 0.20.0 with zod 4.4.3, and ai 7.0.173 with @ai-sdk/mcp 2.0.99 and @ai-sdk/openai-compatible 2.0.92 (npm, Node.js 20).
# Input: a server of five tools over stdio, made with MCP's Python SDK, and an agent of each runtime that has them, as its guide has it.
# The tools give structured content alone; two texts; a text and a picture; an error (`isError`) with a text, "Account 7"; and an
# error with structured content alone. The model, by chat completions, calls the tool that it is asked for. It is a server of this script
# on the loopback address, which keeps what it is told of the result.
# Expected: the protocol (2025-11-25, "Tools") has results be unstructured content, structured content, or both; that the text is there as
# well is what a tool should see to, not must. Errors are given to the model so that it can correct itself. Pydantic AI does so with
# all five.
# Seen: the two SDKs of OpenAI and the AI SDK look at `content` alone, and write an empty list for what is not there, which a model reads as
# nothing found; it is the same for the error, whose reason is lost. (The SDKs of OpenAI have an option, `use_structured_content`, which is
# off. With it Python's takes the total; the error is `[]` still, tried.) The SDK for JavaScript puts texts together with nothing between,
# and leaves the picture out, as Python's does; the AI SDK sends the picture as text, in base64. That it was an error is told by none of
# the three: what the model reads of the refusal is "Account 7".
# Output when this was written, on 1 December 2026:
#   OpenAI Agents, Python: total "[]"; prices ["12", "50"]; picture ["Look."]; refused ["Account 7"]; failed "[]"
#   OpenAI Agents, JavaScript: total "[]"; prices "1250"; picture "Look."; refused "Account 7"; failed "[]"
#   AI SDK: total "[]"; prices in JSON 12 50; picture in JSON Look. base64; refused in JSON Account 7; failed "[]"
#   Pydantic AI: total {"total": 1250}; prices ["12", "50"]; picture ["Look.", a file] and a picture; refused {"error": "Account 7"}; failed {"error": {"reason": "no account"}}
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in openai-agents pydantic-ai; do
    python3 -m venv "$work/$name"
done
"$work/openai-agents/bin/pip" install --quiet --no-compile --disable-pip-version-check 'openai-agents==0.24.0' 'mcp==2.3.0'
"$work/pydantic-ai/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pydantic-ai-slim[openai,mcp]==2.62.0'
echo '{"type": "module"}' >"$work/package.json"
(cd "$work" && npm install --silent --no-audit --no-fund \
    '@openai/agents@0.20.0' 'zod@4.4.3' 'ai@7.0.173' '@ai-sdk/mcp@2.0.99' '@ai-sdk/openai-compatible@2.0.92')
cat >"$work/server.py" <<'PYTHON'
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, ImageContent, TextContent
from pydantic import BaseModel


class Total(BaseModel):
    total: int


server = MCPServer("shop")


@server.tool()
def total() -> Annotated[CallToolResult, Total]:
    return CallToolResult(content=[], structured_content={"total": 1250})


@server.tool()
def prices() -> CallToolResult:
    return CallToolResult(content=[TextContent(text="12"), TextContent(text="50")])


@server.tool()
def picture() -> CallToolResult:
    return CallToolResult(content=[TextContent(text="Look."), ImageContent(data="iVBORw0KGgo=", mime_type="image/png")])


@server.tool()
def refused() -> CallToolResult:
    return CallToolResult(content=[TextContent(text="Account 7")], is_error=True)


@server.tool()
def failed() -> CallToolResult:
    return CallToolResult(content=[], structured_content={"reason": "no account"}, is_error=True)


server.run()
PYTHON
cat >"$work/by_agents.mjs" <<'JAVASCRIPT'
import { Agent, MCPServerStdio, OpenAIChatCompletionsModel, run, setTracingDisabled } from "@openai/agents";
import OpenAI from "openai";

const [url, python, path, ...tools] = process.argv.slice(2);
setTracingDisabled(true);
const server = new MCPServerStdio({ command: python, args: [path], clientSessionTimeoutSeconds: 60 });
await server.connect();
const model = new OpenAIChatCompletionsModel(new OpenAI({ baseURL: url, apiKey: "none" }), "m");
const agent = new Agent({ name: "agent", instructions: "Go.", model, mcpServers: [server] });
for (const tool of tools) await run(agent, tool);
await server.close();
JAVASCRIPT
cat >"$work/by_ai.mjs" <<'JAVASCRIPT'
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as StdioTransport } from "@ai-sdk/mcp/mcp-stdio";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs } from "ai";

const [url, python, path, ...prompts] = process.argv.slice(2);
const transport = new StdioTransport({ command: python, args: [path] });
const client = await createMCPClient({ transport, protocolVersionDiscovery: false });
const model = createOpenAICompatible({ name: "m", baseURL: url, apiKey: "none" })("m");
const tools = await client.tools();
for (const prompt of prompts) await generateText({ model, tools, prompt, stopWhen: stepCountIs(2) });
await client.close();
JAVASCRIPT
cat >"$work/by_agents.py" <<'PYTHON'
import asyncio
import sys

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStdio
from openai import AsyncOpenAI

url, python, path, *tools = sys.argv[1:]


async def main():
    set_tracing_disabled(True)
    async with MCPServerStdio({"command": python, "args": [path]}, client_session_timeout_seconds=60) as server:
        model = OpenAIChatCompletionsModel("m", AsyncOpenAI(base_url=url, api_key="none"))
        for tool in tools:
            await Runner.run(Agent(name="agent", instructions="Go.", model=model, mcp_servers=[server]), tool)


asyncio.run(main())
PYTHON
cat >"$work/by_pydantic.py" <<'PYTHON'
import asyncio
import sys

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

url, python, path, *tools = sys.argv[1:]


async def main():
    toolset = MCPToolset(StdioTransport(command=python, args=[path]), init_timeout=60)
    model = OpenAIChatModel("m", provider=OpenAIProvider(base_url=url, api_key="none"))
    agent = Agent(model, toolsets=[toolset])
    async with agent:
        for tool in tools:
            await agent.run(tool)


asyncio.run(main())
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = sys.argv[1]
AGENTS = f"{FOLDER}/openai-agents/bin/python"
RUNTIMES = {
    "OpenAI Agents, Python": [AGENTS, f"{FOLDER}/by_agents.py"],
    "OpenAI Agents, JavaScript": ["node", f"{FOLDER}/by_agents.mjs"],
    "AI SDK": ["node", f"{FOLDER}/by_ai.mjs"],
    "Pydantic AI": [f"{FOLDER}/pydantic-ai/bin/python", f"{FOLDER}/by_pydantic.py"],
}
TOOLS = ["total", "prices", "picture", "refused", "failed"]
told = {}


def text(content):
    return content if isinstance(content, str) else content[0]["text"]


class Model(BaseHTTPRequestHandler):
    """Calls the tool that it is asked for, and keeps what it is told of the result."""

    def do_POST(self):
        messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        roles = [message["role"] for message in messages]
        asked = text(messages[roles.index("user")]["content"])
        if "tool" in roles:
            told[asked] = [message["content"] for message in messages[roles.index("tool") :]]
            said, reason = {"content": "done"}, "stop"
        else:
            call = {"id": "1", "type": "function", "function": {"name": asked, "arguments": "{}"}}
            said, reason = {"content": None, "tool_calls": [call]}, "tool_calls"
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


def read(content):
    """JSON within JSON as what it is."""
    if isinstance(content, dict):
        return {key: read(value) for key, value in content.items()}
    if isinstance(content, list):
        return [read(item) for item in content]
    if isinstance(content, str) and content.startswith("{"):
        return read(json.loads(content))
    return content


def in_words(contents):
    first, *rest = contents
    if isinstance(first, list):
        words = json.dumps([part["text"] for part in first])
    elif first.startswith('[{"type"'):
        words = " ".join(["in JSON", *(part.get("text", "base64") for part in json.loads(first))])
    elif first.startswith(("{", '["')):
        words = json.dumps(read(json.loads(first)))
    else:
        words = json.dumps(first)
    words = re.sub(r'"See file \w+\."', "a file", words)
    return words + (" and a picture" if "image_url" in json.dumps(rest) else "")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
for name, command in RUNTIMES.items():
    told.clear()
    command = [*command, url, AGENTS, f"{FOLDER}/server.py", *TOOLS]
    subprocess.run(command, check=True, timeout=90, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"{name}: {'; '.join(f'{tool} {in_words(told[tool])}' for tool in TOOLS)}")
PYTHON
seen=$(python3 "$work/ask.py" "$work")
printf '%s\n' "$seen"
[[ "$seen" == 'OpenAI Agents, Python: total "[]"; prices ["12", "50"]; picture ["Look."]; refused ["Account 7"]; failed "[]"
OpenAI Agents, JavaScript: total "[]"; prices "1250"; picture "Look."; refused "Account 7"; failed "[]"
AI SDK: total "[]"; prices in JSON 12 50; picture in JSON Look. base64; refused in JSON Account 7; failed "[]"
Pydantic AI: total {"total": 1250}; prices ["12", "50"]; picture ["Look.", a file] and a picture; refused {"error": "Account 7"}; failed {"error": {"reason": "no account"}}' ]]

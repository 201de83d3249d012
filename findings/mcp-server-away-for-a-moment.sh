#!/usr/bin/env bash
# An MCP server that was away for one message is gone for good for agents in Python, and back with the next message for those in JavaScript.
#
# Packages: openai-agents 0.24.0 and pydantic-ai-slim[openai,mcp] 2.62.0, both with mcp 2.3.0 (PyPI, CPython 3.11; an environment for each);
# @openai/agents 0.20.0 with zod 4.4.3, and ai 7.0.173 with @ai-sdk/mcp 2.0.99 and @ai-sdk/openai-compatible 2.0.92 (npm, Node.js 20).
# Input: a server of one tool, `order`, over streamable HTTP, made with MCP's Python SDK, and an agent of each runtime that is connected with
# it, as its guide has it, and is told five times to order. After the first time the server is restarted; for the third it is away, as
# while it is brought up to date, and before the fourth it is back. All are on the loopback address, as is the model, a server of this
# script that calls `order` and keeps what it is told.
# Expected: a call that can't be delivered fails, and the next one is another request. The protocol of 2026-07-28 has no sessions
# that could be lost; that of 2025-11-25 has clients begin a new session where the server does not know theirs.
# Seen: all four live through a restart that happens between two messages. A message while the server is away fails in all four: the
# SDKs of OpenAI end the run by an exception, the other two tell the model. With the server back, the runtimes in JavaScript order. Those in
# Python fail with each message from then on, for as long as the program runs: one request that was refused has ended the task group
# of MCP's client, with all calls on it, and neither runtime connects anew. `max_retry_attempts` of the SDK of OpenAI tries again on the
# same dead client (tried). A service whose tools were away for a second so has agents that fail till somebody restarts it as well.
# Of MCP's client it is known as modelcontextprotocol/python-sdk issues 3522 and 3560.
# Output when this was written, on 1 December 2026:
#   OpenAI Agents, Python: first ordered; restarted ordered; away MCPError; back MCPError, MCPError; orders 2
#   OpenAI Agents, JavaScript: first ordered; restarted ordered; away TypeError; back ordered, ordered; orders 4
#   AI SDK: first ordered; restarted ordered; away the model is told; back ordered, ordered; orders 4
#   Pydantic AI: first ordered; restarted ordered; away the model is told; back ConnectError, ConnectError; orders 2
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in openai-agents pydantic-ai; do
    python3 -m venv "$work/$name"
done
"$work/openai-agents/bin/pip" install --quiet --no-compile --disable-pip-version-check 'openai-agents==0.24.0' 'mcp==2.3.0'
"$work/pydantic-ai/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pydantic-ai-slim[openai,mcp]==2.62.0' 'mcp==2.3.0'
echo '{"type": "module"}' >"$work/package.json"
(cd "$work" && npm install --silent --no-audit --no-fund \
    '@openai/agents@0.20.0' 'zod@4.4.3' 'ai@7.0.173' '@ai-sdk/mcp@2.0.99' '@ai-sdk/openai-compatible@2.0.92')
cat >"$work/server.py" <<'PYTHON'
import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("shop")


@server.tool()
async def order() -> str:
    with open(sys.argv[2], "a") as file:
        file.write("ordered\n")
    return "ordered"


server.run(transport="streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
PYTHON
cat >"$work/by_agents.mjs" <<'JAVASCRIPT'
import { createInterface } from "node:readline";
import { Agent, MCPServerStreamableHttp, OpenAIChatCompletionsModel, run, setTracingDisabled } from "@openai/agents";
import OpenAI from "openai";

const [modelUrl, url] = process.argv.slice(2);
setTracingDisabled(true);
const server = new MCPServerStreamableHttp({ url, clientSessionTimeoutSeconds: 20 });
await server.connect();
const model = new OpenAIChatCompletionsModel(new OpenAI({ baseURL: modelUrl, apiKey: "none", maxRetries: 0 }), "m");
const agent = new Agent({ name: "agent", instructions: "Go.", model, mcpServers: [server] });
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    await run(agent, "Order.");
    console.log("done");
  } catch (error) {
    console.log(error.constructor.name);
  }
}
process.exit();
JAVASCRIPT
cat >"$work/by_ai.mjs" <<'JAVASCRIPT'
import { createInterface } from "node:readline";
import { createMCPClient } from "@ai-sdk/mcp";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs } from "ai";

const [baseURL, url] = process.argv.slice(2);
const client = await createMCPClient({ transport: { type: "http", url } });
const model = createOpenAICompatible({ name: "m", baseURL, apiKey: "none" })("m");
const tools = await client.tools();
for await (const _ of createInterface({ input: process.stdin })) {
  try {
    await generateText({ model, tools, prompt: "Order.", stopWhen: stepCountIs(2), maxRetries: 0 });
    console.log("done");
  } catch (error) {
    console.log(error.constructor.name);
  }
}
process.exit();
JAVASCRIPT
cat >"$work/by_agents.py" <<'PYTHON'
import asyncio
import sys

from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from agents.mcp import MCPServerStreamableHttp
from openai import AsyncOpenAI

model_url, url = sys.argv[1:]


async def main():
    set_tracing_disabled(True)
    model = OpenAIChatCompletionsModel("m", AsyncOpenAI(base_url=model_url, api_key="none", max_retries=0))
    async with MCPServerStreamableHttp({"url": url}, client_session_timeout_seconds=20) as server:
        agent = Agent(name="agent", instructions="Go.", model=model, mcp_servers=[server])
        while await asyncio.to_thread(sys.stdin.readline):
            try:
                await Runner.run(agent, "Order.")
                print("done", flush=True)
            except asyncio.CancelledError:
                print("cancelled", flush=True)
            except Exception as error:
                print(type(error).__name__, flush=True)


asyncio.run(main())
PYTHON
cat >"$work/by_pydantic.py" <<'PYTHON'
import asyncio
import sys

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

model_url, url = sys.argv[1:]


async def main():
    model = OpenAIChatModel("m", provider=OpenAIProvider(base_url=model_url, api_key="none"))
    agent = Agent(model, toolsets=[MCPToolset(url, init_timeout=20, read_timeout=20)])
    async with agent:
        while await asyncio.to_thread(sys.stdin.readline):
            try:
                await agent.run("Order.")
                print("done", flush=True)
            except asyncio.CancelledError:
                print("cancelled", flush=True)
            except Exception as error:
                print(type(error).__name__, flush=True)


asyncio.run(main())
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import json
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = sys.argv[1]
AGENTS = f"{FOLDER}/openai-agents/bin/python"
RUNTIMES = {
    "OpenAI Agents, Python": [AGENTS, f"{FOLDER}/by_agents.py"],
    "OpenAI Agents, JavaScript": ["node", f"{FOLDER}/by_agents.mjs"],
    "AI SDK": ["node", f"{FOLDER}/by_ai.mjs"],
    "Pydantic AI": [f"{FOLDER}/pydantic-ai/bin/python", f"{FOLDER}/by_pydantic.py"],
}
told = []


class Model(BaseHTTPRequestHandler):
    """Calls `order`, and keeps what it is told of the result."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        if results:
            told.append(json.dumps(results[-1]))
        if results or not request.get("tools"):
            said, reason = {"content": "done"}, "stop"
        else:
            call = {"id": "1", "type": "function", "function": {"name": "order", "arguments": "{}"}}
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


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def started(port):
    command = [AGENTS, f"{FOLDER}/server.py", str(port), f"{FOLDER}/orders"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: listens(port))
    return server


def stopped(server, port):
    server.kill()
    server.wait()
    until(lambda: not listens(port))


def message(agent):
    """What comes of one message to the agent."""
    told.clear()
    agent.stdin.write("go\n")
    agent.stdin.flush()
    end = agent.stdout.readline().strip()
    if "ordered" in "".join(told):
        return "ordered"
    return "the model is told" if told else end


def run(name, command):
    open(f"{FOLDER}/orders", "w").close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = started(port)
    command = [*command, url, f"http://127.0.0.1:{port}/mcp"]
    agent = subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)
    first = message(agent)
    stopped(server, port)
    server = started(port)
    again = message(agent)
    stopped(server, port)
    away = message(agent)
    server = started(port)
    back = [message(agent) for _ in range(2)]
    agent.kill()
    agent.wait()
    stopped(server, port)
    orders = open(f"{FOLDER}/orders").read().split().count("ordered")
    print(f"{name}: first {first}; restarted {again}; away {away}; back {back[0]}, {back[1]}; orders {orders}")


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{model.server_port}/v1"
for name, command in RUNTIMES.items():
    run(name, command)
PYTHON
seen=$(timeout 400 python3 "$work/ask.py" "$work")
printf '%s\n' "$seen"
[[ "$seen" == 'OpenAI Agents, Python: first ordered; restarted ordered; away MCPError; back MCPError, MCPError; orders 2
OpenAI Agents, JavaScript: first ordered; restarted ordered; away TypeError; back ordered, ordered; orders 4
AI SDK: first ordered; restarted ordered; away the model is told; back ordered, ordered; orders 4
Pydantic AI: first ordered; restarted ordered; away the model is told; back ConnectError, ConnectError; orders 2' ]]

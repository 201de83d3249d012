#!/usr/bin/env bash
# An Agent Framework agent that is served over A2A forgets each message, and a payment that waits for a yes is completed and never made.
#
# Packages: agent-framework-core 1.23.0, agent-framework-openai 1.17.0, agent-framework-a2a 1.0.0b261022 and a2a-sdk[http-server] 1.3.0 with
# uvicorn 0.54.0 (PyPI, CPython 3.11), protocol 1.0.
# Input: an agent with the tool `pay`, which wants a yes (`approval_mode="always_require"`). It is told a name, asked for it, told to pay,
# and gets a yes: by itself, in a session; and served by the framework's A2AExecutor, which runs it at once or streamed, to a client that
# keeps to one context, and says its yes to the task and then in the context. The model, which says what it was told by the user,
# is a server of this script on the loopback address.
# Expected: messages with one `contextId` are one conversation (specification of A2A 1.0, "Context Identifier Semantics"), and a task that
# needs something of its client is `input-required`. What an agent makes is an artifact of its task ("Messages and Artifacts").
# Seen: the executor makes a new session for each message, under the id of the context and with nothing in it. The model hears the last
# message alone, whichever way. (A history provider of one's own that keeps messages elsewhere, by that id, would mend it.)
# A call that waits for a yes is content of a kind that the executor leaves out: the task is `completed`, without a word, in the log
# neither. The client takes it for paid; a yes to the task is refused, since it is over, and one in the context is a new message
# to an agent that knows of nothing. At once, what the agent says is neither an artifact nor the last status, but in the history,
# where a client that reads results finds nothing. For the client's side sessions were mended (agent-framework issue 4663); of the
# executor we found no issue.
# Output when this was written, on 2 December 2026:
#   by itself, second message: told: My name is Ann., Who am I?
#   by itself, pay: 1 yes wanted
#   by itself, the yes: paid
#   at once, second message: completed, status says nothing, artifacts nothing, history told: Who am I?
#   at once, pay: completed, status says nothing, artifacts nothing, history nothing
#   at once, the yes: refused
#   at once, the yes to the context: completed, status says nothing, artifacts nothing, history told: yes; paid: False
#   streamed, second message: completed, status says nothing, artifacts told: Who am I?, history nothing
#   streamed, pay: completed, status says nothing, artifacts nothing, history nothing
#   streamed, the yes: refused
#   streamed, the yes to the context: completed, status says nothing, artifacts told: yes, history nothing; paid: False
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'agent-framework-core==1.23.0' \
    'agent-framework-openai==1.17.0' 'agent-framework-a2a==1.0.0b261022' 'a2a-sdk[http-server]==1.3.0' 'uvicorn==0.54.0'
cat >"$work/serve.py" <<'PYTHON'
import asyncio
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import uvicorn
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore
from a2a.types import AgentCard
from agent_framework import Agent, Message, tool
from agent_framework.openai import OpenAIChatCompletionClient
from agent_framework_a2a import A2AExecutor
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette

way, path, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def log(line):
    with open(path, "a") as file:
        file.write(f"{line}\n")


class Model(BaseHTTPRequestHandler):
    """Pays when it is told to, and else says what it was told by the user so far."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = lambda content: content if isinstance(content, str) else "".join(part["text"] for part in content)
        told = [text(message["content"]) for message in request["messages"] if message["role"] == "user"]
        done = request["messages"][-1]["role"] == "tool"
        if told[-1] == "pay" and not done:
            call = {"index": 0, "id": "1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}
            said, reason = {"content": None, "tool_calls": [call]}, "tool_calls"
        else:
            said, reason = {"content": "paid" if done else f"told: {', '.join(told)}"}, "stop"
        answer = {"id": "1", "created": 1, "model": "m"}
        said["role"] = "assistant"
        self.send_response(200)
        if request.get("stream"):
            chunk = {**answer, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": said, "finish_reason": reason}]}
            body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
            self.send_header("Content-Type", "text/event-stream")
        else:
            for call in said.get("tool_calls", []):
                del call["index"]
            choice = {"index": 0, "message": said, "finish_reason": reason}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            body = json.dumps({**answer, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@tool(approval_mode="always_require")
def pay() -> str:
    """Pays."""
    log("paid")
    return "paid"


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
client = OpenAIChatCompletionClient(model="m", base_url=f"http://127.0.0.1:{model.server_port}/v1", api_key="none")
agent = Agent(client=client, name="bank", instructions="Be brief.", tools=[pay])


async def by_itself():
    session = agent.create_session()
    for text in ("My name is Ann.", "Who am I?"):
        said = (await agent.run(text, session=session)).text
    print(f"by itself, second message: {said}")
    wants = (await agent.run("pay", session=session)).user_input_requests
    print(f"by itself, pay: {len(wants)} yes wanted")
    done = await agent.run(Message("user", [wants[0].to_function_approval_response(True)]), session=session)
    print(f"by itself, the yes: {done.text}")


def serve():
    skill = {"id": "s", "name": "s", "description": "d", "tags": ["t"]}
    modes = {"defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"]}
    where = [{"url": f"http://127.0.0.1:{port}/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]
    card = {"name": "bank", "description": "d", "version": "1", "skills": [skill], "capabilities": {"streaming": True}, **modes}
    card = ParseDict({**card, "supportedInterfaces": where}, AgentCard())
    executor = A2AExecutor(agent, stream=way == "streamed")
    handler = DefaultRequestHandler(agent_executor=executor, task_store=InMemoryTaskStore(), agent_card=card)
    app = Starlette(routes=create_jsonrpc_routes(handler, "/"))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


asyncio.run(by_itself()) if way == "by itself" else serve()
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import os
import socket
import subprocess
import sys
import uuid

import httpx

FOLDER = sys.argv[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def words(message):
    return "".join(part.get("text", "") for part in message.get("parts", []))


def seen(task):
    """What a task says, by where it says it."""
    status = words(task["status"].get("message", {}))
    artifacts = " ".join(words(artifact) for artifact in task.get("artifacts", []))
    said = [words(message) for message in task.get("history", []) if message["role"] == "ROLE_AGENT"]
    state = task["status"]["state"].removeprefix("TASK_STATE_").lower()
    return f"{state}, status says {status or 'nothing'}, artifacts {artifacts or 'nothing'}, history {said[-1] if said else 'nothing'}"


class Client:
    def __init__(self, port):
        self.url, self.http = f"http://127.0.0.1:{port}/", httpx.AsyncClient(timeout=60)

    async def send(self, text, context=None, task=None):
        where = {key: value for key, value in (("contextId", context), ("taskId", task)) if value}
        message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": text}], **where}
        body = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": message}}
        answer = (await self.http.post(self.url, json=body, headers={"A2A-Version": "1.0"})).json()
        return answer["result"]["task"] if "result" in answer else answer["error"]


def started(way, port=0):
    command = [sys.executable, f"{FOLDER}/serve.py", way, f"{FOLDER}/log {way}", str(port)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


async def served(way):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = started(way, port)
    try:
        async with asyncio.timeout(60):
            while not listens(port):
                await asyncio.sleep(0.1)
        client = Client(port)
        context = (await client.send("My name is Ann."))["contextId"]
        print(f"{way}, second message: {seen(await client.send('Who am I?', context))}", flush=True)
        task = await client.send("pay", context)
        print(f"{way}, pay: {seen(task)}", flush=True)
        refused = await client.send("yes", context, task["id"])
        print(f"{way}, the yes: {'refused' if 'code' in refused else seen(refused)}", flush=True)
        again = await client.send("yes", context)
        print(f"{way}, the yes to the context: {seen(again)}; paid: {os.path.exists(f'{FOLDER}/log {way}')}", flush=True)
    finally:
        server.kill()
        server.wait()


assert started("by itself").wait(60) == 0
asyncio.run(served("at once"))
asyncio.run(served("streamed"))
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work")
printf '%s\n' "$seen"
[[ "$seen" == 'by itself, second message: told: My name is Ann., Who am I?
by itself, pay: 1 yes wanted
by itself, the yes: paid
at once, second message: completed, status says nothing, artifacts nothing, history told: Who am I?
at once, pay: completed, status says nothing, artifacts nothing, history nothing
at once, the yes: refused
at once, the yes to the context: completed, status says nothing, artifacts nothing, history told: yes; paid: False
streamed, second message: completed, status says nothing, artifacts told: Who am I?, history nothing
streamed, pay: completed, status says nothing, artifacts nothing, history nothing
streamed, the yes: refused
streamed, the yes to the context: completed, status says nothing, artifacts told: yes, history nothing; paid: False' ]]

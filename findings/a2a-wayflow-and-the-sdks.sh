#!/usr/bin/env bash
# WayFlow and A2A's SDK for Python can't talk in either direction, and from the SDK for JavaScript WayFlow hears the wrong words.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1, fasta2a 0.6.1 and a2a-sdk[http-server] 1.3.0 (PyPI, CPython 3.11);
# @a2a-js/sdk 1.3.0 with express 5.2.1 (npm, Node.js 20). WayFlow speaks version 0.3 of the protocol; both SDKs say that they
# serve it and are clients of it (`enable_v0_3_compat`, `legacyCompat`).
# Input: an agent on a server of each SDK, which says that it works, gives an artifact and is done, or asks for a city and then is
# done; asked by the A2AAgent of an Agent Spec file in WayFlow. And an Agent, served by WayFlow's A2AServer, which each SDK's
# client says "hi" to. The model is a server of this script on the loopback address.
# Expected: what the protocol has: results are artifacts, and who answers a question names the task that asked it.
# Seen:
# - WayFlow's client polls the task even when the answer to its message had it finished, with a request whose id is null. The
#   SDK for Python refuses that one. The agent has done its work, and a ConnectionError is all that comes of it.
# - The SDK for JavaScript answers such a request. But WayFlow's client reads the history alone: the artifact is dropped, and the
#   last thing that was said on the way is taken for the answer. Its answer to a question begins a second task; the one that asked
#   waits for ever.
# - WayFlow's server answers a message without `acceptedOutputModes` with the status 500; the client of the SDK for Python sends
#   none unless it is configured. With them the message is answered, and the client fails over the time in it, which has no zone.
# - The client of the SDK for JavaScript and WayFlow's server understand each other.
# Output when this was written, on 30 November 2026:
#   WayFlow asks Python: ConnectionError; tasks COMPLETED
#   WayFlow asks JavaScript: 'at work'; tasks COMPLETED
#   WayFlow asks JavaScript and answers: 'Which city?', 'at work'; tasks COMPLETED INPUT_REQUIRED
#   Python asks WayFlow: A2AClientError: HTTP Error: 500; the model was asked 0 times
#   Python asks WayFlow, with output modes: ValueError; the model was asked 1 times
#   JavaScript asks WayFlow: 'So it is.'
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'fasta2a==0.6.1' 'a2a-sdk[http-server]==1.3.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0' 'express@5.2.1'
cat >"$work/card.json" <<'JSON'
{"name": "a", "description": "d", "version": "1", "skills": [{"id": "s", "name": "s", "description": "d", "tags": ["t"]}],
 "capabilities": {"streaming": true},
 "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"], "supportedInterfaces": [
  {"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
  {"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"}]}
JSON
cat >"$work/serve.py" <<'PYTHON'
import json
import sys

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette


class Executor(AgentExecutor):
    async def execute(self, context, queue):
        task = context.current_task
        if not task:
            task = new_task_from_user_message(context.message)
            await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        await updater.start_work(updater.new_agent_message([new_text_part("at work")]))
        await updater.add_artifact([new_text_part("the report")])
        await updater.complete()

    async def cancel(self, context, queue):
        raise NotImplementedError


port = int(sys.argv[1])
with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
handler = DefaultRequestHandler(agent_executor=Executor(), task_store=InMemoryTaskStore(), agent_card=card)
routes = create_jsonrpc_routes(handler, "/", enable_v0_3_compat=True)
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="critical")
PYTHON
cat >"$work/serve.mjs" <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

let said = 0;
const executor = {
  async execute({ taskId, contextId, userMessage, task }, bus) {
    const message = Message.toJSON(userMessage);
    const status = (state, text) => {
      const words = { messageId: `a${++said}`, role: "ROLE_AGENT", taskId, contextId, parts: [{ text }] };
      const told = { state: `TASK_STATE_${state}`, ...(text ? { message: words } : {}) };
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ taskId, contextId, status: told })));
    };
    const begun = { id: taskId, contextId, status: { state: "TASK_STATE_SUBMITTED" }, history: [message] };
    if (!task) bus.publish(AgentEvent.task(Task.fromJSON(begun)));
    if (message.parts[0].text === "weather") {
      status("INPUT_REQUIRED", "Which city?");
    } else {
      status("WORKING", "at work");
      const artifact = { artifactId: "r", parts: [{ text: "the report" }] };
      bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ taskId, contextId, artifact })));
      status("COMPLETED");
    }
    bus.finished();
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat: { enabled: true } };
express().use("/", jsonRpcHandler(options)).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >"$work/model.py" <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

asked = 0


class Model(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("text/plain", str(asked))

    def do_POST(self):
        global asked
        asked += 1
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {"role": "assistant", "content": "So it is."}
        part = "delta" if request.get("stream") else "message"
        choices = [{"index": 0, "finish_reason": "stop", part: said}]
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices})
        if request.get("stream"):
            self.answer("text/event-stream", f"data: {body}\n\ndata: [DONE]\n\n")
        else:
            self.answer("application/json", body)

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
PYTHON
cat >"$work/wayflow.py" <<'PYTHON'
import json
import logging
import sys
import urllib.request
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.a2aagent import A2AAgent, A2AConnectionConfig, A2ASessionParameters
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentserver.server import A2AServer
from wayflowcore.agentspec import AgentSpecLoader


def loaded(component):
    return AgentSpecLoader().load_json(AgentSpecSerializer().to_json(component))


def states(url, conversation):
    """States of the tasks that a server has of a conversation."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "ListTasks", "params": {"contextId": conversation.id}}
    headers = {"Content-Type": "application/json", "A2A-Version": "1.0"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
        tasks = json.load(answer)["result"]["tasks"]
    return " ".join(sorted(task["status"]["state"].removeprefix("TASK_STATE_") for task in tasks))


if sys.argv[1] == "serve":
    model = OpenAiCompatibleConfig(name="m", model_id="m", url=sys.argv[3])
    server = A2AServer()
    server.serve_agent(loaded(Agent(name="agent", llm_config=model, system_prompt="Agree.")))
    server.run(host="127.0.0.1", port=int(sys.argv[2]))
else:
    url, label, *said = sys.argv[2:]
    agent = A2AAgent(
        name="remote",
        agent_url=url,
        connection_config=A2AConnectionConfig(name="c"),
        session_parameters=A2ASessionParameters(timeout=20, poll_interval=0.2, max_retries=1),
    )
    conversation = loaded(agent).start_conversation()
    heard = []
    for text in said:
        conversation.append_user_message(text)
        try:
            heard.append(repr(conversation.execute().message.content))
        except Exception as error:
            heard.append(type(error).__name__)
    print(f"WayFlow asks {label}: {', '.join(heard)}; tasks {states(url, conversation)}")
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import logging
import sys
import urllib.request

import httpx

logging.disable(logging.CRITICAL)
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, SendMessageRequest

url, model = sys.argv[1:]


async def ask(label, modes):
    async with httpx.AsyncClient(timeout=60) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        client = ClientFactory(ClientConfig(httpx_client=http, accepted_output_modes=modes)).create(card)
        message = Message(message_id="m", role=Role.ROLE_USER, parts=[Part(text="hi")])
        try:
            seen = repr([answer async for answer in client.send_message(SendMessageRequest(message=message))])
        except ValueError as error:
            seen = type(error).__name__
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
    with urllib.request.urlopen(model) as answer:
        print(f"Python asks {label}: {seen}; the model was asked {answer.read().decode()} times")


asyncio.run(ask("WayFlow", []))
asyncio.run(ask("WayFlow, with output modes", ["text/plain"]))
PYTHON
cat >"$work/ask.mjs" <<'JAVASCRIPT'
import {
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";
import { SendMessageRequest, Task } from "@a2a-js/sdk";

const legacyCompat = { enabled: true };
const transports = [new JsonRpcTransportFactory({ legacyCompat })];
const cardResolver = new DefaultAgentCardResolver({ legacyCompat });
const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, { transports, cardResolver });
const client = await new ClientFactory(options).createFromUrl(process.argv[2]);
const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] };
const answer = Task.toJSON(await client.sendMessage(SendMessageRequest.fromJSON({ message })));
console.log(`JavaScript asks WayFlow: '${answer.history.at(-1).parts[0].text}'`);
JAVASCRIPT
cd "$work"
read -r python javascript model wayflow < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 4)
venv/bin/python serve.py "$python" >server.log 2>&1 &
node serve.mjs "$javascript" &
python3 model.py "$model" &
OPENAI_API_KEY=none venv/bin/python wayflow.py serve "$wayflow" "http://127.0.0.1:$model" >server.log 2>&1 &
for port in "$python" "$javascript" "$model" "$wayflow"; do
    for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
done
seen=$(
    venv/bin/python wayflow.py ask "http://127.0.0.1:$python" Python report
    venv/bin/python wayflow.py ask "http://127.0.0.1:$javascript" JavaScript report
    venv/bin/python wayflow.py ask "http://127.0.0.1:$javascript" 'JavaScript and answers' weather Bern
    venv/bin/python ask.py "http://127.0.0.1:$wayflow" "http://127.0.0.1:$model"
    node ask.mjs "http://127.0.0.1:$wayflow"
)
printf '%s\n' "$seen"
[[ "$seen" == "WayFlow asks Python: ConnectionError; tasks COMPLETED
WayFlow asks JavaScript: 'at work'; tasks COMPLETED
WayFlow asks JavaScript and answers: 'Which city?', 'at work'; tasks COMPLETED INPUT_REQUIRED
Python asks WayFlow: A2AClientError: HTTP Error: 500; the model was asked 0 times
Python asks WayFlow, with output modes: ValueError; the model was asked 1 times
JavaScript asks WayFlow: 'So it is.'" ]]

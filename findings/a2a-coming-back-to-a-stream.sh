#!/usr/bin/env bash
# A client that comes back to the stream of an A2A task reads a piece twice from Python's SDK, and misses one from JavaScript's.
#
# Packages: a2a-sdk[http-server] 1.3.0 with uvicorn 0.54.0 (PyPI, CPython 3.11) and @a2a-js/sdk 1.3.0 with express 5.2.1 (npm,
# Node.js 20), protocol 1.0.
# Input: an agent on a server of each SDK that gives one artifact in 40 pieces, one in 50 ms, as the words of a model come. Its
# tasks are kept by the SDK's store in memory, which needs 20 ms for each access here, as a database may. While it works, 10 clients
# come, 7 ms one after the other, and subscribe to the task by the client of Python's SDK. Each puts together what
# the task has when its stream begins, and the pieces that follow with `append`.
# Expected: the specification (1.0, "Subscribe to Task") has the task as the first event, and then the updates: together they
# are the answer, for whoever comes and goes.
# Seen: with the store as it is here they are not. Python's server first listens and then reads the task: a piece that is stored while
# it reads is in the task, and comes once more. JavaScript's server reads first and then listens: what comes meanwhile is in
# neither. No client can tell, since pieces have no number (known: a2aproject/A2A issue 1986). The task that is asked for afterwards
# has the answer whole, from both.
# With DatabaseTaskStore of Python's SDK on SQLite each client had a piece twice when this was written (pieces in 5 ms).
# Output when this was written, on 1 December 2026:
#   Python: clients that read a piece twice: some; that miss one: none; the task has 40 pieces
#   JavaScript: clients that read a piece twice: none; that miss one: some; the task has 40 pieces
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'a2a-sdk[http-server]==1.3.0' 'uvicorn==0.54.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0' 'express@5.2.1'
cat >"$work/card.json" <<'JSON'
{"name": "a", "description": "d", "version": "1", "skills": [{"id": "s", "name": "s", "description": "d", "tags": ["t"]}],
 "capabilities": {"streaming": true}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
 "supportedInterfaces": [{"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}
JSON
cat >"$work/serve.py" <<'PYTHON'
import asyncio
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


class Store(InMemoryTaskStore):
    async def get(self, *args, **kwargs):
        task = await super().get(*args, **kwargs)
        await asyncio.sleep(0.02)
        return task

    async def save(self, *args, **kwargs):
        await asyncio.sleep(0.02)
        await super().save(*args, **kwargs)


class Executor(AgentExecutor):
    async def execute(self, context, queue):
        task = new_task_from_user_message(context.message)
        await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        await updater.start_work()
        for number in range(40):
            await updater.add_artifact([new_text_part(f"{number} ")], artifact_id="a", append=number > 0)
            await asyncio.sleep(0.05)
        await updater.complete()

    async def cancel(self, context, queue):
        raise NotImplementedError


with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
handler = DefaultRequestHandler(agent_executor=Executor(), task_store=Store(), agent_card=card)
routes = create_jsonrpc_routes(handler, "/")
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
PYTHON
cat >"$work/serve.mjs" <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { AgentCard, Message, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { jsonRpcHandler, UserBuilder } from "@a2a-js/sdk/server/express";
import express from "express";

class Store extends InMemoryTaskStore {
  async load(...args) {
    const task = await super.load(...args);
    await setTimeout(20);
    return task;
  }
  async save(...args) {
    await setTimeout(20);
    await super.save(...args);
  }
}
const executor = {
  async execute({ taskId, contextId, userMessage }, bus) {
    const status = (state) => {
      const event = { taskId, contextId, status: { state } };
      bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(event)));
    };
    const history = [Message.toJSON(userMessage)];
    const begun = { id: taskId, contextId, status: { state: "TASK_STATE_SUBMITTED" }, history };
    bus.publish(AgentEvent.task(Task.fromJSON(begun)));
    status("TASK_STATE_WORKING");
    for (let number = 0; number < 40; number++) {
      const artifact = { artifactId: "a", parts: [{ text: `${number} ` }] };
      const event = { taskId, contextId, artifact, append: number > 0 };
      bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON(event)));
      await setTimeout(50);
    }
    status("TASK_STATE_COMPLETED");
    bus.finished();
  },
  async cancelTask() {},
};
const card = AgentCard.fromJSON(JSON.parse(readFileSync("card.json", "utf8")));
const requestHandler = new DefaultRequestHandler(card, new Store(), executor);
const handler = jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication });
express().use("/", handler).listen(+process.argv[2], "127.0.0.1");
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import sys

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.types import AgentCard, GetTaskRequest, Message, Part, Role, SendMessageRequest, SubscribeToTaskRequest
from google.protobuf.json_format import ParseDict

label, port = sys.argv[1:]
with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
card.supported_interfaces[0].url = f"http://127.0.0.1:{port}/"


def pieces(task):
    return [part.text for artifact in task.artifacts for part in artifact.parts]


async def read(client, task_id):
    """The pieces that a client reads who comes while the agent works."""
    seen = []
    async for event in client.subscribe(SubscribeToTaskRequest(id=task_id)):
        if event.HasField("task"):
            seen = pieces(event.task)
        elif event.HasField("artifact_update"):
            seen += [part.text for part in event.artifact_update.artifact.parts]
    return seen


async def main():
    async with httpx.AsyncClient(timeout=60) as http:
        client = ClientFactory(ClientConfig(httpx_client=http)).create(card)
        message = Message(message_id="m", role=Role.ROLE_USER, parts=[Part(text="Count.")])
        first = client.send_message(SendMessageRequest(message=message))
        task_id = (await anext(first)).task.id

        async def rest():
            async for _ in first:
                pass

        reading = [asyncio.create_task(rest())]
        await asyncio.sleep(0.3)
        for _ in range(10):
            reading.append(asyncio.create_task(read(client, task_id)))
            await asyncio.sleep(0.007)
        _, *answers = await asyncio.gather(*reading)
        whole = pieces(await client.get_task(GetTaskRequest(id=task_id)))
    twice = sum(len(answer) > len(set(answer)) for answer in answers)
    missing = sum(len(set(answer)) < 40 for answer in answers)
    seen = [f"{what}: {'some' if count else 'none'}" for what, count in [("twice", twice), ("one", missing)]]
    print(f"{label}: clients that read a piece {seen[0]}; that miss {seen[1]}; the task has {len(whole)} pieces")


asyncio.run(main())
PYTHON
cd "$work"
read -r python javascript < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 2)
venv/bin/python serve.py "$python" >server.log 2>&1 &
node serve.mjs "$javascript" >>server.log 2>&1 &
for port in "$python" "$javascript"; do
    for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
done
seen=$(
    venv/bin/python ask.py Python "$python"
    venv/bin/python ask.py JavaScript "$javascript"
)
printf '%s\n' "$seen"
[[ "$seen" == 'Python: clients that read a piece twice: some; that miss one: none; the task has 40 pieces
JavaScript: clients that read a piece twice: none; that miss one: some; the task has 40 pieces' ]]

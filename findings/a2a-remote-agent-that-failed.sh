#!/usr/bin/env bash
# A remote agent that failed is an answer in two frameworks, in one of them the user's own words, and in the other each answer a new task.
#
# Packages: agent-framework-core 1.23.0 with agent-framework-a2a 1.0.0b261022; strands-agents[a2a] 1.62.0, which wants a2a-sdk below 1
# (0.3.26 here); the server is made with a2a-sdk[http-server] 1.3.0 and uvicorn 0.54.0, and serves both versions of the protocol
# (`enable_v0_3_compat`; PyPI, CPython 3.11; an environment for each).
# Input: an agent that is told "pay", asks from which account (`input-required`) and with the answer "rent" pays, by an artifact; told
# "overdraw" fails with the reason in its status; and told "balance" completes with the words in its status. It is asked by
# the remote agent of each framework (both A2AAgent): by one object and in one session for each conversation.
# Expected: a task that failed is an error of the call, or at least marked as one; what the remote agent says is what is heard; and the
# answer to a question goes to the task that asked (specification of A2A 1.0, "Multi-Turn Patterns").
# Seen:
# - Agent Framework, unless it streams, reads the last entry of the history where a task has no artifacts. A server made with Python's
#   SDK keeps the last status out of it (findings/a2a-one-run-two-tasks.sh): so the reply is the question, with the role of the user. Who
#   passes it on tells a person, or a model, the words that were sent, and neither the failure nor the balance.
# - In both a failure is a reply like any other: no exception, no error, nothing in what a caller reads but the words. (In Strands the
#   state is in the result's `state`; in Agent Framework in the session.) In a chain of agents the next one works with
#   "The account is closed." as with a result. So it is with the RemoteA2aAgent of google-adk 2.13.0 (tried).
# - Strands sends no id of a task or a context: the answer begins another task, which knows nothing of a payment. The task that asked
#   waits for good. google-adk, of which the same is known (adk-python issues 3393, 3765 and 4934), pays in this version (tried).
# Output when this was written, on 2 December 2026:
#   Agent Framework, pay rent: assistant 'From which account?', then assistant 'paid from rent'
#   Agent Framework, overdraw: user 'overdraw'
#   Agent Framework, balance: user 'balance'
#   Agent Framework, streamed, pay rent: assistant 'From which account?', then assistant 'paid from rent'
#   Agent Framework, streamed, overdraw: assistant 'The account is closed.'
#   Agent Framework, streamed, balance: assistant 'Your balance is 12.'
#   Strands, pay rent: interrupt 'From which account?', then end_turn 'What is rent?'
#   Strands, overdraw: end_turn 'The account is closed.'
#   Strands, balance: end_turn 'Your balance is 12.'
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
for name in af strands; do
    python3 -m venv "$work/$name"
done
install=(--quiet --no-compile --disable-pip-version-check)
"$work/af/bin/pip" install "${install[@]}" 'agent-framework-core==1.23.0' 'agent-framework-a2a==1.0.0b261022' \
    'a2a-sdk[http-server]==1.3.0' 'uvicorn==0.54.0'
"$work/strands/bin/pip" install "${install[@]}" 'strands-agents[a2a]==1.62.0' 'a2a-sdk==0.3.26'
cat >"$work/serve.py" <<'PYTHON'
import json
import sys

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette


class Payer(AgentExecutor):
    async def execute(self, context, queue):
        what = context.get_user_input().strip()
        task = context.current_task
        if not task:
            task = new_task_from_user_message(context.message)
            await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)
        say = lambda text: updater.new_agent_message([new_text_part(text)])
        await updater.start_work()
        if context.current_task:
            await updater.add_artifact([new_text_part(f"paid from {what}")])
            await updater.complete()
        elif "pay" in what:
            await updater.requires_input(say("From which account?"))
        elif "overdraw" in what:
            await updater.failed(say("The account is closed."))
        elif "balance" in what:
            await updater.complete(say("Your balance is 12."))
        else:
            await updater.add_artifact([new_text_part(f"What is {what}?")])
            await updater.complete()

    async def cancel(self, context, queue):
        raise NotImplementedError


port = int(sys.argv[1])
url = f"http://127.0.0.1:{port}/"
interfaces = [{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version} for version in ("1.0", "0.3")]
skill = {"id": "s", "name": "s", "description": "d", "tags": ["t"]}
modes = {"defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"]}
card = {"name": "bank", "description": "d", "version": "1", "skills": [skill], "capabilities": {"streaming": True}, **modes}
card = ParseDict({**card, "supportedInterfaces": interfaces}, AgentCard())
handler = DefaultRequestHandler(agent_executor=Payer(), task_store=InMemoryTaskStore(), agent_card=card)
routes = [*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/", enable_v0_3_compat=True)]
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="critical")
PYTHON
cat >"$work/by_af.py" <<'PYTHON'
import asyncio
import sys
import warnings

warnings.simplefilter("ignore")
import httpx
from a2a.client import A2ACardResolver
from agent_framework_a2a import A2AAgent


async def main(url, *conversations):
    async with httpx.AsyncClient() as http:
        card = await A2ACardResolver(http, url).get_agent_card()
    for stream in (False, True):
        for conversation in conversations:
            async with A2AAgent(agent_card=card) as agent:
                session, heard = agent.create_session(), []
                for turn in conversation.split():
                    response = agent.run(turn, session=session, stream=stream)
                    if stream:
                        async for _ in response:
                            pass
                        response = response.get_final_response()
                    message = (await response).messages[-1]
                    heard.append(f"{message.role} {message.text!r}")
            print(f"Agent Framework{', streamed' if stream else ''}, {conversation}: {', then '.join(heard)}")


asyncio.run(main(*sys.argv[1:]))
PYTHON
cat >"$work/by_strands.py" <<'PYTHON'
import sys

from strands.agent.a2a_agent import A2AAgent

url, *conversations = sys.argv[1:]
for conversation in conversations:
    agent, heard = A2AAgent(endpoint=url), []
    for turn in conversation.split():
        result = agent(turn)
        words = "".join(block["text"] for block in result.message["content"])
        heard.append(f"{result.stop_reason} {words!r}")
    print(f"Strands, {conversation}: {', then '.join(heard)}")
PYTHON
cd "$work"
port=$(python3 -c 'import socket; free = socket.create_server(("127.0.0.1", 0)); print(free.getsockname()[1])')
af/bin/python serve.py "$port" 2>/dev/null &
for _ in {1..120}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
seen=$(
    for name in af strands; do
        timeout 90 "$name/bin/python" "by_$name.py" "http://127.0.0.1:$port/" 'pay rent' overdraw balance 2>errors || cat errors
    done
)
printf '%s\n' "$seen"
[[ "$seen" == "Agent Framework, pay rent: assistant 'From which account?', then assistant 'paid from rent'
Agent Framework, overdraw: user 'overdraw'
Agent Framework, balance: user 'balance'
Agent Framework, streamed, pay rent: assistant 'From which account?', then assistant 'paid from rent'
Agent Framework, streamed, overdraw: assistant 'The account is closed.'
Agent Framework, streamed, balance: assistant 'Your balance is 12.'
Strands, pay rent: interrupt 'From which account?', then end_turn 'What is rent?'
Strands, overdraw: end_turn 'The account is closed.'
Strands, balance: end_turn 'Your balance is 12.'" ]]

"""An agent on the server of A2A's SDK for Python. Prints the port where it listens.

argv: the interfaces of its card, with commas between (`JSONRPC 1.0`, `HTTP+JSON 1.0`, `JSONRPC 0.3`), and `streams` or
`looks`. What the agent does depends on what is said to it.
"""

import asyncio
import socket
import sys

import uvicorn
from a2a.helpers import new_data_part, new_raw_part, new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, TaskState
from starlette.applications import Starlette

INPUT_REQUIRED, WORKING = TaskState.TASK_STATE_INPUT_REQUIRED, TaskState.TASK_STATE_WORKING


class Executor(AgentExecutor):
    ended = 0

    async def execute(self, context, queue):
        text = context.get_user_input()
        if text == "message":
            await queue.enqueue_event(new_text_message("just a message, no task", context_id=context.context_id))
            return
        task = context.current_task
        if not task:
            task = new_task_from_user_message(context.message)
            await queue.enqueue_event(task)
        updater = TaskUpdater(queue, task.id, task.context_id)

        def say(words):
            return updater.new_agent_message([new_text_part(words)])

        was_asked = task.status.state == INPUT_REQUIRED
        await updater.start_work(say("working on it"))
        if was_asked:
            await updater.add_artifact([new_text_part(f"You answered: {text}")])
        elif text == "ask":
            return await updater.requires_input(say("Which city?"))
        elif text == "fail":
            return await updater.failed(say("it went wrong"))
        elif text == "reject":
            return await updater.reject(say("I will not do that"))
        elif text == "wait":
            await updater.update_status(WORKING, say("waiting"))
            return await asyncio.Event().wait()
        elif text == "what ended":
            await updater.add_artifact([new_text_part(str(Executor.ended))])
        elif text == "files":
            picture = new_raw_part(bytes([0, 1, 2]), media_type="image/png", filename="a.png")
            await updater.add_artifact([picture, new_data_part({"sunny": True})])
        elif text == "slow":
            for step in range(3):
                await asyncio.sleep(0.1)
                await updater.update_status(WORKING, say(f"step {step}"))
            await updater.add_artifact([new_text_part("slow result")])
        else:
            for number, piece in enumerate(["You said: ", text, "."]):
                await updater.add_artifact(
                    [new_text_part(piece)], artifact_id="a", append=number > 0, last_chunk=number == 2
                )
        await updater.complete()

    async def cancel(self, context, queue):
        Executor.ended += 1
        await TaskUpdater(queue, context.task_id, context.context_id).cancel()


listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
paths = {"JSONRPC": "/rpc", "HTTP+JSON": "/rest"}
interfaces = [named.split(" ") for named in sys.argv[1].split(",")]
card = AgentCard(
    name="sample",
    description="Does what it is told.",
    version="1.0.0",
    supported_interfaces=[
        AgentInterface(
            url=f"http://127.0.0.1:{port}{paths[binding]}", protocol_binding=binding, protocol_version=version
        )
        for binding, version in interfaces
    ],
    capabilities=AgentCapabilities(streaming=sys.argv[2] == "streams"),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain", "image/png", "application/json"],
    skills=[AgentSkill(id="s", name="s", description="d", tags=["t"])],
)
handler = DefaultRequestHandler(agent_executor=Executor(), task_store=InMemoryTaskStore(), agent_card=card)
routes = [
    *create_agent_card_routes(card),
    *create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=True),
    *create_rest_routes(handler, path_prefix="/rest"),
]
print(f"listening on {port}", flush=True)
uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="critical")).run(sockets=[listener])

"""Speaks with a served agent by A2A's client: a conversation of two messages in each binding, streamed and not."""

import asyncio
import json
import sys

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import CancelTaskRequest, GetTaskRequest, ListTasksRequest, Message, Part, Role, SendMessageRequest, TaskState


async def talk(client, context, text):
    """Sends a message; gives the task's id and context, and what was answered."""
    message = Message(message_id=text, role=Role.ROLE_USER, parts=[Part(text=text)], context_id=context)
    artifacts, task, state = {}, None, None
    async for event in client.send_message(SendMessageRequest(message=message)):
        kind = event.WhichOneof("payload")
        if kind == "task":
            task, state = event.task, event.task.status.state
            artifacts = {made.artifact_id: "".join(part.text for part in made.parts) for made in task.artifacts}
        elif kind == "artifact_update":
            update = event.artifact_update
            before = artifacts.get(update.artifact.artifact_id, "") if update.append else ""
            artifacts[update.artifact.artifact_id] = before + "".join(part.text for part in update.artifact.parts)
        elif kind == "status_update":
            state = event.status_update.status.state
    assert state == TaskState.TASK_STATE_COMPLETED, state
    return task.id, task.context_id, "".join(artifacts.values())


async def main():
    answers, errors, listed = [], [], []
    async with httpx.AsyncClient(timeout=60) as http:
        card = await A2ACardResolver(http, sys.argv[1]).get_agent_card()
        for binding in ("JSONRPC", "HTTP+JSON"):
            for streaming in (True, False):
                config = ClientConfig(httpx_client=http, streaming=streaming, supported_protocol_bindings=[binding])
                client = ClientFactory(config).create(card)
                _, context, answer = await talk(client, None, "first")
                answers.append(answer)
                task, _, answer = await talk(client, context, "second")
                again, _, _ = await talk(client, context, "second")
                repeated = again == task
                answers.append(answer)
                read = await client.get_task(GetTaskRequest(id=task))
                assert read.artifacts[0].parts[0].text == answer
        token = ""
        while not listed or token:
            page = await client.list_tasks(ListTasksRequest(page_size=3, page_token=token))
            listed.append(len(page.tasks))
            token = page.next_page_token
        for refused in (client.cancel_task(CancelTaskRequest(id=task)), client.get_task(GetTaskRequest(id="none"))):
            try:
                await refused
            except Exception as error:
                errors.append(type(error).__name__)
    print(json.dumps({"answers": answers, "errors": errors, "listed": listed, "repeated": repeated}))


asyncio.run(main())

"""Runs agents, flows and teams in WayFlow, for the tests that compare its runs with flowdeck's.

Reads one JSON object a line from standard input and answers each with one line:

    {"spec": text, "inputs": object, "messages": [text, ...], "starts": bool, "tools": {name: result}}
        -> {"error": text or null, "outputs": object or null, "messages": [message, ...], "nodes": [name, ...],
            "calls": [[name, arguments], ...]}   (a null among the nodes is where somebody was waited for)

The first message starts the conversation if `starts` says so, the others answer whoever asks; confirmations are given. A
result `{"raises": text}` of a tool is an exception, which is also what a client tool's call is answered with, as text. Requests go to the address that the
spec names. `messages` are those of the conversation, `nodes` the steps in the order in which they began, `calls` the calls
of tools.
"""

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import once  # noqa: E402
from wayflowcore.agentspec import AgentSpecLoader  # noqa: E402
from wayflowcore.events import EventListener, register_event_listeners  # noqa: E402
from wayflowcore.events.event import StepInvocationStartEvent  # noqa: E402
from wayflowcore.executors.executionstatus import (  # noqa: E402
    FinishedStatus,
    ToolExecutionConfirmationStatus,
    ToolRequestStatus,
    UserMessageRequestStatus,
)
from wayflowcore.tools import ToolResult  # noqa: E402


class Failed(Exception):
    """What a tool raises that is to fail."""


class Nodes(EventListener):
    """Keeps the names of the steps in the order in which they begin."""

    def __init__(self):
        self.names = []

    def __call__(self, event):
        if isinstance(event, StepInvocationStartEvent):
            self.names.append(event.step.name)


def given(result):
    """A tool's result, or the exception in place of it."""
    if isinstance(result, dict) and list(result) == ["raises"]:
        raise Failed(result["raises"])
    return result


def registry(results, calls):
    """The tools as functions that give what they are told to give and note what they are called with."""

    def function(name, result):
        def call(**arguments):
            calls.append([name, arguments])
            return given(result)

        return call

    return {name: function(name, result) for name, result in results.items()}


def told(message):
    """A message as the tests compare it."""
    result = message.tool_result
    return {
        "role": message.role,
        "text": "" if result else "".join(getattr(part, "content", "") for part in message.contents),
        "calls": [[call.name, call.args] for call in message.tool_requests or []],
        "result": None if result is None else str(result.content) if isinstance(result.content, Exception) else result.content,
    }


def answer(status, conversation, messages, tools, calls):
    """Answers who waits; says whether there was an answer."""
    if isinstance(status, UserMessageRequestStatus):
        if not messages:
            return False
        conversation.append_user_message(messages.pop(0))
    elif isinstance(status, ToolExecutionConfirmationStatus):
        for request in status.tool_requests:
            status.confirm_tool_execution(request)
    elif isinstance(status, ToolRequestStatus):
        for request in status.tool_requests:
            calls.append([request.name, request.args])
            status.submit_tool_result(ToolResult(tools[request.name], request.tool_request_id))
    else:
        raise RuntimeError(f"nobody answers {type(status).__name__}")
    return True


def run(job, reply):
    """Runs a job until it is done or nobody answers any more."""
    tools, nodes = job["tools"], Nodes()
    loader = AgentSpecLoader(tool_registry=registry(tools, reply["calls"]))
    component = loader.load_json(job["spec"])
    conversation = component.start_conversation(inputs=job["inputs"])
    messages = list(job["messages"])
    if messages and job["starts"]:
        conversation.append_user_message(messages.pop(0))
    try:
        with register_event_listeners([nodes]):
            while True:
                status = conversation.execute()
                if isinstance(status, FinishedStatus):
                    reply["outputs"] = status.output_values
                    return
                if not answer(status, conversation, messages, tools, reply["calls"]):
                    return
                nodes.names.append(None)
    finally:
        reply["nodes"] = nodes.names
        reply["messages"] = [told(message) for message in conversation.get_messages()]


def main():
    """Answers every line."""
    once.valid_schemas()
    once.no_certificates()
    for line in sys.stdin:
        reply = {"error": None, "outputs": None, "messages": [], "nodes": [], "calls": []}
        try:
            run(json.loads(line), reply)
        except Exception as exception:  # each job tells its own failure
            reply["error"] = f"{type(exception).__name__}: {exception}"
        # The numbers of a database are decimal ones.
        print(json.dumps(reply, default=float), flush=True)


main()

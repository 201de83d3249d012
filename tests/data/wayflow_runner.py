"""Runs agents and flows in WayFlow, for the tests that compare its model requests with flowdeck's.

Reads one JSON object a line from standard input and answers each with one line:

    {"spec": text, "inputs": object, "messages": [text, ...], "tools": {name: result}}
        -> {"error": text or null, "outputs": object or null}

The first message starts the conversation, the others answer whoever asks; confirmations are given. Requests go to the
address that the spec names.
"""

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from wayflowcore.agentspec import AgentSpecLoader  # noqa: E402
from wayflowcore.executors.executionstatus import (  # noqa: E402
    FinishedStatus,
    ToolExecutionConfirmationStatus,
    UserMessageRequestStatus,
)


def registry(results):
    """The tools as functions that give what they are told to give."""

    def give(result):
        return lambda **_: result

    return {name: give(result) for name, result in results.items()}


def run(job):
    """Runs a job until it is done or nobody answers any more."""
    loader = AgentSpecLoader(tool_registry=registry(job["tools"]))
    component = loader.load_json(job["spec"])
    conversation = component.start_conversation(inputs=job["inputs"])
    messages = list(job["messages"])
    if messages and job["starts"]:
        conversation.append_user_message(messages.pop(0))
    while True:
        status = conversation.execute()
        if isinstance(status, FinishedStatus):
            return status.output_values
        if isinstance(status, UserMessageRequestStatus):
            if not messages:
                return None
            conversation.append_user_message(messages.pop(0))
        elif isinstance(status, ToolExecutionConfirmationStatus):
            for request in status.tool_requests:
                status.confirm_tool_execution(request)
        else:
            raise RuntimeError(f"nobody answers {type(status).__name__}")


def main():
    """Answers every line."""
    for line in sys.stdin:
        error, outputs = None, None
        try:
            outputs = run(json.loads(line))
        except Exception as exception:  # each job tells its own failure
            error = f"{type(exception).__name__}: {exception}"
        # The numbers of a database are decimal ones.
        print(json.dumps({"error": error, "outputs": outputs}, default=float), flush=True)


main()

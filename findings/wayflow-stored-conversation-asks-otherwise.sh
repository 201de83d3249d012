#!/usr/bin/env bash
# A WayFlow conversation that was stored goes on in another protocol, without the reasoning and the signatures of its model.
#
# Packages: wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI), CPython 3.11.
# Input: an agent with a ClientTool, whose OpenAiCompatibleConfig says `chat_completions` or `responses`. The model, a server of
# this script on the loopback address, calls the tool: with a thought signature beside the call, as Gemini's endpoint for
# chat completions gives it, or after a reasoning item, as the responses protocol has it. The result of the tool is given to
# the conversation as it is, or to one that was serialized and deserialized while it waited; last, to one that
# was given the model of the loaded agent by hand. What the model is sent next is compared.
# Expected: WayFlow's guide "How to Serialize and Deserialize Conversations" says that a loaded conversation has its complete
# state and can resume. While it is kept, WayFlow hands both back, as the providers want: Gemini 3 refuses a call without its
# signature, and a reasoning model that stores nothing goes on from the reasoning that it is handed back.
# Seen: a stored conversation has lost both; that they belong to a call or a message makes no difference. And the `api_type` of
# its model is lost: what began in the responses protocol goes on in that of chat completions, another address, which models
# of the responses protocol alone refuse. Nothing is said of it. That the key is not stored is as it should be.
# Output when this was written, on 30 November 2026:
#   chat_completions, kept: to /v1/chat/completions, signature sent
#   chat_completions, stored: to /v1/chat/completions, signature lost
#   responses, kept: to /v1/responses, reasoning sent
#   responses, stored: to /v1/chat/completions, reasoning lost
#   responses, stored, model put back: to /v1/responses, reasoning lost
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.llms.openaicompatibleconfig import OpenAIAPIType
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import ClientTool
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.serialization import autodeserialize, serialize
from wayflowcore.serialization.context import DeserializationContext
from wayflowcore.tools import ToolResult

CALL = {"name": "look", "arguments": "{}"}
REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Look first."}],
    "encrypted_content": "thought",
}
asked = []


def completions(answered):
    """A chunk with a call and its signature, or with the last words."""
    signed = {"google": {"thought_signature": "signature"}}
    call = {"index": 0, "id": "c1", "type": "function", "function": CALL, "extra_content": signed}
    said = {"content": "Seen."} if answered else {"tool_calls": [call]}
    choice = {"index": 0, "delta": {"role": "assistant", **said}, "finish_reason": "stop"}
    yield {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def responses(answered):
    """Events with reasoning and a call, or with the last words."""
    text = {"type": "output_text", "text": "Seen.", "annotations": []}
    words = {"type": "message", "id": "m_1", "role": "assistant", "status": "completed", "content": [text]}
    call = {"type": "function_call", "id": "fc_1", "call_id": "c1", "status": "completed", **CALL}
    items = [words] if answered else [REASONING, call]
    whole = {"id": "r_1", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": items}
    for number, item in enumerate(items):
        yield {"type": "response.output_item.added", "output_index": number, "item": item}
        yield {"type": "response.output_item.done", "output_index": number, "item": item}
    yield {"type": "response.completed", "response": whole}


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked.append((self.path, request))
        answered = len(asked) > 1
        events = responses(answered) if self.path.endswith("/responses") else completions(answered)
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
for api_type, what, mark in [
    (OpenAIAPIType.CHAT_COMPLETIONS, "signature", '"thought_signature"'),
    (OpenAIAPIType.RESPONSES, "reasoning", '"encrypted_content"'),
]:
    model = OpenAiCompatibleConfig(
        name="m", model_id="m", url=f"http://127.0.0.1:{server.server_port}", api_type=api_type
    )
    tool = ClientTool(name="look", description="Looks.", outputs=[StringProperty(title="view")])
    text = AgentSpecSerializer().to_json(Agent(name="guard", llm_config=model, system_prompt="Look.", tools=[tool]))
    hows = ["kept", "stored"]
    if api_type is OpenAIAPIType.RESPONSES:
        hows.append("stored, model put back")
    for how in hows:
        asked.clear()
        agent = AgentSpecLoader().load_json(text)
        conversation = agent.start_conversation(messages="What is there?")
        conversation.execute()
        if how != "kept":
            context = DeserializationContext()
            context.registered_tools = {"look": agent.tools[0]}
            conversation = autodeserialize(serialize(conversation), context)
        if how.endswith("back"):
            conversation.component.llm = agent.llm
        [request] = conversation.status.tool_requests
        conversation.status.submit_tool_result(ToolResult(content="a tree", tool_request_id=request.tool_request_id))
        conversation.execute()
        path, sent = asked[-1]
        print(f"{api_type.value}, {how}: to {path}, {what} {'sent' if mark in sent else 'lost'}")
PYTHON
seen=$(OPENAI_API_KEY=none "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'chat_completions, kept: to /v1/chat/completions, signature sent
chat_completions, stored: to /v1/chat/completions, signature lost
responses, kept: to /v1/responses, reasoning sent
responses, stored: to /v1/chat/completions, reasoning lost
responses, stored, model put back: to /v1/responses, reasoning lost' ]]

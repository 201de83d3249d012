#!/usr/bin/env bash
# Behind LiteLLM's Messages API for other models a contract to sum up is not there, a failed payment went well, and what is optional is a must.
#
# Packages: litellm 1.108.14 with openai 3.57.0 (PyPI, CPython 3.11).
# Input: `litellm.anthropic.messages` for a server that has chat completions alone (`hosted_vllm/m`; a server of this script on the
# loopback address, which keeps what it is asked). Requests of Anthropic's Messages API, as its clients send them: a user's document, of
# the source type `text`, with a question; a result of a tool that is such a document, or a search result; a result that is an error
# (`is_error`), with a text and without; `tool_choice` with `disable_parallel_tool_use`; and an answer by a schema
# (`output_config.format`) with a property that may be left out. Beside them a source type that LiteLLM knows: a picture in a result.
# Expected: chat completions have words for all of it: a document of texts is a text, `parallel_tool_calls` is a parameter, and a schema
# that is not strict may have optional properties. Anthropic's reference has `is_error` tell the model that the tool failed.
# What it can't pass on LiteLLM refuses by name elsewhere (UnsupportedParamsError).
# Seen: nothing is refused or logged. The document is left out, in the user's message as well as in results, so that the model is asked to
# sum up nothing, and reads of a tool that found nothing. `is_error` is gone: the words of an error are left, if there are any, and an
# error without words is a tool that went well and gave nothing. Calls side by side, which were forbidden, are not. The schema has become
# strict with all its properties required, so that a model must make up what it may leave out.
# Output when this was written, on 1 December 2026:
#   a document: user reads ["Sum up."]
#   a result that is a document: tool reads ""
#   a result that is a search result: tool reads ""
#   a result that is a picture: tool reads ["Look."], user reads [a label, a picture]
#   an error: tool reads "card refused", nothing tells of the error
#   an error without words: tool reads "", nothing tells of the error
#   one call at a time: tool_choice required, parallel_tool_calls not sent
#   a schema: strict True, required ["amount", "discount"] of ["amount"]
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'litellm==1.108.14' 'openai==3.57.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import os
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import litellm

asked = []
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "The contract."}}
FOUND = {"type": "search_result", "source": "a", "title": "b", "content": [{"type": "text", "text": "The contract."}]}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
TOOL = {"name": "pay", "description": "Pays.", "input_schema": {"type": "object", "properties": {}}}
SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "integer"}, "discount": {"type": "integer"}},
    "required": ["amount"],
    "additionalProperties": False,
}


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def ask(messages, **more):
    asked.clear()
    await litellm.anthropic.messages.acreate(
        model="hosted_vllm/m", api_base=url, api_key="none", max_tokens=9, messages=messages, **more
    )
    return asked[0]


def in_words(content):
    if isinstance(content, str):
        return json.dumps(content)
    parts = []
    for part in content:
        if part["type"] != "text":
            parts.append("a picture")
        else:
            parts.append("a label" if part["text"].startswith("[") else json.dumps(part["text"]))
    return f"[{', '.join(parts)}]"


async def result(label, **block):
    """What the model reads of the result of a tool."""
    call = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "pay", "input": {}}]}
    answer = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", **block}]}
    request = await ask([{"role": "user", "content": "Go."}, call, answer], tools=[TOOL])
    read = [message for message in request["messages"][1:] if message["role"] != "assistant"]
    words = ", ".join(f"{message['role']} reads {in_words(message['content'])}" for message in read)
    hidden = "" if any("error" in json.dumps(message) for message in read) else ", nothing tells of the error"
    print(f"{label}: {words}{hidden if 'is_error' in block else ''}")


async def main():
    request = await ask([{"role": "user", "content": [DOCUMENT, {"type": "text", "text": "Sum up."}]}])
    print(f"a document: user reads {in_words(request['messages'][0]['content'])}")
    await result("a result that is a document", content=[DOCUMENT])
    await result("a result that is a search result", content=[FOUND])
    await result("a result that is a picture", content=[{"type": "text", "text": "Look."}, PICTURE])
    await result("an error", content="card refused", is_error=True)
    await result("an error without words", content="", is_error=True)
    choice = {"type": "any", "disable_parallel_tool_use": True}
    request = await ask([{"role": "user", "content": "Go."}], tools=[TOOL], tool_choice=choice)
    print(
        f"one call at a time: tool_choice {request['tool_choice']}, "
        f"parallel_tool_calls {request.get('parallel_tool_calls', 'not sent')}"
    )
    wanted = {"format": {"type": "json_schema", "schema": SCHEMA}}
    request = await ask([{"role": "user", "content": "Go."}], output_config=wanted)
    sent = request["response_format"]["json_schema"]
    print(f"a schema: strict {sent['strict']}, required {json.dumps(sent['schema']['required'])} of {json.dumps(SCHEMA['required'])}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
asyncio.run(main())
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'a document: user reads ["Sum up."]
a result that is a document: tool reads ""
a result that is a search result: tool reads ""
a result that is a picture: tool reads ["Look."], user reads [a label, a picture]
an error: tool reads "card refused", nothing tells of the error
an error without words: tool reads "", nothing tells of the error
one call at a time: tool_choice required, parallel_tool_calls not sent
a schema: strict True, required ["amount", "discount"] of ["amount"]' ]]

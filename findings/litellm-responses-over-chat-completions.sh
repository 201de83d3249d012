#!/usr/bin/env bash
# Behind LiteLLM's Responses API for other servers a conversation is forgotten, a refusal is silence, and the texts 12 and 50 are 1250.
#
# Packages: litellm 1.108.14 with openai 3.57.0 (PyPI, CPython 3.11).
# Input: `litellm.responses` for a server that has chat completions alone (`lm_studio/m`; a server of this script on the loopback
# address, which keeps what it is asked). A response goes on from the one before by `previous_response_id`; one from an id
# that nobody ever gave. The model refuses, in one piece and as a stream: a chat completion has the words in `refusal`. It makes a call
# that the bound on tokens cuts (`finish_reason` "length"). A tool's result is a list of two texts, which a `function_call_output`
# may be. An earlier refusal is in the input.
# Expected: OpenAI's reference of the Responses API: the model reads what came before a `previous_response_id`, and an id that is not
# known is refused; a message may hold a part of the type `refusal`; items of a response that was cut are `incomplete`.
# Where LiteLLM can't pass on other parameters, such as `max_tool_calls`, it refuses them by name (tried).
# Seen: the model is asked the new words alone, and the response is `completed` and names the id that it did not use; any id will do.
# LiteLLM's proxy looks earlier turns up in a database, if it has one; nothing tells that there is none. A refusal is no
# output at all, or a stream that ends with an empty text, both completed; in the input it becomes a message without content. The cut
# call is `completed` in a response that is not. The two texts reach the model as one, with nothing between.
# Output when this was written, on 1 December 2026:
#   from the response before: completed, previous_response_id kept, the model reads ["What is my name?"]
#   from an id that nobody gave: completed, previous_response_id kept, the model reads ["What is my name?"]
#   a refusal: completed, output []
#   a refusal, streamed: completed, output [""]
#   a call that was cut: incomplete, output ["completed call {\"amount\": 5"]
#   a result of two texts: the model reads ["How much?", null, "1250"]
#   a refusal in the input: the model reads ["How much?", [], "Why not?"]
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'litellm==1.108.14' 'openai==3.57.0'
cat >"$work/ask.py" <<'PYTHON'
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

litellm.suppress_debug_info = True
requests = []
said = {}


class Model(BaseHTTPRequestHandler):
    """Keeps the messages that it is asked, and answers with what `said` has."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        requests.append(request["messages"])
        head = {"id": f"chatcmpl-{len(requests)}", "created": 1, "model": "m"}
        choice = {"index": 0, "finish_reason": said.get("finish_reason", "stop")}
        message = {"role": "assistant", **said.get("message", {"content": "Yes."})}
        if request.get("stream"):
            head["object"] = "chat.completion.chunk"
            body = f"data: {json.dumps({**head, 'choices': [{**choice, 'delta': message}]})}\n\ndata: [DONE]\n\n"
        else:
            head["object"] = "chat.completion"
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            body = json.dumps({**head, "choices": [{**choice, "message": message}], "usage": usage})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if request.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def ask(words, **parameters):
    response = litellm.responses(model="lm_studio/m", api_base=base, api_key="none", input=words, **parameters)
    if parameters.get("stream"):
        response = [event for event in response][-1].response
    return response


def reads():
    return f"the model reads {json.dumps([message.get('content') for message in requests[-1]])}"


def goes_on(what, before):
    response = ask("What is my name?", previous_response_id=before)
    kept = "kept" if response.previous_response_id == before else response.previous_response_id
    print(f"{what}: {response.status}, previous_response_id {kept}, {reads()}")


def answers(what, stream, **answer):
    said.update(answer)
    response = ask("How much?", stream=stream)
    said.clear()
    output = []
    for item in response.output:
        if item.type == "function_call":
            output.append(f"{item.status} call {item.arguments}")
        else:
            output.extend(part.text for part in item.content)
    print(f"{what}: {response.status}, output {json.dumps(output)}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
goes_on("from the response before", ask("My name is Ann.").id)
goes_on("from an id that nobody gave", "resp_none")
refusal = {"content": None, "refusal": "I can't help with that."}
answers("a refusal", False, message=refusal)
answers("a refusal, streamed", True, message=refusal)
call = {"index": 0, "id": "c", "type": "function", "function": {"name": "pay", "arguments": '{"amount": 5'}}
answers("a call that was cut", False, message={"content": None, "tool_calls": [call]}, finish_reason="length")
texts = [{"type": "input_text", "text": "12"}, {"type": "input_text", "text": "50"}]
question = {"role": "user", "content": "How much?"}
ask(
    [
        question,
        {"type": "function_call", "call_id": "c", "name": "prices", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": texts},
    ]
)
print(f"a result of two texts: {reads()}")
refused = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "I can't help with that."}]}
ask([question, refused, {"role": "user", "content": "Why not?"}])
print(f"a refusal in the input: {reads()}")
PYTHON
seen=$(timeout 100 "$work/venv/bin/python" "$work/ask.py" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'from the response before: completed, previous_response_id kept, the model reads ["What is my name?"]
from an id that nobody gave: completed, previous_response_id kept, the model reads ["What is my name?"]
a refusal: completed, output []
a refusal, streamed: completed, output [""]
a call that was cut: incomplete, output ["completed call {\"amount\": 5"]
a result of two texts: the model reads ["How much?", null, "1250"]
a refusal in the input: the model reads ["How much?", [], "Why not?"]' ]]

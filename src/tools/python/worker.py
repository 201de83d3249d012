"""The process that runs a person's Python functions for flowdeck.

Started as `python3 -u -X utf8 -c <this text> '{"mode": "calls", …}'`.
It speaks JSON, a line a message, on the standard input and output that it was started with; the
functions get others in their place, so that what they print goes to standard error.

In: {"id": 1, "file": "/a/work.py", "function": "f", "arguments": {}, "context": {"run": "r_…", …}} and {"cancel": 1}.
Out: {"ready": true} once; {"beat": true} while a call runs; {"blocked": 1} when that call holds
the loop; {"held": 1, "seconds": 0.5} before its answer if it held the loop for long at a time;
{"id": 1, "chunk": …}; and one answer a call: {"id": 1, "result": …},
{"id": 1, "error": "ValueError: …", "kind": "failed", "exception": "ValueError"} or {"id": 1, "is_async": true}, which says
that the function belongs to the other mode.

Mode `calls` runs plain functions, one at a time, and beats from a thread. Mode `loop` runs async
functions, all on one loop, and beats from that loop. When its input ends, it ends.
"""

import asyncio
import builtins
import contextvars
import dataclasses
import datetime
import decimal
import enum
import functools
import importlib.machinery
import importlib.util
import inspect
import json
import os
import pathlib
import queue
import sys
import threading
import time
import traceback
import uuid

# Chunks of one generator, as in the reference runtime.
MAX_CHUNKS = 300
MAX_MESSAGE = 2000

settings = json.loads(sys.argv[1])
# Nothing is left in the person's folders; and a cached module could be older than its file.
sys.dont_write_bytecode = True
sys.argv = ["flowdeck"]

wire_in = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
wire_out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)
sys.stdout = sys.stderr
write_lock = threading.Lock()


def encode(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)


def send(message):
    send_text(encode(message))


def send_text(text):
    """Write one message; whoever can't be written to is gone, and so is the need for us.

    Halves of characters are left in words of errors alone, where they are shown as `?`.
    """
    data = (text + "\n").encode("utf-8", "replace")
    with write_lock:
        try:
            while data:
                data = data[os.write(wire_out, data):]
        except OSError:
            os._exit(0)


def plain(value):
    """What JSON has no form for, as something that it has."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (datetime.date, datetime.time, uuid.UUID, pathlib.PurePath, decimal.Decimal)):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


class CallError(Exception):
    """A failure in our own words; the kind says whose fault it is."""

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind


def describe(error, file):
    """`ValueError: no such city (work.py:12)`, the line being the last one in the person's file."""
    text = type(error).__name__
    said = str(error)
    if said:
        text += ": " + (said if len(said) <= MAX_MESSAGE else said[:MAX_MESSAGE] + "…")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if isinstance(error, SyntaxError):
        # Its text ends in the place already.
        return text
    return f"{text} ({os.path.basename(file)}:{lines[-1]})" if lines else text


modules = {}
modules_lock = threading.Lock()


def load(file):
    """The module of a file, again when the file has changed since."""
    try:
        stamp = os.stat(file).st_mtime_ns
    except OSError:
        raise CallError(f"there is no file `{file}`", "configuration") from None
    with modules_lock:
        known = modules.get(file)
        if known and known[0] == stamp:
            return known[1]
        folder = os.path.dirname(file)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = "flowdeck_tools_" + os.path.basename(file).split(".")[0]
        loader = importlib.machinery.SourceFileLoader(name, file)
        spec = importlib.util.spec_from_file_location(name, file, loader=loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException as error:
            traceback.print_exception(error)
            raise CallError(f"can't load `{file}`: {describe(error, file)}", "configuration") from None
        modules[file] = (stamp, module)
        return module


def unwrapped(found):
    """The function itself, without what frameworks wrap it in (WayFlow's `@tool` has `func`)."""
    if inspect.isroutine(found) or isinstance(found, functools.partial):
        return found
    for attribute in ("func", "coroutine"):
        inner = getattr(found, attribute, None)
        if callable(inner):
            return inner
    return found


def find(message):
    """The function that a call is about."""
    file, name = message["file"], message["function"]
    module = load(file)
    found = module
    for part in name.split("."):
        found = getattr(found, part, None)
        if found is None:
            known = [
                f"`{key}`" for key, value in vars(module).items()
                if not key.startswith("_") and callable(unwrapped(value))
                and not isinstance(value, type)
                and getattr(unwrapped(value), "__module__", None) == module.__name__
            ]
            there = "it has " + ", ".join(known) if known else "it has none"
            raise CallError(f"`{file}` has no function `{name}`; {there}", "configuration")
    function = unwrapped(found)
    if not callable(function):
        kind = type(function).__name__
        raise CallError(f"`{name}` in `{file}` is a {kind}, not a function", "configuration")
    return function


def is_async(function):
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function) and not isinstance(function, type):
        function = type(function).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def give(message, kind, value):
    """Send a result or a chunk, or say why it can't be sent."""
    try:
        encoded = encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        name = type(value).__name__
        raise CallError(f"returned a {name} that can't be JSON: {error}", "bad_output") from None
    half = next((char for char in encoded if "\ud800" <= char <= "\udfff"), None)
    if half is not None:
        name = type(value).__name__
        raise CallError(f"returned a {name} with {half!r} in it, half of a character", "bad_output")
    if len(encoded) > settings["max_bytes"]:
        limit = settings["max_bytes"] // (1024 * 1024)
        raise CallError(f"returned more than {limit} MB", "bad_output")
    send_text(f'{{"id": {message["id"]}, "{kind}": {encoded}}}')


class Pieces:
    """What a generator gives: the last piece is the result, unless it returns one; others are chunks."""

    def __init__(self, message):
        self.message = message
        self.count = 0
        self.last = []

    def add(self, piece):
        self.tell_last()
        self.last.append(piece)

    def tell_last(self):
        if self.last:
            self.count += 1
            if self.count > MAX_CHUNKS:
                raise CallError(f"gave more than {MAX_CHUNKS} pieces", "bad_output")
            give(self.message, "chunk", self.last.pop())

    def result(self, returned=None):
        if returned is not None:
            self.tell_last()
            return returned
        if not self.last:
            raise CallError("ended without a result", "bad_output")
        return self.last.pop()


def refuse(message, error):
    """Tell a failure; the person finds the whole traceback on standard error."""
    if isinstance(error, CallError):
        send({"id": message["id"], "error": str(error), "kind": error.kind})
        return
    traceback.print_exception(error)
    said = describe(error, message["file"])
    exception = type(error).__name__
    send({"id": message["id"], "error": said, "kind": "failed", "exception": exception})


def serve_calls():
    """Run plain functions, one at a time, on the main thread."""
    inbox = queue.SimpleQueue()
    is_busy = threading.Event()

    def receive():
        for line in wire_in:
            inbox.put(json.loads(line))
        os._exit(0)

    def beat():
        while True:
            is_busy.wait()
            send({"beat": True})
            time.sleep(settings["beat_s"])

    threading.Thread(target=receive, daemon=True).start()
    threading.Thread(target=beat, daemon=True).start()
    send({"ready": True})
    while True:
        message = inbox.get()
        is_busy.set()
        try:
            function = find(message)
            if is_async(function):
                send({"id": message["id"], "is_async": True})
            else:
                give(message, "result", run(function, message))
        except BaseException as error:
            refuse(message, error)
        finally:
            is_busy.clear()


@dataclasses.dataclass(frozen=True)
class CallContext:
    """By what a function may know its call again: the same when it is made again after a crash."""

    run: str = ""
    tool: str = ""
    idempotency_key: str = ""


context = contextvars.ContextVar("context", default=CallContext())
# A person's functions have it without an import, as they have `print`.
builtins.flowdeck_context = context.get


def run(function, message):
    context.set(CallContext(**message["context"]))
    result = function(**message["arguments"])
    if inspect.isgenerator(result):
        pieces = Pieces(message)
        while True:
            try:
                pieces.add(next(result))
            except StopIteration as stop:
                return pieces.result(stop.value)
    if inspect.isawaitable(result):
        async def finish():
            return await result
        return asyncio.run(finish())
    return result


call_id = contextvars.ContextVar("call_id", default=None)


async def serve_loop():
    """Run async functions, all on this loop."""
    loop = asyncio.get_running_loop()
    tasks = {}
    is_busy = threading.Event()
    pulse = time.monotonic()

    async def beat():
        nonlocal pulse
        while tasks:
            pulse = time.monotonic()
            send({"beat": True})
            await asyncio.sleep(settings["beat_s"])
        is_busy.clear()

    def watch():
        """Name the call that holds the loop; from a thread, for the loop itself can't."""
        while True:
            is_busy.wait()
            time.sleep(settings["beat_s"])
            if is_busy.is_set() and time.monotonic() - pulse > 2 * settings["beat_s"]:
                running = asyncio.current_task(loop)
                found = next((key for key, task in tasks.copy().items() if task is running), None)
                if found is None and hasattr(running, "get_context"):
                    found = running.get_context().get(call_id)
                if found is not None:
                    send({"blocked": found})

    async def call(message):
        call_id.set(message["id"])
        context.set(CallContext(**message["context"]))
        try:
            # In a thread, for an import may take longer than the loop may be silent.
            function = await asyncio.to_thread(find, message)
            if not is_async(function):
                send({"id": message["id"], "is_async": False})
                return
            result = function(**message["arguments"])
            watched = Watched(in_pieces(message, result) if inspect.isasyncgen(result) else result)
            try:
                result = await watched
            finally:
                if watched.longest_s >= settings["held_s"]:
                    send({"held": message["id"], "seconds": watched.longest_s})
            give(message, "result", result)
        except BaseException as error:
            refuse(message, error)

    def handle(message):
        nonlocal pulse
        if "cancel" in message:
            task = tasks.get(message["cancel"])
            if task:
                task.cancel()
            return
        key = message["id"]
        tasks[key] = loop.create_task(call(message))
        tasks[key].add_done_callback(lambda _task: tasks.pop(key, None))
        if not is_busy.is_set():
            pulse = time.monotonic()
            is_busy.set()
            # The loop itself keeps only weak references to its tasks.
            beats[:] = [loop.create_task(beat())]

    def receive():
        for line in wire_in:
            loop.call_soon_threadsafe(handle, json.loads(line))
        os._exit(0)

    beats = []
    threading.Thread(target=receive, daemon=True).start()
    threading.Thread(target=watch, daemon=True).start()
    send({"ready": True})
    await asyncio.Event().wait()


class Watched:
    """An awaitable, and the longest time that it took between two of its own awaits."""

    def __init__(self, inner):
        self.inner = inner
        self.longest_s = 0.0

    def __await__(self):
        steps = self.inner.__await__()
        step, value = steps.send, None
        while True:
            begun = time.monotonic()
            try:
                awaited = step(value)
            except StopIteration as stop:
                return stop.value
            finally:
                self.longest_s = max(self.longest_s, time.monotonic() - begun)
            try:
                step, value = steps.send, (yield awaited)
            except BaseException as error:
                step, value = steps.throw, error


async def in_pieces(message, generator):
    pieces = Pieces(message)
    async for piece in generator:
        pieces.add(piece)
    return pieces.result()


if settings["mode"] == "loop":
    asyncio.run(serve_loop())
else:
    serve_calls()

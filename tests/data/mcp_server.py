"""A small MCP server over standard input and output for tests, with tools that go wrong in many ways.

With the argument `modern` it speaks only the protocol that has no handshake, with `legacy` only the one that has one, with
`quiet` it does not say when its tools change, with `deaf` it says nothing to a first message that is no handshake, and with
`brittle` it ends at one.

It appends its process id to `starts` in its folder, the method of each request to `asked`, and the id of each request
that is cancelled to `cancelled`. Where `list.json` is there, it is the result of each list of tools; with `endless` in it,
each page names a next one. `list.txt` is given on as it is.
"""

import json
import os
import sys

OBJECT = {"type": "object", "properties": {}}


def tool(name, /, **properties):
    schema = {"type": "object", "properties": properties}
    schema["required"] = [key for key, value in properties.items() if value.pop("required", False)]
    return {"name": name, "description": f"{name} of the test server", "inputSchema": schema}


TOOLS = [
    tool("add", a={"type": "integer", "required": True}, b={"type": "integer"}),
    tool("ask_name"),
    {**tool("bake"), "execution": {"taskSupport": "required"}},
    tool("count", to={"type": "integer", "required": True}),
    tool("deep"),
    tool("die"),
    tool("environment"),
    tool("fail", why={"type": "string", "required": True}),
    tool("flood", megabytes={"type": "integer", "required": True}),
    tool("halve", n={"type": "integer", "required": True}),
    tool("learn", name={"type": "string", "required": True}),
    tool("misnamed", id={}),
    tool("nameless", id={}),
    tool("picture"),
    tool("ponder"),
    tool("sample"),
    tool("silent"),
    tool("visit_page"),
]
NAME = {
    "mode": "form",
    "message": "Who is there?",
    "requestedSchema": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "Name", "description": "as on the bell", "minLength": 2},
            "times": {"type": "integer", "default": 1},
            "loud": {"type": "boolean"},
        },
        "required": ["name"],
    },
}
PAGE = {
    "mode": "url",
    "message": "Pay first.",
    "elicitationId": "e1",
    "url": "https://pay.example/?bill=7",
}
SAMPLE = {"messages": [{"role": "user", "content": {"type": "text", "text": "?"}}], "maxTokens": 1}
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
# The request that listens for changes, and how often the task was looked at.
state = {"listening": None, "looks": 0}


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def note(file, text):
    with open(file, "a", encoding="utf-8") as stream:
        stream.write(f"{text}\n")


def text(value):
    return {"content": [{"type": "text", "text": value}]}


def call(name, arguments, token):
    if name == "add":
        if arguments.get("b", 2) is None:
            return {"isError": True, **text("b is null")}
        total = arguments["a"] + arguments.get("b", 2)
        return {**text(str(total)), "structuredContent": {"result": total}}
    if name == "count":
        for step in range(1, arguments["to"] + 1):
            params = {"progressToken": token, "progress": step, "total": arguments["to"]}
            send({"method": "notifications/progress", "params": params})
        return text("counted")
    if name == "die":
        print("out of memory", file=sys.stderr)
        sys.exit(3)
    if name == "echo":
        return text(json.dumps(arguments))
    if name == "environment":
        return text(json.dumps({"folder": os.getcwd(), "variables": dict(os.environ)}))
    if name == "fail":
        return {"isError": True, **text(arguments["why"])}
    if name == "flood":
        return text("x" * (arguments["megabytes"] * 1024 * 1024))
    if name == "halve":
        half, rest = divmod(arguments["n"], 2)
        structured = {"word": "odd" if rest else "even", "number": half}
        return {**text(json.dumps(structured)), "structuredContent": structured}
    if name == "learn":
        TOOLS.append(tool(arguments["name"]))
        if state["listening"] is not None:
            params = {"_meta": {SUBSCRIPTION: state["listening"]}}
            send({"method": "notifications/tools/list_changed", "params": params})
        elif "quiet" not in sys.argv:
            send({"method": "notifications/tools/list_changed"})
        return text("learned")
    if name == "picture":
        return {
            "content": [
                {"type": "text", "text": "here it is"},
                {"type": "image", "data": "AAECAw==", "mimeType": "image/png"},
                {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "words"}},
                {"type": "resource_link", "uri": "file:///b.txt", "name": "b"},
            ]
        }
    return text(f"{name} was called")


def greeting(answer):
    """What is said to who gave, or did not give, a name."""
    note("answers", json.dumps(answer, sort_keys=True))
    if answer["action"] != "accept":
        return text(f"nobody: {answer['action']}")
    return text(f"hello {answer['content']['name']}")


def ask(params):
    """Asks by the protocol with a handshake, and reads until the answer is there."""
    send({"id": "question", "method": "elicitation/create", "params": params})
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("id") == "question":
            return message["result"]
    sys.exit(0)


def task(status, **further):
    """A task in the form of both protocols."""
    times = {"createdAt": "2026-07-28T00:00:00Z", "lastUpdatedAt": "2026-07-28T00:00:00Z"}
    polls = {"pollIntervalMs": 50, "pollInterval": 50, "ttlMs": None, "ttl": None}
    return {"taskId": "t1", "status": status, **times, **polls, **further}


def asking(message):
    """The answer of the tools that ask, or are carried out as tasks; none for others."""
    method, params = message["method"], message.get("params") or {}
    is_modern = "io.modelcontextprotocol/protocolVersion" in (params.get("_meta") or {})
    if method == "subscriptions/listen":
        state["listening"] = message["id"]
        meta = {"_meta": {SUBSCRIPTION: message["id"]}}
        accepted = {**meta, "notifications": {"toolsListChanged": True}}
        send({"method": "notifications/subscriptions/acknowledged", "params": accepted})
        return {}
    if method == "tasks/get":
        state["looks"] += 1
        if state["looks"] == 1:
            return {"result": task("working", statusMessage="in the oven")}
        result = {"result": text("baked")} if is_modern else {}
        return {"result": task("completed", **result)}
    if method == "tasks/result":
        return {"result": text("baked")}
    if method != "tools/call":
        return None
    name = params["name"]
    if name == "bake" and is_modern:
        return {"result": {"resultType": "task", **task("working")}}
    if name == "bake" and "task" in params:
        return {"result": {"task": task("working")}}
    if name == "bake":
        return {"error": {"code": -32601, "message": "only as a task"}}
    if name == "ask_name" and not is_modern:
        return {"result": greeting(ask(NAME))}
    if name == "ask_name" and "inputResponses" not in params:
        requests = {"who": {"method": "elicitation/create", "params": NAME}, "where": {"method": "roots/list"}}
        return {"result": {"resultType": "input_required", "inputRequests": requests, "requestState": "the state"}}
    if name == "ask_name":
        note("answers", json.dumps([params["requestState"], params["inputResponses"]["where"]]))
        return {"result": greeting(params["inputResponses"]["who"])}
    if name == "visit_page" and not is_modern:
        return {"result": text(ask(PAGE)["action"])}
    if name == "visit_page" and "inputResponses" not in params:
        requests = {"page": {"method": "elicitation/create", "params": PAGE}}
        return {"result": {"resultType": "input_required", "inputRequests": requests}}
    if name == "visit_page":
        return {"result": text(params["inputResponses"]["page"]["action"])}
    if name == "sample":
        requests = {"what": {"method": "sampling/createMessage", "params": SAMPLE}}
        return {"result": {"resultType": "input_required", "inputRequests": requests}}
    if name == "ponder" and params.get("requestState") != "3":
        state["looks"] += 1
        return {"result": {"resultType": "input_required", "requestState": str(state["looks"])}}
    return None


def answer(message):
    method, params = message["method"], message.get("params") or {}
    if method == "server/discover":
        return {
            "resultType": "complete",
            "supportedVersions": ["2026-07-28"],
            "capabilities": {"tools": {"listChanged": "quiet" not in sys.argv}},
            "ttlMs": 0,
            "cacheScope": "private",
        }
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {"listChanged": "quiet" not in sys.argv}},
            "serverInfo": {"name": "test", "version": "1"},
        }
    if method == "tools/list" and "listless" in sys.argv:
        return {"tools": "none"}
    if method == "tools/list" and os.path.exists("list.json"):
        with open("list.json", encoding="utf-8") as file:
            result = json.load(file)
        if result.pop("endless", False):
            result["nextCursor"] = str(int(params.get("cursor", 0)) + 1)
        return result
    if method == "tools/list":
        # Two pages, so that the client has to turn one.
        start = int(params.get("cursor", 0))
        page = {"tools": TOOLS[start : start + 5]}
        return {**page, "nextCursor": str(start + 5)} if start + 5 < len(TOOLS) else page
    token = (params.get("_meta") or {}).get("progressToken")
    return call(params["name"], params.get("arguments") or {}, token)


def main():
    note("starts", os.getpid())
    print("ready, and this line is no message")
    for line in sys.stdin:
        message = json.loads(line)
        if message.get("method") == "notifications/cancelled":
            note("cancelled", message["params"]["requestId"])
        if "method" in message:
            note("asked", message["method"])
        if "id" not in message or message.get("params", {}).get("name") == "silent":
            continue
        if message["method"] == "initialize" and "modern" in sys.argv:
            error = {"code": -32601, "message": "there is no handshake any more"}
            send({"id": message["id"], "error": error})
            continue
        if message["method"] == "server/discover" and "brittle" in sys.argv:
            sys.exit("what is this?")
        if message["method"] == "server/discover" and "deaf" in sys.argv:
            continue
        if message["method"] == "server/discover" and "legacy" in sys.argv:
            error = {"code": -32602, "message": "Invalid request parameters"}
            send({"id": message["id"], "error": error})
            continue
        asked = asking(message)
        if asked is not None:
            if asked:
                send({"id": message["id"], **asked})
            continue
        called = message["params"].get("name") if message["method"] == "tools/call" else None
        if called == "misnamed":
            send({"id": message["params"]["arguments"]["id"], "result": text("for another")})
            if message["params"]["arguments"].get("is_own_next"):
                send({"id": message["id"], "result": text("its own")})
            continue
        if called == "nameless":
            named = message["params"].get("arguments", {}).get("id")
            send({"id": named, "error": {"code": -32600, "message": "the form is not signed"}})
            if message["params"].get("arguments", {}).get("is_for_another"):
                send({"id": str(message["id"]), "result": text("signed")})
            continue
        if message["method"] == "tools/list" and os.path.exists("list.txt"):
            with open("list.txt", encoding="utf-8") as file:
                print(f'{{"jsonrpc": "2.0", "id": {message["id"]}, "result": {file.read()}}}', flush=True)
            continue
        if called == "deep":
            nested = "[" * 5000 + "]" * 5000
            print(f'{{"jsonrpc": "2.0", "id": {message["id"]}, "result": {nested}}}', flush=True)
            continue
        send({"id": message["id"], "result": answer(message)})


if __name__ == "__main__":
    main()

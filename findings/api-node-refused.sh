#!/usr/bin/env bash
# An ApiNode that is refused posts three times in WayFlow; in LangGraph it leaves its secret out, and takes the refusal for the answer.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI),
# CPython 3.11. Each runtime has an environment of its own: the one wants anyio below 4.12, the other above 4.14.
# Input: a flow of a StartNode, an ApiNode that posts an order and an EndNode. The node has the output `state` with the default
# "unknown", and a `sensitive_headers` with the key of the shop, which the loader is given. Then the same key for the RemoteTool of a
# ToolNode, and an ApiNode that gets something. The shop is a server of this script on the loopback address. It knows who
# has the key, refuses others with the status 401, and always answers in JSON; when it is busy, it has written the order
# down and answers 503 with `Retry-After: 60`.
# Expected: the language has sensitive headers sent like the others, only never exported; of refusals and retries of an ApiNode it says
# nothing (26.1.2). That a POST is not repeated by itself is HTTP's rule (RFC 9110, 9.2.2).
# Seen:
# - pyagentspec's adapter never sends `sensitive_headers`, neither of the ApiNode nor of the RemoteTool. The shop refuses,
#   and since no status is looked at, the flow ends well: with the default, or the refusal's own text, as the state of an order that
#   does not exist. An answer of 503 passes in the same way. A CatchExceptionNode around the node would catch nothing.
# - WayFlow sends every request that is refused three times in a row, whatever the method and status, without a pause: three orders.
#   Then it fails, and says so.
# - A GET has the body `{}` in LangGraph, which servers may refuse (RFC 9110, 9.3.1), and none in WayFlow.
# Output when this was written, on 30 November 2026:
#   LangGraph, order: state unknown; shop: POST 401
#   LangGraph, order by a RemoteTool: state {"error": "who are you?"}; shop: POST 401
#   LangGraph, order of a busy shop: state unknown; shop: POST 401
#   LangGraph, order of a busy open shop: state unknown; shop: POST 503; orders 1
#   LangGraph, list of an open shop: state open; shop: GET 200 with the body {}
#   WayFlow, order: state accepted; shop: POST 200; orders 1
#   WayFlow, order by a RemoteTool: state {"state": "accepted"}; shop: POST 200; orders 1
#   WayFlow, order of a busy shop: RuntimeError; shop: POST 503, POST 503, POST 503; orders 3
#   WayFlow, order of a busy open shop: RuntimeError; shop: POST 503, POST 503, POST 503; orders 3
#   WayFlow, list of an open shop: state open; shop: GET 200
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/langgraph"
python3 -m venv "$work/wayflow"
"$work/langgraph/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec==26.3.1' 'wayflowcore==26.3.1'
cat >"$work/order.py" <<'PYTHON'
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.flows.edges import ControlFlowEdge, DataFlowEdge
from pyagentspec.flows.flow import Flow
from pyagentspec.flows.nodes import ApiNode, EndNode, StartNode, ToolNode
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer
from pyagentspec.tools import RemoteTool

RUNTIME = sys.argv[1]
STATE = StringProperty(title="state", default="unknown")
KEY = {"X-Key": "k"}
shop = {"busy": False, "open": False, "orders": 0, "seen": []}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"state": "open"})

    def do_POST(self):
        if not shop["open"] and self.headers["X-Key"] != "k":
            return self.answer(401, {"error": "who are you?"})
        shop["orders"] += 1
        if shop["busy"]:
            return self.answer(503, {"error": "busy"})
        return self.answer(200, {"state": "accepted"})

    def answer(self, status, value):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        known = f" with the body {body}" if body and self.command == "GET" else ""
        shop["seen"].append(f"{self.command} {status}{known}")
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if status == 503:
            self.send_header("Retry-After", "60")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def flow(node):
    """A flow of one node, whose output is the flow's."""
    start, end = StartNode(name="start"), EndNode(name="end", outputs=[STATE])
    data = DataFlowEdge(
        name="d", source_node=node, source_output="state", destination_node=end, destination_input="state"
    )
    steps = [(start, node), (node, end)]
    control = [ControlFlowEdge(name=f"c{n}", from_node=a, to_node=b) for n, (a, b) in enumerate(steps)]
    return Flow(
        name="flow",
        start_node=start,
        nodes=[start, node, end],
        control_flow_connections=control,
        data_flow_connections=[data],
        outputs=[STATE],
    )


def run(label, node, secret=None, **of_shop):
    shop.update({"busy": False, "open": False, "orders": 0, "seen": []}, **of_shop)
    text = AgentSpecSerializer().to_json(flow(node))
    secrets = {f"{secret.id}.sensitive_headers": KEY} if secret else {}
    try:
        if RUNTIME == "LangGraph":
            from pyagentspec.adapters.langgraph import AgentSpecLoader

            graph = AgentSpecLoader().load_json(text, components_registry=secrets)
            outputs = graph.invoke({"inputs": {}, "messages": []})["outputs"]
        else:
            from wayflowcore.agentspec import AgentSpecLoader

            conversation = AgentSpecLoader().load_json(text, components_registry=secrets).start_conversation()
            outputs = conversation.execute().output_values
        heard = f"state {outputs['state']}"
    except Exception as error:
        heard = type(error).__name__
    orders = f"; orders {shop['orders']}" if shop["orders"] else ""
    print(f"{RUNTIME}, {label}: {heard}; shop: {', '.join(shop['seen'])}{orders}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=server.serve_forever, daemon=True).start()
fields = {"url": f"http://127.0.0.1:{server.server_port}/", "outputs": [STATE]}
post = {**fields, "http_method": "POST", "data": {"item": "tea"}}
api = ApiNode(name="api", sensitive_headers=KEY, **post)
tool = RemoteTool(name="tool", sensitive_headers=KEY, **post)
run("order", api, secret=api)
run("order by a RemoteTool", ToolNode(name="node", tool=tool), secret=tool)
run("order of a busy shop", api, secret=api, busy=True)
run("order of a busy open shop", ApiNode(name="api", **post), busy=True, open=True)
run("list of an open shop", ApiNode(name="api", **fields, http_method="GET"), open=True)
PYTHON
seen=$(
    "$work/langgraph/bin/python" "$work/order.py" LangGraph
    "$work/wayflow/bin/python" "$work/order.py" WayFlow
)
printf '%s\n' "$seen"
[[ "$seen" == 'LangGraph, order: state unknown; shop: POST 401
LangGraph, order by a RemoteTool: state {"error": "who are you?"}; shop: POST 401
LangGraph, order of a busy shop: state unknown; shop: POST 401
LangGraph, order of a busy open shop: state unknown; shop: POST 503; orders 1
LangGraph, list of an open shop: state open; shop: GET 200 with the body {}
WayFlow, order: state accepted; shop: POST 200; orders 1
WayFlow, order by a RemoteTool: state {"state": "accepted"}; shop: POST 200; orders 1
WayFlow, order of a busy shop: RuntimeError; shop: POST 503, POST 503, POST 503; orders 3
WayFlow, order of a busy open shop: RuntimeError; shop: POST 503, POST 503, POST 503; orders 3
WayFlow, list of an open shop: state open; shop: GET 200' ]]

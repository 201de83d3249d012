#!/usr/bin/env bash
# A flow of pyagentspec's FlowBuilder that is asked about coffee writes about tea in LangGraph's adapter, and gives empty texts, as if it went well.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1 with pyagentspec 26.3.1 (PyPI, CPython 3.11; an environment
# for each).
# Input: `FlowBuilder.build_linear_flow([write, check])`, one line as in pyagentspec's guide, of two LlmNodes: `write` has the placeholder `topic` and the
# output `draft`, `check` the placeholder `draft` and the output `checked`. It is written down by pyagentspec's serializer and run about coffee
# in both runtimes: as it is; with defaults for the inputs and outputs of the nodes; and that once more with `null` in place of the empty list
# of data edges. The model is a server of this script on the loopback address, which says what it was asked.
# Expected: the builder finds out by itself that the flow needs `topic` and gives `draft` and `checked`, so these reach and leave the nodes; and
# one file does the same in both runtimes.
# Seen: the builder writes an empty list of data edges. To LangGraph's adapter that means that nothing is connected: a flow without defaults fails at
# its first node, and one with defaults runs to its end without a word of what it was given, asks about its defaults, and drops what the
# model says. To WayFlow an empty list is as good as `null`: what has the same name is connected, and all is well. With `null`, which
# Agent Spec's text has for that, both agree; the builder has no option to write it.
# Output when this was written, on 2 December 2026:
#   the file: takes topic, gives draft and checked, data edges []
#   WayFlow, as built: asked 'Write about coffee', 'Check <coffee>'; gives draft '<coffee>', checked '<<coffee>>'
#   WayFlow, with defaults: asked 'Write about coffee', 'Check <coffee>'; gives draft '<coffee>', checked '<<coffee>>'
#   WayFlow, with defaults and null: asked 'Write about coffee', 'Check <coffee>'; gives draft '<coffee>', checked '<<coffee>>'
#   LangGraph, as built: asked nothing; Expected node `write` to have a value for property `topic`, but none was found.
#   LangGraph, with defaults: asked 'Write about tea', 'Check nothing'; gives draft '', checked ''
#   LangGraph, with defaults and null: asked 'Write about coffee', 'Check <coffee>'; gives draft '<coffee>', checked '<<coffee>>'
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/wayflow"
"$work/wayflow/bin/pip" install --quiet --no-compile --disable-pip-version-check 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
python3 -m venv "$work/langgraph"
"$work/langgraph/bin/pip" install --quiet --no-compile --disable-pip-version-check 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.flows.flowbuilder import FlowBuilder
from pyagentspec.flows.nodes import LlmNode
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.serialization import AgentSpecSerializer

asked = []


class Model(BaseHTTPRequestHandler):
    """The model, which says the last word that it is asked about, in brackets."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append("".join(text(message) for message in request["messages"]))
        stream = request.get("stream")
        message = {"role": "assistant", "content": f"<{asked[-1].split()[-1]}>"}
        choice = {"index": 0, "finish_reason": "stop", "delta" if stream else "message": message}
        kind = "chat.completion.chunk" if stream else "chat.completion"
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice], "usage": usage}
        body = json.dumps(answer).encode()
        if stream:
            body = b"data: " + body + b"\n\ndata: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def text(message):
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def built(**defaults):
    """The flow as the builder makes it, as a file; the values that nodes take and give have these defaults."""

    def of(name):
        return [StringProperty(title=name, **({"default": defaults[name]} if defaults else {}))]

    model = OpenAiCompatibleConfig(name="m", model_id="m", url=url)
    write = LlmNode(name="write", llm_config=model, prompt_template="Write about {{topic}}", inputs=of("topic"), outputs=of("draft"))
    inputs = [StringProperty(title="draft", default="nothing")] if defaults else of("draft")
    check = LlmNode(name="check", llm_config=model, prompt_template="Check {{draft}}", inputs=inputs, outputs=of("checked"))
    return AgentSpecSerializer().to_json(FlowBuilder.build_linear_flow([write, check], name="paper"))


def by_wayflow(file):
    from wayflowcore.agentspec import AgentSpecLoader

    return AgentSpecLoader().load_json(file).start_conversation({"topic": "coffee"}).execute().output_values


def by_langgraph(file):
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    return AgentSpecLoader().load_json(file).invoke({"inputs": {"topic": "coffee"}, "messages": []})["outputs"]


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
runtime, run = {"wayflow": ("WayFlow", by_wayflow), "langgraph": ("LangGraph", by_langgraph)}[sys.argv[1]]
plain, with_defaults = built(), built(topic="tea", draft="", checked="")
if runtime == "WayFlow":
    file = json.loads(plain)
    takes, gives = (" and ".join(it["title"] for it in file[side]) for side in ("inputs", "outputs"))
    print(f"the file: takes {takes}, gives {gives}, data edges {file['data_flow_connections']}")
files = {
    "as built": plain,
    "with defaults": with_defaults,
    "with defaults and null": json.dumps({**json.loads(with_defaults), "data_flow_connections": None}),
}
for label, file in files.items():
    asked.clear()
    try:
        came = "gives " + ", ".join(f"{name} {value!r}" for name, value in run(file).items())
    except ValueError as error:
        came = str(error)
    print(f"{runtime}, {label}: asked {', '.join(map(repr, asked)) or 'nothing'}; {came}")
PYTHON
seen=$(
    timeout 60 "$work/wayflow/bin/python" "$work/ask.py" wayflow
    timeout 60 "$work/langgraph/bin/python" "$work/ask.py" langgraph
)
printf '%s\n' "$seen"
[[ "$seen" == 'the file: takes topic, gives draft and checked, data edges []
WayFlow, as built: asked '\''Write about coffee'\'', '\''Check <coffee>'\''; gives draft '\''<coffee>'\'', checked '\''<<coffee>>'\''
WayFlow, with defaults: asked '\''Write about coffee'\'', '\''Check <coffee>'\''; gives draft '\''<coffee>'\'', checked '\''<<coffee>>'\''
WayFlow, with defaults and null: asked '\''Write about coffee'\'', '\''Check <coffee>'\''; gives draft '\''<coffee>'\'', checked '\''<<coffee>>'\''
LangGraph, as built: asked nothing; Expected node `write` to have a value for property `topic`, but none was found.
LangGraph, with defaults: asked '\''Write about tea'\'', '\''Check nothing'\''; gives draft '\'''\'', checked '\'''\''
LangGraph, with defaults and null: asked '\''Write about coffee'\'', '\''Check <coffee>'\''; gives draft '\''<coffee>'\'', checked '\''<<coffee>>'\''' ]]

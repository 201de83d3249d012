#!/usr/bin/env bash
# A workflow of OpenAI Agents that Agent Spec's exporter writes down never hears its user: who wants money back gets to Pay, and no answer.
#
# Packages: pyagentspec[openai-agents] 26.3.1 with openai-agents 0.24.0; pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24; wayflowcore 26.3.1
# with pyagentspec 26.3.1 (PyPI, CPython 3.11; an environment for each).
# Input: a workflow in the form that the exporter asks for, the one of OpenAI's Agent Builder: `run_workflow` takes `input_as_text`, asks the agent
# Classify, whose output type is a category, and by that the agent Pay or Refund, each with the conversation so far, and returns the last text. It is
# run as it is with "I want my money back."; exported by `AgentSpecExporter().to_flow_yaml`; and the flow is run by LangGraph's adapter and by
# WayFlow with the same words as its input. (For them the model's entry is given the address of this script's server; nothing else is changed.)
# The model says the category `refund` if it is told those words, else `pay`.
# Expected: what the exporter can't express it refuses, as it does where a run's items are not added to the conversation. Agent Spec has
# words for this flow: an input with a placeholder in a prompt, outputs, a message node.
# Seen: the file is written without a word. It declares the input, and no edge and no placeholder takes it to anybody; agents and flow have no
# outputs. Classify is asked about nothing, and guesses; in both runtimes the customer who wants money back gets to Pay. LangGraph's adapter gives an
# empty result, in WayFlow the flow waits for the user for good, since an agent without outputs never ends.
# Output when this was written, on 2 December 2026:
#   OpenAI Agents: Classify hears the user; Refund hears the user; gives 'Refund is done'
#   the file: the flow takes input_as_text, gives nothing; edges take category; prompts take nothing
#   LangGraph: Classify hears nothing; Pay hears nothing; gives nothing
#   WayFlow: Classify hears nothing; Pay hears nothing; waits for the user
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install() {
    python3 -m venv "$work/$1"
    "$work/$1/bin/pip" install --quiet --no-compile --disable-pip-version-check "${@:2}"
}
install agents 'pyagentspec[openai-agents]==26.3.1' 'openai-agents==0.24.0'
install langgraph 'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
install wayflow 'wayflowcore==26.3.1' 'pyagentspec==26.3.1'
cat >"$work/workflow.py" <<'PYTHON'
from agents import Agent, Runner, TResponseInputItem
from pydantic import BaseModel


class ClassifySchema(BaseModel):
    category: str


classify = Agent(name="Classify", instructions="You are Classify.", model="m", output_type=ClassifySchema)
pay = Agent(name="Pay", instructions="You are Pay.", model="m")
refund = Agent(name="Refund", instructions="You are Refund.", model="m")


class WorkflowInput(BaseModel):
    input_as_text: str


async def run_workflow(workflow_input: WorkflowInput):
    workflow = workflow_input.model_dump()
    conversation_history: list[TResponseInputItem] = [
        {"role": "user", "content": [{"type": "input_text", "text": workflow["input_as_text"]}]}
    ]
    classify_result_temp = await Runner.run(classify, input=[*conversation_history])
    conversation_history.extend([item.to_input_item() for item in classify_result_temp.new_items])
    classify_result = {
        "output_text": classify_result_temp.final_output.json(),
        "output_parsed": classify_result_temp.final_output.model_dump(),
    }
    if classify_result["output_parsed"]["category"] == "pay":
        pay_result_temp = await Runner.run(pay, input=[*conversation_history])
        conversation_history.extend([item.to_input_item() for item in pay_result_temp.new_items])
        pay_result = {"output_text": pay_result_temp.final_output_as(str)}
        return pay_result
    else:
        refund_result_temp = await Runner.run(refund, input=[*conversation_history])
        conversation_history.extend([item.to_input_item() for item in refund_result_temp.new_items])
        refund_result = {"output_text": refund_result_temp.final_output_as(str)}
        return refund_result
PYTHON
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import os
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
SAID = "I want my money back."
NAMES = ("Classify", "Pay", "Refund")
asked = []


class Model(BaseHTTPRequestHandler):
    """The model, which classifies by what it is told, and says who it is."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = "\n".join(text(message) for message in request["messages"])
        name = next(name for name in NAMES if f"You are {name}" in told)
        heard = SAID in told
        asked.append(f"{name} hears {'the user' if heard else 'nothing'}")
        category = json.dumps({"category": "refund" if heard else "pay"})
        tools = [tool["function"]["name"] for tool in request.get("tools", [])]
        said, reason = {"content": category if name == "Classify" else f"{name} is done"}, "stop"
        if name == "Classify" and tools:
            function = {"name": tools[0], "arguments": category}
            said = {"content": None, "tool_calls": [{"index": 0, "id": "1", "type": "function", "function": function}]}
            reason = "tool_calls"
        stream = request.get("stream")
        message = {"role": "assistant", **said}
        choice = {"index": 0, "finish_reason": reason, "delta" if stream else "message": message}
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


def by_agents(folder):
    import agents
    import yaml
    from pyagentspec.adapters.openaiagents import AgentSpecExporter

    agents.set_default_openai_api("chat_completions")
    source = (folder / "workflow.py").read_text()
    module = {}
    exec(source, module)
    came = asyncio.run(module["run_workflow"](module["WorkflowInput"](input_as_text=SAID)))
    tell("OpenAI Agents", f"gives {came['output_text']!r}")
    file = AgentSpecExporter().to_flow_yaml(source)
    (folder / "flow.yaml").write_text(file)
    flow = yaml.safe_load(file)
    takes, gives = (", ".join(it["title"] for it in flow[side]) or "nothing" for side in ("inputs", "outputs"))
    edges = ", ".join(sorted({edge["source_output"] for edge in flow["data_flow_connections"]}))
    prompts = "something" if "{{" in file else "nothing"
    print(f"the file: the flow takes {takes}, gives {gives}; edges take {edges}; prompts take {prompts}")


def flow(folder):
    file = (folder / "flow.yaml").read_text()
    file = file.replace("component_type: OpenAiConfig", "component_type: OpenAiCompatibleConfig")
    return file.replace("model_id: m\n", f"model_id: m\n        url: {url}\n")


def by_langgraph(folder):
    from langgraph.checkpoint.memory import MemorySaver
    from pyagentspec.adapters.langgraph import AgentSpecLoader

    graph = AgentSpecLoader(checkpointer=MemorySaver()).load_yaml(flow(folder))
    config = {"configurable": {"thread_id": "1"}}
    came = graph.invoke({"inputs": {"input_as_text": SAID}, "messages": []}, config=config)
    tell("LangGraph", f"gives {', '.join(came['outputs']) or 'nothing'}")


def by_wayflow(folder):
    from wayflowcore.agentspec import AgentSpecLoader
    from wayflowcore.executors.executionstatus import UserMessageRequestStatus

    status = AgentSpecLoader().load_yaml(flow(folder)).start_conversation({"input_as_text": SAID}).execute()
    tell("WayFlow", "waits for the user" if isinstance(status, UserMessageRequestStatus) else type(status).__name__)


def tell(label, end):
    print(f"{label}: {'; '.join(asked)}; {end}")


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
os.environ.update(OPENAI_API_KEY="none", OPENAI_BASE_URL=url, OPENAI_AGENTS_DISABLE_TRACING="1")
{"agents": by_agents, "langgraph": by_langgraph, "wayflow": by_wayflow}[sys.argv[1]](Path(sys.argv[2]))
PYTHON
seen=$(
    for runtime in agents langgraph wayflow; do
        timeout 60 "$work/$runtime/bin/python" "$work/ask.py" "$runtime" "$work"
    done
)
printf '%s\n' "$seen"
[[ "$seen" == 'OpenAI Agents: Classify hears the user; Refund hears the user; gives '\''Refund is done'\''
the file: the flow takes input_as_text, gives nothing; edges take category; prompts take nothing
LangGraph: Classify hears nothing; Pay hears nothing; gives nothing
WayFlow: Classify hears nothing; Pay hears nothing; waits for the user' ]]

#!/usr/bin/env bash
# A LangGraph graph that Agent Spec's exporter writes down takes the other branch and pays nobody knows what: each step forgets the state.
#
# Packages: pyagentspec[langgraph] 26.3.1 with langgraph 1.2.24 (PyPI), CPython 3.11.
# Input: a graph whose state is a model of an amount, whether it is to be reviewed, and a log that a reducer adds up. Its nodes return
# what they change, as LangGraph's guide has it: `look` adds to the log, a conditional edge goes to `review` or `pay` by the state, and
# those add to the log. It is invoked with the amount 500 and a review that is wanted, or not; exported by AgentSpecExporter; loaded
# by AgentSpecLoader, whose tools are the same functions; and invoked with the same. Last, a graph of `pay` alone with
# `interrupt_before`, which waits for a person, and one with a `retry_policy`, whose node fails the first time.
# Expected: the flow does what the graph does, or the exporter refuses what it has no words for, as it does for two conditional edges of
# one node ("not yet supported", its code).
# Seen: each node becomes a ServerTool that takes the whole state and gives the whole state, and an edge takes what it gives to the next.
# Nothing in the file adds an update to the state: after `look` there is no amount and no wish for a review, and not even the
# defaults of the model stand for them: they are None. So the branch for the review is not taken, `pay` is told no amount, and of
# the log there is the last entry. The interrupt and the retries are gone as well. Nothing is refused, logged or warned of. Where the state
# is a TypedDict, the usual form, and its keys are required, the flow fails after its first node instead; a MessagesState can't be loaded.
# Output when this was written, on 1 December 2026:
#   review wanted, graph: look, review 500; the log has looked, reviewed
#   review wanted, flow: look, pay None; the log has paid
#   no review, graph: look, pay 500; the log has looked, paid
#   no review, flow: look, pay None; the log has paid
#   a person before pay, graph: nothing done
#   a person before pay, flow: pay 500
#   retries, graph: pay 500, pay 500
#   retries, flow: pay 500, then ConnectionError
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[langgraph]==26.3.1' 'langgraph==1.2.24'
cat >"$work/ask.py" <<'PYTHON'
import logging
import operator
import warnings
from typing import Annotated, Literal

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy
from pyagentspec.adapters.langgraph import AgentSpecExporter, AgentSpecLoader
from pydantic import BaseModel

done, failures = [], []


class State(BaseModel):
    amount: int = 0
    wanted: bool = False
    log: Annotated[list[str], operator.add] = []


def look(state):
    done.append("look")
    return {"log": ["looked"]}


def route(state) -> Literal["review", "pay"]:
    return "review" if state.wanted else "pay"


def review(state):
    done.append(f"review {state.amount}")
    return {"log": ["reviewed"]}


def pay(state):
    done.append(f"pay {state.amount}")
    if failures:
        raise failures.pop()
    return {"log": ["paid"]}


TOOLS = {f"{tool.__name__}_tool": tool for tool in (look, route, review, pay)}


def branches():
    graph = StateGraph(State)
    for node in (look, review, pay):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "look")
    graph.add_conditional_edges("look", route)
    graph.add_edge("review", END)
    graph.add_edge("pay", END)
    return graph.compile()


def alone(retry=None, **how):
    graph = StateGraph(State)
    graph.add_node("pay", pay, retry_policy=retry)
    graph.add_edge(START, "pay")
    graph.add_edge("pay", END)
    return graph.compile(checkpointer=InMemorySaver(), **how)


def told(label, run, with_log):
    done.clear()
    try:
        log = run()
        failed = ""
    except Exception as error:
        failed = f", then {type(error).__name__}"
    words = ", ".join(done) or "nothing done"
    print(f"{label}: {words}{failed}{f'; the log has ' + ', '.join(log) if with_log else ''}")


def both(label, graph, state, with_log=True, fails=False):
    flow = AgentSpecLoader(tool_registry=TOOLS).load_json(AgentSpecExporter().to_json(graph))
    config = {"configurable": {"thread_id": "1"}}
    failures[:] = [ConnectionError("busy")] if fails else []
    told(f"{label}, graph", lambda: graph.invoke(state, config)["log"], with_log)
    failures[:] = [ConnectionError("busy")] if fails else []
    told(f"{label}, flow", lambda: flow.invoke({"inputs": {"state": state}})["outputs"]["state"]["log"], with_log)


both("review wanted", branches(), {"amount": 500, "wanted": True})
both("no review", branches(), {"amount": 500, "wanted": False})
both("a person before pay", alone(interrupt_before=["pay"]), {"amount": 500}, False)
both("retries", alone(RetryPolicy(max_attempts=2, initial_interval=0.1)), {"amount": 500}, False, True)
PYTHON
seen=$(timeout 120 "$work/venv/bin/python" "$work/ask.py")
printf '%s\n' "$seen"
[[ "$seen" == 'review wanted, graph: look, review 500; the log has looked, reviewed
review wanted, flow: look, pay None; the log has paid
no review, graph: look, pay 500; the log has looked, paid
no review, flow: look, pay None; the log has paid
a person before pay, graph: nothing done
a person before pay, flow: pay 500
retries, graph: pay 500, pay 500
retries, flow: pay 500, then ConnectionError' ]]

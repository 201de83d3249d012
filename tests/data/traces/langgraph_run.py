"""An agent with a tool in pyagentspec 26.3.1's LangGraph adapter (langgraph 1.2.24), over `flowdeck mock-llm`, traced by TraceLines."""
import os
import sys

from pyagentspec.adapters.langgraph import AgentSpecLoader
from pyagentspec.agent import Agent
from pyagentspec.llms import OpenAiCompatibleConfig
from pyagentspec.property import StringProperty
from pyagentspec.tools import ServerTool
from pyagentspec.tracing.trace import Trace
from trace_lines import TraceLines

os.environ.setdefault("OPENAI_API_KEY", "none")


def get_weather(city: str) -> str:
    if city == "Nowhere":
        raise ValueError("no such city")
    return "sunny, 21 degrees in " + city


tool = ServerTool(
    id="get_weather",
    name="get_weather",
    description="Looks up the weather.",
    inputs=[StringProperty(title="city")],
    outputs=[StringProperty(title="weather")],
)
model = OpenAiCompatibleConfig(id="m", name="m", url=sys.argv[1], model_id="mock")
agent = Agent(id="desk", name="desk", system_prompt="You tell the weather.", llm_config=model, tools=[tool])
loaded = AgentSpecLoader(tool_registry={"get_weather": get_weather}).load_component(agent)
for text in ("How is the weather in Paris?", "How is the weather in Nowhere?"):
    try:
        with Trace(name="desk", span_processors=[TraceLines("langgraph.jsonl")]):
            messages = {"messages": [{"role": "user", "content": text}]}
            loaded.invoke(messages, {"configurable": {"thread_id": "1"}})
    except ValueError as error:
        print(error)

"""The same agent, with a span processor that writes each span with its events when it has ended, masked as by default."""
import json, sys, warnings
warnings.filterwarnings("ignore")
from pyagentspec.tracing.spanprocessor import SpanProcessor
from pyagentspec.tracing.trace import Trace
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.agentspec.tracing import AgentSpecEventListener, dump_tracing_model
from wayflowcore.events.eventlistener import register_event_listeners
src = open("wayflow_run.py").read()
AGENT = src.split('AGENT = """')[1].split('""" %')[0] % sys.argv[1]

class Whole(SpanProcessor):
    def __init__(self, path):
        super().__init__()
        self.file = open(path, "a")
    def on_end(self, span):
        self.file.write(json.dumps(dump_tracing_model(span)) + "\n")
    def on_start(self, span): pass
    def on_event(self, event, span): pass
    def startup(self): pass
    def shutdown(self): self.file.close()
    async def on_start_async(self, span): pass
    async def on_event_async(self, event, span): pass
    async def on_end_async(self, span): self.on_end(span)
    async def startup_async(self): pass
    async def shutdown_async(self): self.file.close()

with register_event_listeners([AgentSpecEventListener()]), Trace(span_processors=[Whole(sys.argv[2])]):
    agent = AgentSpecLoader(tool_registry={"get_weather": lambda city: "sunny in " + city}).load_yaml(AGENT)
    conversation = agent.start_conversation(inputs={"city": "Paris"})
    conversation.append_user_message("How is the weather in Paris?")
    conversation.execute()

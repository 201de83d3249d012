"""An agent with a tool and a flow in WayFlow 26.3.1, over `flowdeck mock-llm`, traced by TraceLines."""
import sys, warnings, os
warnings.filterwarnings("ignore")
from pyagentspec.tracing.trace import Trace
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.agentspec.tracing import AgentSpecEventListener, dump_tracing_model
from wayflowcore.events.eventlistener import register_event_listeners
from trace_lines import TraceLines

AGENT = """
component_type: Agent
agentspec_version: 26.1.2
id: desk
name: desk
system_prompt: You are a travel desk for {{city}}.
inputs: [{title: city, type: string}]
llm_config: {component_type: OpenAiCompatibleConfig, id: model, name: model, url: "%s", model_id: offline}
tools:
  - component_type: ServerTool
    id: get_weather
    name: get_weather
    description: Get the weather of a city.
    inputs: [{title: city, type: string}]
    outputs: [{title: weather, type: string}]
""" % sys.argv[1]

FLOW = """
component_type: Flow
agentspec_version: 26.1.2
id: flow
name: slogan
start_node: {$component_ref: start}
nodes: [{$component_ref: start}, {$component_ref: write}, {$component_ref: end}]
control_flow_connections:
  - {component_type: ControlFlowEdge, id: e1, name: e1, from_node: {$component_ref: start}, to_node: {$component_ref: write}}
  - {component_type: ControlFlowEdge, id: e2, name: e2, from_node: {$component_ref: write}, to_node: {$component_ref: end}}
data_flow_connections:
  - {component_type: DataFlowEdge, id: d1, name: d1, source_node: {$component_ref: start}, source_output: product, destination_node: {$component_ref: write}, destination_input: product}
  - {component_type: DataFlowEdge, id: d2, name: d2, source_node: {$component_ref: write}, source_output: slogan, destination_node: {$component_ref: end}, destination_input: slogan}
inputs: [{title: product, type: string}]
outputs: [{title: slogan, type: string}]
$referenced_components:
  start: {component_type: StartNode, id: start, name: start, inputs: [{title: product, type: string}]}
  end: {component_type: EndNode, id: end, name: end, outputs: [{title: slogan, type: string}]}
  write:
    component_type: LlmNode
    id: write
    name: write
    llm_config: {component_type: OpenAiCompatibleConfig, id: model, name: model, url: "%s", model_id: offline}
    prompt_template: "Write a slogan for {{product}}."
    outputs: [{title: slogan, type: string}]
""" % sys.argv[1]

def get_weather(city: str) -> str:
    if city == "Nowhere":
        raise ValueError("there is no Nowhere")
    return "sunny in " + city

out = sys.argv[2]
with register_event_listeners([AgentSpecEventListener()]):
    for city, name in (("Paris", "agent"), ("Nowhere", "failed tool")):
        with Trace(name=name, span_processors=[TraceLines(out, dump=dump_tracing_model)]):
            agent = AgentSpecLoader(tool_registry={"get_weather": get_weather}).load_yaml(AGENT)
            conversation = agent.start_conversation(inputs={"city": city})
            conversation.append_user_message("How is the weather in %s?" % city)
            conversation.execute()
            if city == "Paris":
                conversation.append_user_message("Thank you.")
                conversation.execute()
    with Trace(name="flow", span_processors=[TraceLines(out, dump=dump_tracing_model)]):
        flow = AgentSpecLoader().load_yaml(FLOW)
        conversation = flow.start_conversation(inputs={"product": "soap"})
        status = conversation.execute()
        print(status.output_values)
    try:
        with Trace(name="refused", span_processors=[TraceLines(out, dump=dump_tracing_model)]):
            agent = AgentSpecLoader(tool_registry={"get_weather": get_weather}).load_yaml(AGENT.replace(sys.argv[1], "http://127.0.0.1:9/v1"))
            conversation = agent.start_conversation(inputs={"city": "Oslo"})
            conversation.append_user_message("Hello")
            conversation.execute()
    except Exception as error:
        print("refused:", type(error).__name__)

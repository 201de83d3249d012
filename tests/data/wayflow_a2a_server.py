"""An agent on WayFlow's A2A server. Prints the port where it listens. argv: the address of its model."""

import logging
import socket
import sys
import threading
import time
import warnings
from typing import Annotated

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from wayflowcore.agent import Agent
from wayflowcore.agentserver.server import A2AServer
from wayflowcore.models import OpenAICompatibleModel
from wayflowcore.tools import tool


@tool
def multiply(a: Annotated[int, "first"], b: Annotated[int, "second"]) -> int:
    "Multiplies two numbers."
    return a * b


with socket.create_server(("127.0.0.1", 0)) as taken:
    port = taken.getsockname()[1]
model = OpenAICompatibleModel(model_id="m", base_url=sys.argv[1], api_key="none")
agent = Agent(llm=model, name="math", description="Multiplies.", custom_instruction="Use the tool.", tools=[multiply])
server = A2AServer()
server.serve_agent(agent=agent, url=f"http://127.0.0.1:{port}")


def tell():
    """Says the port once something listens there."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    print(f"listening on {port}", flush=True)


threading.Thread(target=tell, daemon=True).start()
server.run(host="127.0.0.1", port=port)

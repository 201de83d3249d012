"""Runs agents by WayFlow, all at once, and prints the seconds that it took: URL RUNS."""

import asyncio
import sys
import time

from wayflowcore.agent import Agent
from wayflowcore.models import OpenAICompatibleModel
from wayflowcore.tools import tool

url, runs = sys.argv[1], int(sys.argv[2])


@tool(description_mode="only_docstring")
async def look(at: str) -> str:
    """Looks."""
    return "sunny"


model = OpenAICompatibleModel(model_id="m", base_url=url)
agent = Agent(llm=model, tools=[look], custom_instruction="Look.")


async def converse() -> None:
    conversation = agent.start_conversation()
    conversation.append_user_message("Look at the sea.")
    await conversation.execute_async()


async def converse_all() -> float:
    await converse()
    begun = time.perf_counter()
    await asyncio.gather(*(converse() for _ in range(runs)))
    return time.perf_counter() - begun


print(asyncio.run(converse_all()))

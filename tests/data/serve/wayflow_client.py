"""Speaks with a served agent by WayFlow's A2AAgent: two messages of one conversation."""

import json
import sys
import warnings

warnings.simplefilter("ignore")
from wayflowcore.a2a.a2aagent import A2AAgent, A2AConnectionConfig, A2ASessionParameters

agent = A2AAgent(
    agent_url=sys.argv[1],
    connection_config=A2AConnectionConfig(verify=False),
    session_parameters=A2ASessionParameters(poll_interval=0.1),
)
conversation = agent.start_conversation()
answers = []
for text in ("first", "second"):
    conversation.append_user_message(text)
    conversation.execute()
    answers.append(conversation.get_last_message().content)
print(json.dumps(answers))

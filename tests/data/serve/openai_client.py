"""Speaks with a served agent by OpenAI's client: two plain responses and a streamed one of one conversation,
and one that branches off."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
first = client.responses.create(model="helper", input="first")
second = client.responses.create(model="helper", input="second", previous_response_id=first.id)
pieces = []
with client.responses.stream(model="helper", input="third", previous_response_id=second.id) as stream:
    for event in stream:
        if event.type == "response.output_text.delta":
            pieces.append(event.delta)
    third = stream.get_final_response()
branch = client.responses.create(model="helper", input="instead", previous_response_id=first.id)
try:
    client.responses.create(model="other", input="x")
    refused = None
except openai.APIStatusError as error:
    refused = error.status_code
print(json.dumps({
    "texts": [response.output_text for response in (first, second, third, branch)],
    "read": client.responses.retrieve(second.id).output_text,
    "pieces": "".join(pieces),
    "models": [model.id for model in client.models.list()],
    "refused": refused,
}))

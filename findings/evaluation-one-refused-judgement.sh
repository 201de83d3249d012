#!/usr/bin/env bash
# One judgement that the model refuses takes a whole Agent Spec evaluation away, whatever `on_failure` and `num_retries` say.
#
# Packages: pyagentspec[evaluation] 26.3.1 with litellm 1.108.14 (PyPI), CPython 3.11.
# Input: five answers and a SemanticBinaryMatchMetric with `num_retries=2` and `on_failure="set_none"`, evaluated by Evaluator.
# Asked about the last one, the judge's model judges; gives a text without a result; gives no text, as models do that refuse
# (`content` is null); refuses by the status 400, as content filters do; or is busy (429). The model is a server of this script
# on the loopback address. Its OpenAiCompatibleConfig has the temperature 0, a bound on tokens and a key.
# Expected: a metric's `num_retries` is the number of times that it is tried again in case of failure, and `on_failure` the
# strategy when that is exceeded (documentation of SemanticBinaryMatchMetric; only exceptions that come from implementation
# errors are not caught, says that of Metric).
# Seen: so it is for a text without a result alone. What the model's service refuses, or a judgement without text, is no
# EvaluationException: it is not tried again by the metric, nothing is set, and since all samples are one task group the others,
# already judged and paid for, are cancelled with it. Whoever evaluates a thousand answers over an hour gets an ExceptionGroup.
# Of the judge's configuration only the model's name and address are used: the request has neither temperature nor bound, and
# the key of the environment instead of the file's, so that a judge that was pinned to 0 draws by the service's default.
# Output when this was written, on 1 December 2026:
#   judged: True True True True True; requests 5
#   no result: True True True True None; requests 7
#   no text: TypeError; requests 5
#   filtered: BadRequestError; requests 5
#   busy: RateLimitError; requests 5 and more
#   sent: messages, model; key of the environment
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
    'pyagentspec[evaluation]==26.3.1' 'litellm==1.108.14'
cat >"$work/ask.py" <<'PYTHON'
import asyncio
import json
import logging
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pyagentspec.evaluation import Dataset, Evaluator
from pyagentspec.evaluation.metrics.implementations import SemanticBinaryMatchMetric
from pyagentspec.llms import LlmGenerationConfig, OpenAiCompatibleConfig

asked = []
GOOD = "<justification>The same.</justification><result>Yes</result>"


def answer(prompt):
    """Status and body for a prompt, by the word that the answer has in it."""
    for word, status in [("filtered", 400), ("busy", 429)]:
        if word in prompt:
            return status, {"error": {"message": word, "code": "content_filter" if status == 400 else None}}
    said = None if "no text" in prompt else "I can't say." if "no result" in prompt else GOOD
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return 200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append((request, self.headers["Authorization"]))
        status, said = answer(request["messages"][-1]["content"])
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def kinds(error):
    """Names of the errors in a group of errors."""
    if isinstance(error, BaseExceptionGroup):
        return sorted({name for each in error.exceptions for name in kinds(each)})
    return [type(error).__name__]


async def main():
    for last in ["judged", "no result", "no text", "filtered", "busy"]:
        asked.clear()
        answers = [{"reference": "Bern", "response": "Berne"}] * 4 + [{"reference": "Bern", "response": last}]
        metric = SemanticBinaryMatchMetric(llm_config=judge, num_retries=2, on_failure="set_none")
        try:
            seen = (await Evaluator([metric]).evaluate(Dataset.from_dict(answers))).to_df()[metric.name]
            seen = " ".join(map(str, seen))
        except Exception as error:
            seen = " ".join(kinds(error))
        requests = f"{len(asked)}" if last != "busy" else "5 and more" if len(asked) >= 5 else f"{len(asked)}"
        print(f"{last}: {seen}; requests {requests}")
    request, key = asked[0]
    print(f"sent: {', '.join(sorted(request))}; key of the {key.removeprefix('Bearer ')}")


model = ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=model.serve_forever, daemon=True).start()
judge = OpenAiCompatibleConfig(
    name="judge",
    model_id="m",
    url=f"http://127.0.0.1:{model.server_port}",
    api_key="file",
    default_generation_parameters=LlmGenerationConfig(temperature=0.0, max_tokens=200),
)
asyncio.run(main())
PYTHON
seen=$(OPENAI_API_KEY=environment "$work/venv/bin/python" "$work/ask.py" 2>"$work/errors" | grep -E '^[a-z ]+: ')
printf '%s\n' "$seen"
[[ "$seen" == 'judged: True True True True True; requests 5
no result: True True True True None; requests 7
no text: TypeError; requests 5
filtered: BadRequestError; requests 5
busy: RateLimitError; requests 5 and more
sent: messages, model; key of the environment' ]]

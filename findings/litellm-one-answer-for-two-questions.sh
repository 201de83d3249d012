#!/usr/bin/env bash
# From LiteLLM's cache comes the answer of another server, or one without the schema that was asked for; as installed, none at all.
#
# Packages: litellm 1.108.14 with openai 3.57.0 (PyPI, CPython 3.11), first as it is installed, then with fastapi 0.165.0, orjson
# 3.13.0 and soundfile 0.14.0, which its proxy has.
# Input: `litellm.cache = Cache()`, and one question to a model behind vLLM's provider (`hosted_vllm/m`), which is asked once more as
# it is; of another server by `api_base`; with vLLM's own parameters, in the call or in `extra_body`: a schema for the answer
# (`guided_json`), thinking turned off (`chat_template_kwargs`), and `min_p`; and with another header. The same once more
# with `enable_caching_on_provider_specific_optional_params`. Each server, of this script on the loopback address, numbers its answers.
# Expected: what is asked otherwise is another question, as it is with another `temperature`, `seed`, `tools` or `response_format`.
# Seen: the key of the cache has the parameters of OpenAI's API alone. Who wants an object by a schema gets the prose that was said
# before, without a word; so does who turns thinking off, and who asks a second server that has a model of the same name. The
# option, which is off and called a feature flag in the code, mends all of it but the server. Without the modules of the proxy
# the first hit is a ModuleNotFoundError, so that the second of two equal questions fails.
# Output when this was written, on 1 December 2026:
#   as installed: answered by a; once more: ModuleNotFoundError
#   with the modules: answered by a; the answer from before: once more, other server, guided_json, extra_body, chat_template_kwargs, min_p, extra_headers; another: temperature, seed, response_format
#   with the option: answered by a; the answer from before: once more, other server; another: guided_json, extra_body, chat_template_kwargs, min_p, extra_headers, temperature, seed, response_format
# Exits with 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check 'litellm==1.108.14' 'openai==3.57.0'
cat >"$work/ask.py" <<'PYTHON'
import json
import logging
import os
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from litellm.caching.caching import Cache


def started(name):
    answers = []

    class Model(BaseHTTPRequestHandler):
        """Numbers its answers."""

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            answers.append(f"{name} {len(answers)}")
            choice = {"index": 0, "message": {"role": "assistant", "content": answers[-1]}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            told = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
            data = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


def ask(**more):
    question = {"messages": [{"role": "user", "content": "Who?"}], "api_base": one, "api_key": "k", **more}
    return litellm.completion(model="hosted_vllm/m", **question).choices[0].message.content


one, other = started("a"), started("b")
litellm.cache = Cache()
schema = {"type": "object", "properties": {"name": {"type": "string"}}}
cases = {
    "once more": {},
    "other server": {"api_base": other},
    "guided_json": {"guided_json": schema},
    "extra_body": {"extra_body": {"guided_json": schema}},
    "chat_template_kwargs": {"chat_template_kwargs": {"enable_thinking": False}},
    "min_p": {"min_p": 0.1},
    "extra_headers": {"extra_headers": {"X-Tenant": "b"}},
    "temperature": {"temperature": 0.5},
    "seed": {"seed": 1},
    "response_format": {"response_format": {"type": "json_object"}},
}
words = sys.argv[1]
litellm.enable_caching_on_provider_specific_optional_params = words == "with the option"
first = ask()
if words == "as installed":
    try:
        again = ask()
    except Exception as error:
        again = type(error).__name__
    print(f"{words}: answered by {first[0]}; once more: {again}")
else:
    before = [name for name, more in cases.items() if ask(**more) == first]
    another = [name for name in cases if name not in before]
    print(f"{words}: answered by {first[0]}; the answer from before: {', '.join(before)}; another: {', '.join(another)}")
PYTHON
ask() {
  timeout 120 "$work/venv/bin/python" "$work/ask.py" "$1" 2>"$work/errors" || cat "$work/errors"
}
seen=$(ask 'as installed')
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  'fastapi==0.165.0' 'orjson==3.13.0' 'soundfile==0.14.0'
seen+=$'\n'$(ask 'with the modules')$'\n'$(ask 'with the option')
printf '%s\n' "$seen"
[[ "$seen" == 'as installed: answered by a; once more: ModuleNotFoundError
with the modules: answered by a; the answer from before: once more, other server, guided_json, extra_body, chat_template_kwargs, min_p, extra_headers; another: temperature, seed, response_format
with the option: answered by a; the answer from before: once more, other server; another: guided_json, extra_body, chat_template_kwargs, min_p, extra_headers, temperature, seed, response_format' ]]

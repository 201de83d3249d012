"""A tool as a command: JSON arguments on stdin, a JSON result on stdout.

Arguments: `{"text": "…", "limit": 40}`. Result: `{"words": 7, "fits": true}`.
"""

import json
import sys

arguments = json.load(sys.stdin)
words = len(arguments["text"].split())
json.dump({"words": words, "fits": words <= arguments.get("limit", 40)}, sys.stdout)

"""The reviewer of `flows/draft_and_review.yaml`: JSON arguments on stdin, JSON result on stdout.

Arguments: `{"text": "…", "attempts": 0}`. Result: `{"verdict": "revise", "remarks": "…",
"attempts": 1}`. The first draft always goes back, the third is always approved, so the loop of
the flow ends whatever the model writes.
"""

import json
import sys

MOST_WORDS = 60
MOST_ATTEMPTS = 3

arguments = json.load(sys.stdin)
attempts = arguments.get("attempts", 0) + 1
words = len(arguments["text"].split())

if attempts == 1:
    verdict, remarks = "revise", "say when and where in the first sentence"
elif words > MOST_WORDS and attempts < MOST_ATTEMPTS:
    verdict, remarks = "revise", f"{words} words are too many, use at most {MOST_WORDS}"
else:
    verdict, remarks = "approved", "none"

json.dump({"verdict": verdict, "remarks": remarks, "attempts": attempts}, sys.stdout)

"""What of a screen counts when it is compared with its earlier picture: words and frames, but no times and numbers."""

import hashlib
import re

# What differs at each run: ids, times and their differences, other numbers, spinners, bars.
CHANCE = [
    (r"\b[br]_[0-9a-f]{6,}", "ID"),
    (r"[-+~]?\d+(\.\d+)?(ms|s)\b", " "),
    (r"\d+(:\d\d)+", " "),
    (r"\d[\d.,-]*", "#"),
    (r" = ", " "),
    (r"[⠁-⣿]", "*"),
    (r"[ ▁▂▃▄▅▆▇█▌━─●]+", " "),
]
# On a screen on which runs write: what stands in the panes, and the pace, which is told once there is one.
OF_LIVE_RUNS = [(r"[│▐]│.*$", ""), (r"^ A .* at once *$", "")]


def look(lines, is_live=False, any_order=False):
    """A short name of the look of a screen: two screens that differ by chance only have the same.

    `is_live`: runs write on it. `any_order`: the order of its lines is the one in which runs were quick.
    """
    text = "\n".join(lines)
    for pattern, instead in [*(OF_LIVE_RUNS if is_live else []), *CHANCE]:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    if any_order:
        text = "\n".join(sorted(text.splitlines()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""Checks that docs/tour.md and README.md name pictures that exist, and that no picture is left over."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "tour.md"
README = HERE.parent.parent / "README.md"
ONE_PICTURE_BYTES, ALL_BYTES = 60_000, 1_000_000
ANIMATION = "five-minutes"


def problems():
    """What does not fit, a line for each."""
    named = set(re.findall(r"\(tour/([\w-]+\.\w+)\)", PAGE.read_text()))
    in_readme = set(re.findall(r"\(docs/tour/([\w-]+\.\w+)\)", README.read_text()))
    made = {path.name: path.stat().st_size for path in HERE.iterdir() if path.suffix in (".svg", ".cast")}
    found = [f"{PAGE.name} has no docs/tour/{name}, which is there: show it or delete it" for name in made.keys() - named]
    found += [f"docs/tour/{name} is named and not there: run docs/tour/make" for name in (named | in_readme) - made.keys()]
    for name, size in made.items():
        if size > ONE_PICTURE_BYTES and not name.startswith(ANIMATION):
            found.append(f"docs/tour/{name} has {size} bytes, more than {ONE_PICTURE_BYTES}")
    if sum(made.values()) > ALL_BYTES:
        found.append(f"the pictures of docs/tour have {sum(made.values())} bytes together, more than {ALL_BYTES}")
    return sorted(found)

"""What the tour shows: which keys lead to which picture."""

import re

# The batch of the tour: the twelve cities of the sample, each with three models.
VARY = "city_desk.llm_config.model_id=llama3.2,qwen3,mistral"

# The same with so many that two workers are busy for a while.
VARY_MORE = f"{VARY},gemma3,phi4,olmo2,granite3,smollm2"


def pictures(tour):
    """Takes every picture of the samples, in the order in which one screen leads to the next."""
    specs(tour)
    first_batch(tour)
    varied_batch(tour)
    inbox(tour)
    matrix(tour)
    inspect(tour)
    history(tour)
    other(tour)


def open_spec(tour, name):
    """Goes to a spec by the palette, as a person would who knows its name."""
    tour.press("1", ":")
    tour.wait("┌ palette")
    tour.type(f"{name}.")
    tour.wait(rf"{name}\.(yaml|json) +spec")
    tour.press("Enter")
    tour.wait(rf"[┌│] {name}\.(yaml|json)")


def specs(tour):
    tour.wait(r"news_desk.yaml +✓")
    tour.wait("outline")
    tour.shot("specs")
    open_spec(tour, "draft_and_review")
    tour.press("G")
    tour.wait("◇ verdict")
    tour.shot("specs-graph")
    tour.press("G")
    tour.wait("outline")
    open_spec(tour, "broken_greeting")
    tour.press("e", *["Down"] * 71, *["Up"] * 8)
    tour.wait("problems")
    tour.press("alt-enter")
    tour.wait("┌ fix ")
    tour.shot("editor")
    tour.press("Escape", "Escape")
    tour.press("?")
    tour.wait("┌ keys")
    tour.shot("help")
    tour.press("Escape", ":")
    tour.type("runs")
    tour.shot("palette")
    tour.press("Escape")


def launch(tour, name, vary=None, picture=None):
    """Launches the example of a sample."""
    open_spec(tour, name)
    tour.press("F5")
    tour.wait(rf"launch {name}")
    if vary:
        tour.press(*["Down"] * 11)
        tour.type(vary)
        tour.wait(rf"= {12 * (vary.count(',') + 1)} runs")
    if picture:
        tour.shot(picture)
    tour.press("Enter")
    tour.wait("┌ runs")


def four_write(text):
    """Whether all four panes have runs that are at work, most of them at an answer after a tool call."""
    at_work = re.findall(r"┌ A#\d+ [^┐]*[⠁-⣿] model · ", text)
    return len(at_work) == 4 and len(re.findall(r"agent  get_weather says: sky", text)) >= 3


def first_batch(tour):
    launch(tour, "city_desk")
    tour.wait(four_write)
    tour.shot("runs", is_live=True)
    tour.wait(r"◆ 11 +\? 1")
    tour.press("Home", *["Down"] * 3, "Space", "Space", "t", "t")
    tour.press("v")
    tour.wait("turn 2")
    tour.shot("runs-by-turn")
    tour.press("c")
    tour.wait("┌ compare")
    tour.shot("compare")
    tour.press("2", "v", "Home", *["Down"] * 3, "Space", "Space", "t")
    tour.press("Home", "Enter")
    tour.shot("run")
    tour.press("Escape")


def at_workers(tour):
    """Runs that two workers behind NATS carry out."""
    tour.wait(r"news_desk.yaml +✓")
    launch(tour, "city_desk", VARY_MORE)
    tour.press(*["+"] * 6)
    tour.wait(r"build-7 [1-4]/4 \(\d.*build-9 [1-6]/6 \(\d")
    tour.shot("workers", is_live=True)


def varied_batch(tour):
    launch(tour, "city_desk", VARY, "launch")
    tour.wait(r"◆ 33 +\? 3")
    tour.press("o", "Home", "Down", "Down", "Enter")
    tour.wait("▾ +33")
    tour.shot("runs-by-outcome")
    tour.press("o")
    tour.wait("┌ runs")


def inbox(tour):
    launch(tour, "refund_desk")
    tour.wait(r"\? 6 need you")
    tour.press("!")
    tour.wait("┌ inbox")
    tour.shot("inbox", any_order=True)
    tour.press("a")
    tour.wait("all 4 runs")
    tour.type("A taxi comes at 18:00.")
    tour.shot("inbox-answer", any_order=True)
    tour.press("Enter")
    tour.wait(r"\? 2 need you")
    tour.press("Escape")
    tour.gone("┌ inbox")


def matrix(tour):
    tour.press("2", "Home", "Down", "Down", "Down", "c")
    tour.wait("┌ compare")
    tour.shot("compare-variants")


def inspect(tour):
    launch(tour, "slogan_race")
    tour.wait("✓ finished")
    tour.press("3")
    tour.wait("ParallelMapNode")
    tour.shot("inspect")
    tour.press(":")
    tour.wait("┌ palette")
    tour.type("A#1 Paris")
    tour.wait("A#1 .*Paris.* run")
    tour.press("Enter", "3", "Down", "Down", "Tab", "Right", "Right")
    tour.shot("inspect-call")
    tour.press("S-Tab", "Down", "R")
    tour.wait("once more|again")
    tour.shot("call-again")
    tour.press("Escape")
    launch(tour, "news_desk")
    tour.wait(r"◆ 2\b")
    tour.press("3", "t")
    tour.wait("has the user")
    tour.shot("inspect-team")
    launch(tour, "draft_and_review")
    tour.wait(r"✓ 3\b")
    tour.press("3", "G")
    tour.wait("×2")
    tour.press("Up", "Up", "Up")
    tour.shot("inspect-graph")
    tour.press("G", "Home", "f")
    tour.wait("┌ fork")
    tour.shot("fork")
    tour.press("Escape")


def history(tour):
    tour.press("5")
    tour.wait("┌ history")
    tour.press("Home", "p")
    tour.wait(r"replay +1x +[2-9]")
    tour.press("p")
    tour.shot("replay", is_live=True)
    tour.press("Escape", "/")
    tour.type("bicycle state:finished")
    tour.wait(r"bicycle state:finished[^│]*│")
    tour.wait(r"─ 4 runs")
    tour.shot("history")
    tour.press("Escape")


def other(tour):
    open_spec(tour, "city_desk")
    tour.press("e", *["Down"] * 16, "End")
    tour.type(" Name the source.")
    tour.press("Escape", "D", "D")
    tour.wait("~ system_prompt")
    tour.shot("specs-compared")
    tour.press("Escape", "Escape", "N")
    tour.wait("┌ new spec")
    tour.shot("new-spec")
    tour.press("Escape", "2", "T")
    while "theme light" not in tour.terminal.text():
        tour.press("T")
    tour.shot("theme-light")


def first_look(tour):
    """The page before the first run of a spec that reaches something."""
    tour.wait(r"helper.yaml +✓")
    tour.press("Enter")
    tour.wait("launch assistant")
    tour.press("Enter")
    tour.wait(r"\[?y\]? ")
    tour.shot("trust")


def plain(tour):
    """A run in plain lines."""
    tour.wait("What next")
    tour.type("1")
    tour.press("Enter")
    tour.wait("Which of")
    for answer, then in [
        ("1", "(?m)^city, .*: *$"),
        ("Rome", "(?m)^request, .*: *$"),
        ("the weather", "(?m)^Your message.*: *$"),
        ("How is the weather in Rome?", "(?s)get_weather says.*What next.*q  quit"),
    ]:
        tour.type(answer)
        tour.press("Enter")
        tour.wait(then)
    tour.shot("plain")


def five_minutes(tour):
    """The animation: launch, watch, answer, look into a run, compare."""
    tour.wait(r"news_desk.yaml +✓")
    tour.see()
    tour.act("A folder of specs. Enter launches the first one", "Enter")
    tour.wait("launch city_desk")
    tour.see()
    tour.act("Twelve rows of a CSV file, four at once. Enter starts them", "Enter")
    tour.wait(r"\? 1 needs you")
    tour.wait(r"◆ 11 +\? 1")
    tour.act("One run needs you: ! goes there, i opens the answer", "!", "i")
    tour.wait("result of book_taxi")
    tour.see()
    for letter in "A taxi comes at 18:00.":
        tour.terminal.hold(0.06)
        tour.press(letter)
    tour.act("Enter sends it", "Enter", pause=0.5)
    tour.wait(r"◆ 12")
    tour.see()
    tour.act("o groups the runs by what came of them", "o")
    tour.wait("same answer")
    tour.see()
    tour.act("Space marks two of them, c compares them word by word", "o", "Home", *["Down"] * 3, "Space", "Space", "c")
    tour.wait("┌ compare 2 runs")
    tour.see()
    tour.act("Enter shows where the time of a run went", "Enter")
    tour.wait("LlmGeneration")
    tour.see()
    tour.act("Every call can be opened: its messages, its arguments, its result", "Down", "Down", "Down")
    tour.see()
    tour.act("5 has every run that was ever made here", "5")
    tour.wait("┌ history")
    tour.see()
    tour.terminal.hold(1)

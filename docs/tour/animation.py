"""Makes the recording of a terminal an asciicast (https://docs.asciinema.org/manual/asciicast/v2/) and an animated SVG."""

import json

import pyte

import svg

# More pictures a second are not needed to follow, and cost bytes.
FRAMES_A_SECOND = 6
# How long the last picture stays before the animation begins again.
END_SECONDS = 4


def cast(terminal, title):
    """The recording as an asciicast; what was done stands in it as markers."""
    head = {
        "version": 2,
        "width": terminal.columns,
        "height": terminal.rows,
        "title": title,
        "env": {"TERM": "xterm-256color"},
    }
    events = [(time, "o", data) for time, data in joined(terminal.written)]
    events += [(time, "m", words.encode()) for time, words in terminal.done]
    lines = [json.dumps(head)]
    for time, kind, data in sorted(events, key=lambda event: event[0]):
        lines.append(json.dumps([round(time, 2), kind, data.decode()], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def joined(written):
    """What was written, as pieces that each have what came within a frame's time and whole characters."""
    pieces, rest = [], b""
    for time, data in written:
        whole = rest + data
        end = len(whole)
        while end and len(whole) - end < 4 and not is_text(whole[:end]):
            end -= 1
        rest = whole[end:]
        if pieces and time - pieces[-1][0] < 1 / FRAMES_A_SECOND:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + whole[:end])
        else:
            pieces.append((time, whole[:end]))
    return pieces


def is_text(data):
    """Whether `data` ends with a whole character."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def frames(terminal):
    """The pictures one after another: the time at which each appears, what is done then, and its cells."""
    screen = pyte.Screen(terminal.columns, terminal.rows)
    stream = pyte.ByteStream(screen)
    shown = []
    for time, data in joined(terminal.written):
        stream.feed(data)
        shown.append((time, svg.cells_of(screen)))
    times = sorted({time for time, _ in shown} | {time for time, _ in terminal.done})
    at, result = 0, []
    for time in times:
        while at + 1 < len(shown) and shown[at + 1][0] <= time:
            at += 1
        words = [words for when, words in terminal.done if when <= time]
        result.append((time, words[-1] if words else "", shown[at][1]))
    return result


def animated(terminal, title, look):
    """The recording as an SVG that plays by itself, again and again.

    Each row that is ever shown is drawn once. Rows that are shown at the same times are one group, whose visibility is
    switched by one animation.
    """
    pictures = frames(terminal)
    begin = pictures[0][0]
    total = pictures[-1][0] - begin + END_SECONDS
    style = svg.Style(svg.window_background(pictures[-1][2]))
    times_of = {}
    for number, (_, words, rows) in enumerate(pictures):
        drawn = [svg.at_row(y, "".join(svg.row(cells, style))) for y, cells in enumerate(rows)]
        for part in [svg.heading(terminal.columns, words or "flowdeck"), *drawn]:
            times_of.setdefault(part, []).append(number)
    groups = {}
    for part, numbers in times_of.items():
        groups.setdefault(tuple(numbers), []).append(part)
    rules, body = [f".V{{animation:{total:.2f}s step-end infinite;visibility:hidden}}"], []
    starts = [(time - begin) / total * 100 for time, _, _ in pictures] + [100]
    for at, (numbers, parts) in enumerate(groups.items()):
        if len(numbers) == len(pictures):
            body.append("\n".join(parts))
            continue
        rules.append(f"@keyframes k{at}{{{switches(numbers, starts)}}}")
        body.append(f'<g class="V" style="animation-name:k{at}">' + "\n".join(parts) + "</g>")
    return svg.document(
        terminal.columns, terminal.rows, title, style, "\n".join(body), "".join(rules), f' data-look="{look}"'
    )


def switches(numbers, starts):
    """The key frames of what is visible in the pictures of these numbers."""
    keys, shown = [], set(numbers)
    for number in range(len(starts) - 1):
        if number == 0 or (number in shown) != (number - 1 in shown):
            keys.append(f"{starts[number]:.2f}%{{visibility:{'visible' if number in shown else 'hidden'}}}")
    return "".join(keys)

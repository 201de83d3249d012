"""Draws the cells of a terminal as SVG.

Text is text in the viewer's own monospace font, stretched to its cells. Lines, blocks and spinners are drawn as shapes,
so that frames are closed in every font.
"""

from collections import Counter
from html import escape

# A cell, in pixels of the picture, and the font size whose letters are about as wide.
WIDTH, HEIGHT, FONT_SIZE = 8, 18, 13.3
MARGIN, TITLE_HEIGHT = 12, 30
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
# What a cell has whose colours the program leaves to the terminal.
FOREGROUND, BACKGROUND = "d7dde5", "12161c"
NAMED = {
    "black": "1e2127", "red": "f4938a", "green": "7cc68d", "brown": "e5b567", "blue": "6cb6ff", "magenta": "cfa5f0",
    "cyan": "7fd1cf", "white": "d7dde5", "brightblack": "5c6370", "brightred": "ff7b86", "brightgreen": "b1e18b",
    "brightbrown": "efb074", "brightblue": "67cdff", "brightmagenta": "e48bff", "brightcyan": "63d4e0",
    "brightwhite": "ffffff",
}

LEFT, RIGHT, UP, DOWN = 1, 2, 4, 8
LINES = {
    "─": LEFT | RIGHT, "│": UP | DOWN, "┌": RIGHT | DOWN, "┐": LEFT | DOWN, "└": RIGHT | UP, "┘": LEFT | UP,
    "├": UP | DOWN | RIGHT, "┤": UP | DOWN | LEFT, "┬": LEFT | RIGHT | DOWN, "┴": LEFT | RIGHT | UP,
    "┼": LEFT | RIGHT | UP | DOWN, "╭": RIGHT | DOWN, "╮": LEFT | DOWN, "╰": RIGHT | UP, "╯": LEFT | UP,
    "╴": LEFT, "╶": RIGHT, "╵": UP, "╷": DOWN,
}
TRIANGLES = {
    "▶": "1 4 7 9 1 14", "◀": "7 4 1 9 7 14", "▲": "1 13 4 5 7 13", "▼": "1 5 4 13 7 5",
    "▸": "2 5 7 9 2 13", "◂": "6 5 1 9 6 13", "▾": "1 6 4 12 7 6", "▴": "1 12 4 6 7 12",
}
# Blocks as left, top, width and height in eighths of a cell.
BLOCKS = {"█": (0, 0, 8, 8), "▀": (0, 0, 8, 4), "▐": (4, 0, 4, 8), "▔": (0, 0, 8, 1), "▕": (7, 0, 1, 8), "━": (0, 3.4, 8, 1.2)}
BLOCKS |= {chr(0x2580 + n): (0, 8 - n, 8, n) for n in range(1, 8)}
BLOCKS |= {chr(0x2590 - n): (0, 0, n, 8) for n in range(1, 8)}
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
# The place of each bit of a braille character, from U+2801 on: column and row.
DOTS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
# Signs that monospace fonts have as wide as their letters.
PLAIN = set("…–—‘’“”„")


def number(value):
    """A number in as few characters as may be."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def colour(name, default):
    """A colour of pyte's as six hexadecimal digits."""
    if name == "default":
        return default
    return NAMED.get(name, name)


class Style:
    """Names a class for each look of a text, and writes the style sheet of those that were used.

    These names begin with a small letter; those of other classes with a capital.

    `background` is the colour of the window, which need not be drawn behind its cells.
    """

    def __init__(self, background=BACKGROUND):
        self.names = {}
        self.background = background

    def of(self, look):
        """The class for `look`: colour, bold, italic, underlined, struck out."""
        if look not in self.names:
            at = len(self.names)
            self.names[look] = chr(97 + at % 26) + (str(at // 26) if at >= 26 else "")
        return self.names[look]

    def sheet(self):
        """The rules for all classes."""
        rules = []
        for (fill, bold, italic, underlined, struck), name in self.names.items():
            rule = f"fill:#{fill}"
            rule += ";font-weight:700" if bold else ""
            rule += ";font-style:italic" if italic else ""
            lines = [*["underline"] * underlined, *["line-through"] * struck]
            rule += f";text-decoration:{' '.join(lines)}" if lines else ""
            rules.append(f".{name}{{{rule}}}")
        return "".join(rules)


class Cell:
    """What a cell shows: its sign, its colours with `reverse` carried out, and the look of its letters."""

    def __init__(self, char, is_cursor=False):
        self.sign = char.data or ""
        fore, back = colour(char.fg, FOREGROUND), colour(char.bg, BACKGROUND)
        if char.reverse != is_cursor:
            fore, back = back, fore
        self.back = back
        self.fore = fore
        self.look = (fore, char.bold, char.italics, char.underscore, char.strikethrough)


def cells_of(screen):
    """The cells of a pyte screen, a list for each row."""
    cursor = None if screen.cursor.hidden else (screen.cursor.y, screen.cursor.x)
    return [
        [Cell(screen.buffer[y][x], (y, x) == cursor) for x in range(screen.columns)]
        for y in range(screen.lines)
    ]


def row(cells, style):
    """A row of cells as pieces of SVG, whose upper edge is at 0."""
    return [*backgrounds(cells, style), *shapes(cells, style), *texts(cells, style)]


def backgrounds(cells, style):
    """Rectangles behind the cells that have another colour than the terminal."""
    at = 0
    while at < len(cells):
        back, begin = cells[at].back, at
        while at < len(cells) and cells[at].back == back:
            at += 1
        if back != style.background:
            name = style.of((back, False, False, False, False))
            # Half a pixel more closes the seam between rows where the picture is scaled.
            yield f'<rect class="{name}" x="{begin * WIDTH}" width="{(at - begin) * WIDTH}" height="{HEIGHT + 0.5}"/>'


def shapes(cells, style):
    """Frames, bars, arrows and spinners."""
    paths = {}
    for at, cell in enumerate(cells):
        drawn = shape(cell.sign, at * WIDTH)
        if drawn:
            key = (style.of((cell.fore, False, False, False, False)), SHADES.get(cell.sign))
            paths.setdefault(key, []).append(drawn)
    for (name, shade), drawn in paths.items():
        opacity = f' opacity="{shade}"' if shade else ""
        yield f'<path class="{name}"{opacity} d="{joined(drawn)}"/>'


def rectangle(x, y, width, height):
    """A rectangle; one as thick as a line may be joined with its neighbours."""
    return ("rect", x, y, width, height)


def shape(sign, x):
    """The parts of a sign that is drawn, at `x`; empty for a letter."""
    middle_x, middle_y = x + WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5
    if sign in LINES:
        ends, parts = LINES[sign], []
        if ends & (LEFT | RIGHT):
            begin = x if ends & LEFT else middle_x
            end = x + WIDTH if ends & RIGHT else middle_x + 1
            parts.append(rectangle(begin, middle_y, end - begin, 1))
        if ends & (UP | DOWN):
            begin = -0.25 if ends & UP else middle_y
            end = HEIGHT + 0.25 if ends & DOWN else middle_y + 1
            parts.append(rectangle(middle_x, begin, 1, end - begin))
        return parts
    if sign in ("╟", "║", "╙"):
        height = middle_y + 1.25 if sign == "╙" else HEIGHT + 0.5
        parts = [rectangle(middle_x + step, -0.25, 1, height) for step in (-1.5, 1.5)]
        if sign != "║":
            parts.append(rectangle(middle_x + 1.5, middle_y, WIDTH / 2 - 1, 1))
        return parts
    if sign in BLOCKS:
        left, top, width, height = BLOCKS[sign]
        unit_x, unit_y = WIDTH / 8, HEIGHT / 8
        return [rectangle(x + left * unit_x, top * unit_y, width * unit_x, height * unit_y)]
    if sign in SHADES:
        return [rectangle(x, 0, WIDTH, HEIGHT)]
    if sign in TRIANGLES:
        points = [int(point) for point in TRIANGLES[sign].split()]
        pairs = zip(points[::2], points[1::2])
        return [("M" + " ".join(f"{x + left} {top}" for left, top in pairs) + "z",)]
    if sign == "❖":
        middles = ((4, 4.7), (1.8, 7), (6.2, 7), (4, 9.3))
        return [("".join(f"M{number(x + left)} {top - 1.7:g}l1.7 1.7-1.7 1.7-1.7-1.7z" for left, top in middles),)]
    if len(sign) == 1 and 0x2801 <= ord(sign) <= 0x28FF:
        bits = ord(sign) - 0x2800
        return [
            rectangle(x + 1.4 + 3.2 * column, 3 + 3.4 * line, 1.9, 1.9)
            for bit, (column, line) in enumerate(DOTS)
            if bits >> bit & 1
        ]
    return []


def joined(drawn):
    """The path of the parts of many signs; rectangles that touch side by side become one."""
    path, last = [], None
    for part in (part for parts in drawn for part in parts):
        if part[0] != "rect":
            path.append(part[0])
            continue
        _, x, y, width, height = part
        if last and (last[1], last[3]) == (y, height) and abs(last[0] + last[2] - x) < 0.01:
            last[2] += width
        else:
            last = [x, y, width, height]
            path.append(last)
    return "".join(
        part if isinstance(part, str) else
        f"M{number(part[0])} {number(part[1])}h{number(part[2])}v{number(part[3])}h{number(-part[2])}z"
        for part in path
    )


def texts(cells, style):
    """Letters: one text for each stretch of one look, and one for each sign that another font may have to give."""
    at, baseline = 0, number(HEIGHT * 0.72)
    while at < len(cells):
        cell = cells[at]
        if cell.sign in ("", " ") or shape(cell.sign, 0):
            at += 1
            continue
        name = style.of(cell.look)
        if not is_plain(cell.sign):
            wide = at + 1 < len(cells) and cells[at + 1].sign == ""
            middle = number((at + (1 if wide else 0.5)) * WIDTH)
            yield f'<text class="{name} M" x="{middle}" y="{baseline}">{escape(cell.sign)}</text>'
            at += 1
            continue
        begin = at
        while at < len(cells) and is_plain(cells[at].sign) and cells[at].look == cell.look:
            if all(after.sign == " " for after in cells[at : at + 3]):
                break
            at += 1
        words = "".join(each.sign for each in cells[begin:at]).rstrip()
        length = f' textLength="{len(words) * WIDTH}"' if len(words) > 1 else ""
        yield f'<text class="{name}" x="{begin * WIDTH}" y="{baseline}"{length}>{escape(words)}</text>'


def is_plain(sign):
    """Whether every monospace font has the sign, as wide as its letters."""
    return len(sign) == 1 and (ord(sign) < 0x250 or sign in PLAIN)


def size(columns, rows):
    """Width and height of the picture of a terminal."""
    return columns * WIDTH + 2 * MARGIN, rows * HEIGHT + TITLE_HEIGHT + MARGIN


def window_background(rows):
    """The colour of the window: what the screen has along its left edge, where no dialog lies over it."""
    return Counter(cells[0].back for cells in rows).most_common(1)[0][0]


def document(columns, rows, title, style, body, rules="", attributes=""):
    """A whole SVG document: a window with a title, and `body` in it."""
    width, height = size(columns, rows)
    dots = "".join(
        f'<circle cx="{18 + 18 * at}" cy="15" r="5" fill="#{fill}"/>'
        for at, fill in enumerate(("f4938a", "e5b567", "7cc68d"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"{attributes}>\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>text{{font:{FONT_SIZE}px {FONTS};white-space:pre}}.M{{text-anchor:middle}}{style.sheet()}{rules}</style>\n"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="#{style.background}" stroke="#46525f"/>\n'
        f"{dots}\n{body}\n</svg>\n"
    )


def heading(columns, words):
    """The words in the title of the window."""
    return f'<text class="M" fill="#8492a3" x="{columns * WIDTH // 2 + MARGIN}" y="20">{escape(words)}</text>'


def at_row(y, drawn):
    """A row that was drawn, at its place in the window."""
    return f'<g transform="translate({MARGIN} {TITLE_HEIGHT + y * HEIGHT})">{drawn}</g>'


def picture(screen, title, look):
    """A still picture of a screen. `look` goes into it, so that another one that looks the same can be told."""
    rows = cells_of(screen)
    style = Style(window_background(rows))
    drawn = [at_row(y, "".join(row(cells, style))) for y, cells in enumerate(rows)]
    body = "\n".join([heading(screen.columns, "flowdeck"), *drawn])
    return document(screen.columns, screen.lines, title, style, body, attributes=f' data-look="{look}"')

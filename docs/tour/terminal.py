"""Runs the program in a pseudo terminal, presses keys, and reads what stands on its screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte

KEYS = {
    "Enter": "\r",
    "Escape": "\x1b",
    "Tab": "\t",
    "S-Tab": "\x1b[Z",
    "Space": " ",
    "Backspace": "\x7f",
    "Up": "\x1b[A",
    "Down": "\x1b[B",
    "Right": "\x1b[C",
    "Left": "\x1b[D",
    "Home": "\x1b[H",
    "End": "\x1b[F",
    "F1": "\x1bOP",
    "F5": "\x1b[15~",
    "ctrl-c": "\x03",
    "ctrl-p": "\x10",
    "ctrl-s": "\x13",
    "ctrl-space": "\x00",
    "alt-enter": "\x1b\r",
}

# A frame arrives in a few reads at most; a gap this long says that it is whole. Spinners turn more slowly.
FRAME_GAP = 0.03
# An `Escape` followed by a letter at once would be read as `alt` and that letter.
ESCAPE_GAP = 0.12


class Timeout(Exception):
    """Words that did not come to the screen in time, with the screen as it is."""


class Terminal:
    """A program in a pseudo terminal of `columns` by `rows` cells."""

    def __init__(self, program, folder, environment, columns, rows):
        self.columns, self.rows = columns, rows
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        # What was written, for the animation: pairs of a time and bytes; and what was done: pairs of a time and words.
        self.written, self.done = [], []
        self.started = time.monotonic()
        self.held = 0
        self.is_closing = False
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            # Whatever goes wrong here, this copy of the script must not go on.
            try:
                os.chdir(folder)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execve(program[0], program, environment)
            except OSError as error:
                os.write(1, f"{program[0]}: {error.strerror}".encode())
            finally:
                os._exit(127)
        fcntl.ioctl(
            self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0)
        )

    def now(self):
        """The time of the recording, in seconds since its start."""
        return time.monotonic() - self.started + self.held

    def hold(self, seconds):
        """Makes the recording stand still for `seconds`, without waiting."""
        self.held += seconds

    def say(self, words):
        """Notes what is done from here on."""
        self.done.append((self.now(), words))

    def lines(self):
        """The text on the screen, a string for each row."""
        return self.screen.display

    def text(self):
        """The text on the screen."""
        return "\n".join(self.lines())

    def read(self, seconds):
        """Takes what the program writes within `seconds`; False if it writes nothing."""
        ready, _, _ = select.select([self.descriptor], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise Timeout("the program ended\n" + self.text())
        if not self.is_closing:
            self.written.append((self.now(), data))
        self.stream.feed(data)
        return True

    def whole_frame(self):
        """Reads on until the frame that is being written is whole."""
        until = time.monotonic() + 1
        while self.read(FRAME_GAP) and time.monotonic() < until:
            pass

    def wait(self, wanted, seconds=30):
        """Waits until the screen shows `wanted`: a regular expression, or a function of the screen's text."""
        shows = wanted if callable(wanted) else re.compile(wanted).search
        until = time.monotonic() + seconds
        while True:
            self.whole_frame()
            if shows(self.text()):
                return
            left = until - time.monotonic()
            if left <= 0:
                raise Timeout(f"waited {seconds} s for {wanted!r}; the screen:\n{self.text()}")
            self.read(left)

    def gone(self, unwanted, seconds=30):
        """Waits until the screen no longer shows the regular expression `unwanted`."""
        self.wait(lambda text: not re.search(unwanted, text), seconds)

    def press(self, *keys):
        """Presses keys one after another: names of `KEYS`, or single letters."""
        for key in keys:
            os.write(self.descriptor, KEYS.get(key, key).encode())
            if key == "Escape":
                until = time.monotonic() + ESCAPE_GAP
                while (left := until - time.monotonic()) > 0:
                    self.read(left)
            self.whole_frame()

    def type(self, text):
        """Types `text` letter by letter."""
        self.press(*text)

    def close(self):
        """Ends the program. What it writes meanwhile is no part of the recording."""
        self.is_closing = True
        os.kill(self.process, signal.SIGTERM)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                self.read(0.2)
            except Timeout:
                break
        else:
            os.kill(self.process, signal.SIGKILL)
        os.close(self.descriptor)
        os.waitpid(self.process, 0)

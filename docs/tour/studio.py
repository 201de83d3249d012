"""Sets the stage for the pictures: a folder with the samples, a terminal, and what is done with each screen."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import animation
import story
import svg
from look import look
from page import ANIMATION
from terminal import Terminal

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "sample_specs"
# The sizes of the still pictures and of the animation, in cells.
STILL, MOVING, TALL = (120, 30), (100, 28), (120, 36)
# A notice at the end of the last line, with its time. It fades by itself.
NOTICE = r"\d\d:\d\d:\d\d *$"


class Tour:
    """A terminal with flowdeck in it, and the pictures that are taken of it."""

    def __init__(self, program, folder, size, make_all, *options):
        self.make_all = make_all
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        self.terminal = Terminal([str(program), *options, folder.name], folder.parent, environment, *size)
        self.press, self.type = self.terminal.press, self.terminal.type
        self.wait, self.gone = self.terminal.wait, self.terminal.gone
        self.looks = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.close()

    def shot(self, name, **chance):
        """Takes the picture `name` of what is on the screen; `chance` says what of it is chance, as `look` takes it."""
        self.gone(NOTICE)
        screen = self.terminal.screen
        drawn = look(screen.display, **chance)
        path = HERE / f"{name}.svg"
        if self.make_all or not has_look(path, drawn):
            write(path, svg.picture(screen, name, drawn))
        else:
            print(f"{path.name}: looks as before")

    def act(self, words, *keys, pause=1.2):
        """Presses keys of the animation: `words` say what is done, and stand in its title."""
        self.terminal.hold(pause)
        self.terminal.say(words)
        self.terminal.hold(0.5)
        self.press(*keys)

    def see(self):
        """Notes what the animation shows here, for the comparison with an earlier one."""
        self.looks.append(look(self.terminal.lines(), is_live=True))


def make(program, make_all, only, nats):
    """Makes the pictures and the animation; that of workers if there is a `nats`-server."""
    if nats and only != "animation":
        with tempfile.TemporaryDirectory(prefix="flowdeck-tour-") as home:
            with workers(program, nats, samples_in(home)) as url:
                with Tour(program, Path(home) / "samples", TALL, make_all, "--nats", url) as tour:
                    story.at_workers(tour)
    if only != "animation":
        with tempfile.TemporaryDirectory(prefix="flowdeck-tour-") as home:
            with Tour(program, starter_in(home, program), STILL, make_all) as tour:
                story.first_look(tour)
            with Tour(program, samples_in(home), STILL, make_all) as tour:
                story.pictures(tour)
            with Tour(program, Path(home) / "samples", STILL, make_all, "--plain") as tour:
                story.plain(tour)
    if only != "pictures":
        with tempfile.TemporaryDirectory(prefix="flowdeck-tour-") as home:
            with Tour(program, samples_in(home), MOVING, make_all) as tour:
                story.five_minutes(tour)
                terminal, seen = tour.terminal, look(tour.looks)
            moving, recorded = HERE / f"{ANIMATION}.svg", HERE / f"{ANIMATION}.cast"
            if make_all or not (has_look(moving, seen) and recorded.exists()):
                write(moving, animation.animated(terminal, "flowdeck in five minutes", seen))
                write(recorded, animation.cast(terminal, "flowdeck in five minutes"))
            else:
                print(f"{moving.name}: looks as before")


@contextlib.contextmanager
def workers(program, nats, samples):
    """A server of NATS with two workers; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"nats://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    began = [subprocess.Popen([nats, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", samples.parent / "nats"], **quiet)]
    try:
        while not is_open(port):
            if began[0].poll() is not None:
                raise RuntimeError(f"{nats} does not start")
        for name, at_once in (("build-7", 4), ("build-9", 6)):
            options = ["worker", "--nats", url, "--name", name, "--at-once", str(at_once)]
            worker = subprocess.Popen([program, "-C", samples, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            began.append(worker)
            # It says so once it takes runs.
            worker.stdout.readline()
        yield url
    finally:
        for process in reversed(began):
            process.terminate()
            process.wait()


def is_open(port):
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


def samples_in(home):
    """A copy of the samples, as the workspace."""
    return Path(shutil.copytree(SAMPLES, Path(home) / "samples"))


def starter_in(home, program):
    """A workspace with a spec that nobody has looked at yet."""
    folder = Path(home) / "work"
    folder.mkdir()
    subprocess.check_call([program, "new", "agent", folder / "helper.yaml"], stdout=subprocess.DEVNULL)
    (folder / "flowdeck.toml").write_text('[tools.get_weather]\ncommand = ["python3", "weather.py"]\n')
    return folder


def has_look(path, drawn):
    """Whether the picture at `path` looks like one with the look `drawn`."""
    return path.exists() and f'data-look="{drawn}"' in path.read_text()


def write(path, text):
    """Writes a file and says how large it is."""
    path.write_text(text)
    print(f"{path.name}: made, {len(text.encode())} bytes")

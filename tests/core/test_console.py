"""Every way out is one line and its exit status."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import ExecutionError, InvalidInputError

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
START = "import gc, os, signal, sys, time\nfrom relaxnet.core.console import run_cleanly\n"
WAIT = f"""{START}
def action():
    print("ready", flush=True)
    time.sleep(60)

sys.exit(run_cleanly(action))
"""
SIGNALS = [("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "terminated"), ("SIGHUP", 129, "hung up")]


def started(script, *arguments, **options):
    """A process of its own, once it has said that it is ready."""
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], env=ENVIRONMENT, text=True, **{**pipes, **options}
    )
    assert process.stdout.readline() == "ready\n"
    return process


def run(action, capsys):
    status = run_cleanly(action)
    return status, capsys.readouterr().err


@pytest.mark.parametrize(("name", "status", "word"), SIGNALS)
def test_a_signal_is_one_line_and_its_status(name, status, word):
    process = started(f"import signal\nsignal.signal(signal.{name}, signal.SIG_DFL)\n{WAIT}")  # ignored under nohup
    process.send_signal(getattr(signal, name))
    assert process.communicate(timeout=10) == ("", f"relaxnet: {word}; nothing half-written is left\n")
    assert process.returncode == status


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_the_parent_had_ignored_stays_ignored(name):
    ignored = f"import signal\nsignal.signal(signal.{name}, signal.SIG_IGN)\n{WAIT}"
    process = started(ignored.replace("sleep(60)", "sleep(0.3)"))
    process.send_signal(getattr(signal, name))
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_handlers_are_as_before_afterwards(capsys):
    numbers = [getattr(signal, name) for name, _, _ in SIGNALS]
    before = [*map(signal.getsignal, numbers), sys.unraisablehook]
    status, line = run(lambda: signal.raise_signal(signal.SIGTERM), capsys)
    assert (status, line) == (143, "relaxnet: terminated; nothing half-written is left\n")
    assert [*map(signal.getsignal, numbers), sys.unraisablehook] == before


DESTRUCTOR = f"""{START}
class Thing:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def action():
    Thing()
    time.sleep(60)

sys.exit(run_cleanly(action))
"""


def test_an_interrupt_in_a_destructor_is_not_lost():
    done = subprocess.run(
        [sys.executable, "-c", DESTRUCTOR], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=10
    )
    assert (done.returncode, done.stderr) == (130, "relaxnet: interrupted; nothing half-written is left\n")


@pytest.mark.parametrize("consequence", [ImportError("half imported"), ExecutionError("a worker process died")])
def test_what_an_interrupt_leads_to_is_told_as_the_interrupt(capsys, consequence):
    def action():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise consequence from None

    assert run(action, capsys) == (130, "relaxnet: interrupted; nothing half-written is left\n")


def test_a_second_interrupt_leaves_the_line_of_the_first(capsys):
    def action():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as interrupt:
            interrupt.args = ("epoch 3 of 6 is kept",)
            raise
        finally:
            signal.raise_signal(signal.SIGINT)

    assert run(action, capsys) == (143, "relaxnet: terminated; epoch 3 of 6 is kept\n")


def test_errors_are_one_line(capsys):
    def fail(error):
        def action():
            raise error

        return action

    assert run(fail(InvalidInputError("a", 1, "at least\n 2")), capsys) == (2, "relaxnet: a = 1: must be at least 2\n")
    assert run(fail(OSError(28, "No space left", "x.csv")), capsys) == (2, "relaxnet: x.csv: No space left\n")
    assert run(fail(MemoryError("8 GiB")), capsys) == (2, "relaxnet: not enough memory (8 GiB)\n")
    assert run(fail(BrokenPipeError(32, "Broken pipe")), capsys) == (2, "relaxnet: Broken pipe\n")  # no stream's
    assert run(fail(SystemExit(0)), capsys) == (0, "")
    with pytest.raises(ZeroDivisionError):  # a bug
        run(lambda: 1 / 0, capsys)


WRITE = f"""{START}
def action():
    print("ready", flush=True)
    sys.stdin.readline()
    stream = getattr(sys, sys.argv[1])
    for _ in range(int(sys.argv[2])):
        print("line", file=stream)
    {{end}}

sys.exit(run_cleanly(action))
"""


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("lines", "end"), [(1, "pass"), (1, "raise SystemExit(0)"), (100_000, "pass")])
def test_a_reader_that_stops_early_is_no_error(monkeypatch, lines, end, unbuffered):
    monkeypatch.setitem(ENVIRONMENT, "PYTHONUNBUFFERED", unbuffered)
    process = started(WRITE.format(end=end), "stdout", str(lines), stdin=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write("\n")
    process.stdin.close()
    assert process.stderr.read() == ""
    assert process.wait(10) == 141
    process.stderr.close()


def test_a_reader_of_messages_that_stops_early_is_no_error_either():
    process = started(WRITE.format(end="pass"), "stderr", "1", stdin=subprocess.PIPE)
    process.stderr.close()
    process.stdin.write("\n")
    process.stdin.close()
    assert process.stdout.read() == ""
    assert process.wait(10) == 141
    process.stdout.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")  # noqa: PTH110
def test_a_full_disk_behind_the_output_is_one_line():
    script = f"{START}\nsys.exit(run_cleanly(lambda: print('line')))"
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-c", script], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert re.fullmatch(r"relaxnet: (standard output: )?No space left on device\n", done.stderr)


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_stage_ends_with_its_parent(number):
    stage = WAIT.replace("def action():", "from relaxnet.core.processes import terminate_with_parent\n"
                         "def action():\n    terminate_with_parent()")  # fmt: skip
    parent = started(PARENT, stage)
    parent.send_signal(number)
    begun = time.monotonic()
    assert parent.communicate(timeout=10) == ("", "relaxnet: terminated; nothing half-written is left\n")
    assert time.monotonic() - begun < 5.0

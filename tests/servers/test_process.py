"""Children end with us, whatever happens to us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import ports
from tests.servers.process import PROJECT, Process, StartFailed, listens

PARENT = """
import sys, threading
from pathlib import Path
from tests.servers.process import Process
child = Process("sleep", ["sleep", "600"], Path(sys.argv[1]))
starter = threading.Thread(target=child.launch)
starter.start()
starter.join()  # the child must outlive the thread that started it
print(child.pid, flush=True)
sys.stdin.read()
"""


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 10
    while _alive(pid):
        assert time.monotonic() < end, f"{pid} still runs"
        time.sleep(0.01)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _alive(child)
        os.kill(parent.pid, signal.SIGKILL)
    _wait_until_gone(child)


def test_a_child_that_ends_at_once_shows_its_output(tmp_path: Path) -> None:
    child = Process("fails", ["sh", "-c", "echo no such option; exit 3"], tmp_path)
    with pytest.raises(StartFailed, match=r"fails ended with 3(?s:.*)no such option"):
        child.start(lambda: False)
    assert not child.running


def test_a_child_that_never_answers_is_ended(tmp_path: Path) -> None:
    child = Process("deaf", ["sleep", "600"], tmp_path)
    port = ports.reserve()
    with pytest.raises(StartFailed, match=r"deaf is not ready \(.*refused"):
        child.start(lambda: listens(port), limit=0.1)
    assert not child.running


def test_killing_a_child_ends_its_children_too(tmp_path: Path) -> None:
    child = Process("shell", ["sh", "-c", "sleep 600 & echo $!; wait"], tmp_path)
    child.start(lambda: "\n" in child.tail())
    grandchild = int(child.tail())
    child.kill()
    _wait_until_gone(grandchild)

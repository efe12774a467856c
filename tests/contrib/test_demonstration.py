"""The demonstration is the first thing that anybody tries, so it is tried here as they would."""

import os
import signal
import subprocess
import sys

import pytest

from tests.servers.process import PROJECT
from tests.servers.prosody import Prosody

DEMONSTRATION = [sys.executable, "-m", "contrib.demonstration"]
ROWS = [
    ("<Anna> Hello from XMPP!", "Anna", "Hello from XMPP!"),
    ("* ben takes two sugars", "* ben takes two sugars", "* ben takes two sugars"),
    ("* Cleo prefers coffee", "Cleo", "prefers coffee"),
]


@pytest.mark.timeout(300)
def test_the_demonstration_shows_every_line_on_every_side() -> None:
    run = subprocess.run(
        [*DEMONSTRATION, "--once"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "180"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    rows = [line.split("│") for line in run.stdout.splitlines() if line.count("│") == 2]
    for expected in ROWS:
        assert any(
            all(text in cell for text, cell in zip(expected, row, strict=True)) for row in rows
        ), run.stdout


@pytest.mark.timeout(300)
def test_the_demonstration_stays_up_until_it_is_interrupted() -> None:
    with subprocess.Popen(DEMONSTRATION, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        shown = ""
        for line in run.stdout:
            shown += line
            if "until you press Ctrl-C" in line:
                run.send_signal(signal.SIGINT)
        assert run.wait() == 0, shown
    assert f"NAME@{Prosody.domain}, server 127.0.0.1 port" in shown

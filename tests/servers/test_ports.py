"""Ports are ours alone, in this session and beside others."""

import subprocess
import sys

from tests.servers import ports
from tests.servers.process import PROJECT

OTHER = """
from tests.servers import ports
ports.FIRST, ports.LAST = {first}, {last}
try:
    print(ports.reserve())
except RuntimeError:
    print("none")
"""


def _in_another_session(first: int, last: int) -> str:
    script = OTHER.format(first=first, last=last)
    argv = [sys.executable, "-c", script]
    return subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


def test_a_port_is_given_once() -> None:
    assert len({ports.reserve() for _ in range(50)}) == 50


def test_another_session_does_not_get_our_port() -> None:
    port = ports.reserve()
    assert _in_another_session(port, port + 1) == "none\n"


def test_a_port_is_free_again_when_its_session_has_ended() -> None:
    port = int(_in_another_session(ports.FIRST, ports.LAST))
    assert int(_in_another_session(port, port + 1)) == port

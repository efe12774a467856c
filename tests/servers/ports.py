"""Hands out loopback ports that no other test session of this machine will take."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

FIRST, LAST = 20_000, 31_999
"""Below the range from which Linux takes the ports of outgoing connections."""

_taken: set[int] = set()
_locks: list[int] = []


def reserve() -> int:
    """Return a free port; it stays ours until this process ends, also while nothing listens.

    A byte of one file stands for each port and is locked for as long as the process lives, so
    parallel sessions never agree on the same one, and a server finds its port free on restart.
    """
    for port in random.sample(range(FIRST, LAST), k=LAST - FIRST):
        if port not in _taken and _lock(port) and _free(port):
            _taken.add(port)
            return port
    raise RuntimeError(f"no free port between {FIRST} and {LAST}")


def _lock(port: int) -> bool:
    if not _locks:
        # Opened once and never closed: POSIX drops all locks of a file with the first close.
        path = Path(tempfile.gettempdir()) / f"tercet-ports-{os.getuid()}"
        _locks.append(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        fcntl.lockf(_locks[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

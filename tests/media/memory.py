"""Measures how much memory this process takes at most."""

from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def begin() -> int:
    """Return the bytes that are taken now, and forget the peak so far (proc(5))."""
    _CLEAR.write_text("5")
    return _value("VmRSS")


def peak() -> int:
    """Return the most bytes that were taken since ``begin``."""
    return _value("VmHWM")


def _value(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024

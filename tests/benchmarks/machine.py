"""Names the machine that the figures are from."""

import os
import platform
import re
import sqlite3
from pathlib import Path


def describe() -> dict[str, str]:
    """Return what a reader must know to compare the figures with their own."""
    return {
        "cpu": f"{os.cpu_count()} x {_model()}",
        "memory": f"{_memory():.0f} GB",
        "system": f"{platform.system()} {platform.release()}, {platform.libc_ver()[0]}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def in_words(machine: dict[str, str]) -> str:
    """Write it in one line."""
    return (
        f"{machine['cpu']}, {machine['memory']}, {machine['system']}, Python {machine['python']}, "
        f"SQLite {machine['sqlite']}; load before the start {machine['load']}"
    )


def _model() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9

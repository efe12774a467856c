"""What a process has used so far, as Linux tells it (proc(5))."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, user and system, of all its threads.

    The scheduler's own nanoseconds, since ``stat`` counts in ticks of 10 ms; the time of threads
    that have ended is in neither of the threads, so ``stat`` has the last word if it has more.
    """
    threads = Path(f"/proc/{pid}/task")
    exact = sum(int((t / "schedstat").read_text().split()[0]) for t in threads.iterdir()) / 1e9
    return max(exact, parse_stat(Path(f"/proc/{pid}/stat").read_text()) / _TICK)


def parse_stat(text: str) -> int:
    """Return user and system ticks from ``/proc/PID/stat``, whatever the program is called."""
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def resident(pid: int) -> float:
    """Return the resident memory of a process in MB (10^6 bytes)."""
    return parse_status(Path(f"/proc/{pid}/status").read_text())


def parse_status(text: str) -> float:
    """Return ``VmRSS`` from ``/proc/PID/status`` in MB."""
    [line] = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6

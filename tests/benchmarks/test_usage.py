"""Reading what a process has used."""

import os
import time

from tests.benchmarks.usage import cpu_seconds, parse_stat, parse_status, resident

STAT = (
    "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 1234 56 7 8 20 0 3 0 100 1000000 200 "
    "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0"
)


def test_user_and_system_time_are_found_behind_any_name() -> None:
    assert parse_stat(STAT) == 1234 + 56


def test_memory_is_told_in_megabytes() -> None:
    assert parse_status("Name:\tx\nVmRSS:\t   62500 kB\nThreads:\t1\n") == 64.0


def test_this_process_is_seen_to_work() -> None:
    before = cpu_seconds(os.getpid())
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 0.04 < cpu_seconds(os.getpid()) - before < 1


def test_this_process_takes_room() -> None:
    assert 5 < resident(os.getpid()) < 5000

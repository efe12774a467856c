"""The command line: the smallest benchmarks run, and what they print can be read."""

import json
import subprocess
import sys

import pytest

from tests.servers.process import PROJECT


def benchmarks(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tests.benchmarks", *words]
    return subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, timeout=90)


@pytest.mark.timeout(100)
def test_the_ones_without_servers_run_and_every_figure_counts_something() -> None:
    run = benchmarks("journal", "core", "--quick", "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert [section["name"] for section in report["sections"]] == ["journal", "core"]
    figures = [figure for section in report["sections"] for figure in section["figures"]]
    assert figures
    assert all(figure["value"] > 0 for figure in figures)
    assert report["machine"]["cpu"]


def test_the_help_names_every_benchmark() -> None:
    shown = benchmarks("--help").stdout
    for name in ("journal", "core", "portals", "memory", "directions", "sustained", "members"):
        assert f"  {name} " in shown


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    run = benchmarks("jornal")
    assert run.returncode == 2
    assert "directions" in run.stderr

"""The linters, the types and the import contracts are clean."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import PROJECT

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "lint-imports",
    ],
)
@pytest.mark.timeout(300)
def test_the_tool_finds_nothing(command: str) -> None:
    tool, *words = command.split()
    run = subprocess.run([TOOLS / tool, *words], cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr

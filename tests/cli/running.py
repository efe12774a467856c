"""Runs ``tercet`` commands, and a whole daemon on loopback networks in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from bridge.cli import main
from tests.servers.ports import reserve

TWO_NETWORKS = "  one: {kind: loopback}\n  two: {kind: loopback}\n"


def write_config(folder: Path, networks: str = TWO_NETWORKS) -> Path:
    path = folder / "config.yaml"
    path.write_text(f"http: {{listen: '127.0.0.1:{reserve()}'}}\nnetworks:\n{networks}")
    path.chmod(0o600)
    return path


def tercet(config: Path | None, *arguments: str, input: str | None = None) -> Result:
    """Run a command in this process."""
    before = ["--config", str(config)] if config else []
    return CliRunner().invoke(main, [*before, *arguments], input=input)


def tercet_json(config: Path, *arguments: str) -> Any:
    """Run a command that must work and read what it says to programs."""
    result = tercet(config, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@contextmanager
def daemon(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real daemon, ready when this returns."""
    command = [sys.executable, "-c", "from bridge.cli import main; main()", "run"]
    log = (config.parent / "log").open("wb")
    environment = {**os.environ, "TERCET_CONFIG": str(config)}
    process = subprocess.Popen(command, stderr=log, env=environment, cwd=config.parent)
    try:
        end = time.monotonic() + 30
        while b" is ready" not in (config.parent / "log").read_bytes():
            assert process.poll() is None, (config.parent / "log").read_text()
            assert time.monotonic() < end, "not ready within 30 s"
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(10)
        log.close()

"""The configuration is found where it was named, else where it usually is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli import files
from tests.cli.running import tercet, write_config


def test_it_may_be_named_before_or_after_the_command_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path)
    assert tercet(config, "check", "--offline").exit_code == 0
    assert tercet(None, "check", "--offline", "-c", str(config)).exit_code == 0
    assert tercet(None, "check", "--offline").exit_code == 1
    monkeypatch.setenv("TERCET_CONFIG", str(config))
    assert tercet(None, "check", "--offline").exit_code == 0


def test_without_a_name_it_is_here_or_in_the_system_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    system = write_config(tmp_path)
    monkeypatch.setattr(files, "_SYSTEM", system)
    assert str(system) in tercet(None, "check", "--offline").output
    assert str(write_config(here)) in tercet(None, "check", "--offline").output


def test_a_missing_configuration_is_answered_with_how_to_write_one(tmp_path: Path) -> None:
    result = tercet(tmp_path / "none.yaml", "check")
    assert "there is no such file" in result.stderr
    assert "tercet init" in result.stderr


def test_the_command_line_does_not_import_what_only_the_daemon_needs() -> None:
    heavy = {"pydantic", "aiohttp", "slixmpp", "mautrix", "structlog", "sqlite3"}
    code = "import sys, bridge.cli; print(*(set(sys.modules) & set(sys.argv[1:])))"
    found = subprocess.run(
        [sys.executable, "-c", code, *heavy],
        capture_output=True,
        text=True,
        check=True,
        cwd=os.getcwd(),
    ).stdout
    assert set(found.split()) <= {"sqlite3"}

"""The daemon as a whole, in a process of its own."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import daemon, tercet, tercet_json, write_config


def port_of(config: Path) -> int:
    return int(config.read_text().split("127.0.0.1:")[1].split("'")[0])


def health(config: Path) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(config)}/healthz", timeout=5) as page:
        return json.load(page)


def test_what_was_linked_is_linked_after_a_restart(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with daemon(config):
        assert health(config)["healthy"] is True
        assert tercet(config, "link", "one:a", "two:b").exit_code == 0
    with daemon(config):
        assert [portal["name"] for portal in tercet_json(config, "rooms")] == ["a"]


def test_a_kill_leaves_nothing_that_hinders_the_next_start(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with daemon(config) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert (tmp_path / "tercet.sock").exists()
    with daemon(config):
        assert tercet_json(config, "status")["healthy"] is True


def test_the_service_manager_is_told_when_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setitem(os.environ, "NOTIFY_SOCKET", str(tmp_path / "notify"))
        with daemon(write_config(tmp_path)):
            assert manager.recv(100) == b"READY=1"
        assert manager.recv(100) == b"STOPPING=1"


def test_a_port_in_other_hands_ends_the_start_with_a_reason(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port_of(config)))
        other.listen()
        result = tercet(config, "run")
    assert result.exit_code == 1
    assert "address already in use" in result.stderr

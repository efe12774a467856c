"""The control socket, with a real socket and the real client."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.admin.client import ask
from bridge.admin.control import AlreadyRunning, Control
from bridge.admin.facade import Refused
from tests.admin.office import Office, den


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    control = Control(tmp_path / "control.sock", Office(den()))
    await control.start()
    yield tmp_path / "control.sock"
    await control.stop()


async def raw(path: Path, line: bytes) -> dict[str, str]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line)
    writer.write_eof()
    answer = await reader.readline()
    writer.close()
    reply: dict[str, str] = json.loads(answer)
    return reply


async def test_only_its_own_user_may_open_it(path: Path) -> None:
    assert os.stat(path).st_mode & 0o777 == 0o600


async def test_many_can_ask_at_the_same_time(path: Path) -> None:
    asking = [asyncio.to_thread(ask, path, "rooms", {}, print) for _ in range(20)]
    answers = await asyncio.gather(*asking)
    assert {answer.data[0]["name"] for answer in answers} == {"den"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello\n", "not a request: JSON is malformed"),
        (b'{"command": 7}\n', "not a request: Expected `str`"),
        (b'{"command": "rooms", "sudo": 1}\n', "unknown field `sudo`"),
        (b'{"command": "dance"}\n', "there is no command"),
        (b'{"command": "rooms"', "not a request"),
    ],
)
async def test_nonsense_is_refused(path: Path, line: bytes, reason: str) -> None:
    reply = await raw(path, line)
    assert reply["type"] == "refusal"
    assert reason in reply["text"]


async def test_a_failure_inside_is_logged_and_does_not_end_the_service(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Refused, match="the daemon's log tells"):
        await asyncio.to_thread(ask, path, "backup", {"file": "/tmp/broken"}, print)
    assert "ZeroDivisionError" in caplog.text
    assert (await asyncio.to_thread(ask, path, "rooms", {}, print)).data


async def test_a_connection_that_says_nothing_is_dropped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.admin.control.PATIENCE", 0.05)
    reader, writer = await asyncio.open_unix_connection(path)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_a_second_daemon_does_not_take_the_socket(path: Path) -> None:
    with pytest.raises(AlreadyRunning):
        await Control(path, Office()).start()
    assert (await asyncio.to_thread(ask, path, "rooms", {}, print)).data


async def test_a_socket_left_by_a_dead_daemon_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    server = await asyncio.start_unix_server(lambda reader, writer: None, path)
    server.close()
    await server.wait_closed()
    assert path.exists()
    control = Control(path, Office(den()))
    await control.start()
    assert (await asyncio.to_thread(ask, path, "rooms", {}, print)).data
    await control.stop()
    assert not path.exists()


async def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Control(tmp_path / "none" / "control.sock", Office()).start()

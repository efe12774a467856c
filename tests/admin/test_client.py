"""The asking end of the control socket."""

import asyncio
from pathlib import Path

import pytest

from bridge.admin.client import NotRunning, ask
from bridge.admin.control import Control
from bridge.admin.facade import Refused
from tests.admin.office import Office


async def test_progress_is_passed_on_while_the_command_works(tmp_path: Path) -> None:
    control = Control(tmp_path / "c", Office())
    await control.start()
    said: list[str] = []
    given = {"addresses": ["libera:#a"], "name": "den"}
    answer = await asyncio.to_thread(ask, tmp_path / "c", "link", given, said.append)
    assert said[:2] == ["Looking for 1 room …", "Linked as “den”. Joining the rooms …"]
    assert answer.data[0]["name"] == "den"
    await control.stop()


async def test_a_refusal_is_raised_with_its_reason(tmp_path: Path) -> None:
    control = Control(tmp_path / "c", Office())
    await control.start()
    given = {"addresses": ["libera:#secret"]}
    with pytest.raises(Refused, match="they do not let us in"):
        await asyncio.to_thread(ask, tmp_path / "c", "link", given, print)
    await control.stop()


def test_without_a_daemon_the_way_to_start_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="start it with “tercet run”"):
        ask(tmp_path / "c", "rooms", {}, print)


async def test_a_daemon_that_dies_meanwhile_is_noticed(tmp_path: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_unix_server(die, tmp_path / "c")
    with pytest.raises(NotRunning, match="went away"):
        await asyncio.to_thread(ask, tmp_path / "c", "rooms", {}, print)
    server.close()
    await server.wait_closed()

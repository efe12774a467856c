"""Pushes, over real HTTP and from a real Synapse."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bridge.model import Event, MessageSent, RoomRef, TopicChanged
from protocols.matrix.appservice import AppService
from protocols.matrix.decode import Envelope
from tests.protocols.matrix.bridge import Bridge, Memory, served
from tests.servers import ports

TOKEN = "their-token"


class Door:
    """An application service with its journal, and the homeserver at its door."""

    def __init__(self, state: Memory | None = None, address: str = "http://x") -> None:
        self.bridge = Bridge(state)
        self.port = ports.reserve()
        self.read_events: list[str] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.heard: list[bytes] = []
        self.service = AppService(TOKEN, address, self._read, self._exists, self.heard.append)
        self.service.mount(self.bridge)
        self.service.opened.set()

    async def _read(self, envelopes: list[Envelope | None]) -> list[Event]:
        await self.hold.wait()
        ids = [envelope.event_id for envelope in envelopes if envelope]
        self.read_events += ids
        return [TopicChanged(room=RoomRef("mx", "!r"), topic=found, time=0) for found in ids]

    async def _exists(self, mxid: str) -> bool:
        return mxid == "@_irc_bob:hs"

    async def request(
        self, method: str, path: str, body: Any = None, token: str | None = TOKEN
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.request(method, url, data=data) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def push(self, number: int, *ids: str, padding: str = "") -> int:
        path = f"/_matrix/app/v1/transactions/{number}"
        status, _ = await self.request("PUT", path, {"events": [event(i, padding) for i in ids]})
        return status


def event(event_id: str, padding: str = "") -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "room_id": "!r",
        "sender": "@a:hs",
        "event_id": event_id,
        "content": {"body": padding},
    }


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    async with served(made.bridge, made.port):
        yield made


async def test_a_transaction_is_answered_once_it_is_journaled(door: Door) -> None:
    assert await door.push(1, "$1", "$2") == 200
    assert [event.topic for event in door.bridge.all(TopicChanged)] == ["$1", "$2"]
    assert door.bridge.all(MessageSent) == []


async def test_a_transaction_that_cannot_be_journaled_is_answered_5xx_and_may_come_again(
    door: Door,
) -> None:
    door.bridge.full = True
    assert await door.push(1, "$1") == 503
    door.bridge.full = False
    assert await door.push(1, "$1") == 200
    assert len(door.bridge.events) == 1


async def test_a_transaction_that_comes_again_counts_once(door: Door) -> None:
    for _ in range(3):
        assert await door.push(1, "$1") == 200
    assert door.read_events == ["$1"]
    assert door.service.repeated == 2


async def test_a_retry_while_the_first_is_under_way_waits_for_it(door: Door) -> None:
    door.hold.clear()
    pushes = [asyncio.create_task(door.push(1, "$1")) for _ in range(3)]
    while door.service.repeated < 2:
        await asyncio.sleep(0.005)
    door.hold.set()
    assert await asyncio.gather(*pushes) == [200, 200, 200]
    assert door.read_events == ["$1"]


async def test_a_homeserver_that_was_set_up_anew_may_use_its_numbers_again(door: Door) -> None:
    await door.push(1, "$old")
    await door.push(1, "$new")
    assert door.read_events == ["$old", "$new"]


async def test_transactions_are_known_over_a_restart(door: Door) -> None:
    await door.push(1, "$1")
    await door.service.close()
    again = Door(door.bridge.state)
    await again.service.load()
    async with served(again.bridge, again.port):
        assert await again.push(1, "$1") == 200
    assert again.read_events == []


async def test_the_marks_kept_are_bounded(door: Door) -> None:
    for number in range(80):
        await door.push(number, f"${number}")
    await door.service.save()
    assert len(door.bridge.state.facts["transactions"].split()) == 64


async def test_after_the_end_nothing_is_taken_in(door: Door) -> None:
    await door.service.close()
    assert await door.push(1, "$1") == 503
    assert door.read_events == []


@pytest.mark.parametrize(
    ("token", "query", "status"),
    [
        (TOKEN, "", 200),
        (None, f"?access_token={TOKEN}", 200),
        (None, "", 401),
        ("wrong", "", 403),
        ("wrong", f"?access_token={TOKEN}", 403),
        (None, "?access_token=wr%C3%B6ng", 403),
    ],
)
async def test_only_who_knows_the_token_is_let_in(
    door: Door,
    token: str | None,
    query: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(1)
    for method, path in (
        ("PUT", "/_matrix/app/v1/transactions/1"),
        ("PUT", "/transactions/2"),
        ("POST", "/_matrix/app/v1/ping"),
        ("GET", "/_matrix/app/v1/users/@_irc_bob:hs"),
        ("GET", "/users/@_irc_bob:hs"),
    ):
        answer, _ = await door.request(method, path + query, {"events": []}, token)
        assert answer == status
    assert TOKEN not in caplog.text


async def test_unknown_people_and_all_rooms_are_not_found(door: Door) -> None:
    for path in ("users/@nobody:hs", "rooms/%23_irc_lounge:hs"):
        status, body = await door.request("GET", f"/_matrix/app/v1/{path}")
        assert (status, body["errcode"]) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("body", [b"", b"{", b"5", b'{"events":5}', b"\xff\x00"])
async def test_what_is_no_transaction_is_refused(door: Door, body: bytes) -> None:
    status, answer = await door.request("PUT", "/transactions/1", body)
    assert (status, answer["errcode"]) == (400, "M_NOT_JSON")


async def test_a_transaction_of_several_megabytes_is_taken_in(door: Door) -> None:
    ids = [f"${number}" for number in range(100)]
    assert await door.push(1, *ids, padding="x" * 60_000) == 200
    assert door.read_events == ids


async def test_before_rooms_are_known_a_transaction_waits(door: Door) -> None:
    door.service.opened.clear()
    push = asyncio.create_task(door.push(1, "$1"))
    await asyncio.sleep(0.05)
    assert door.read_events == []
    door.service.opened.set()
    assert await push == 200


async def test_two_homeservers_are_kept_apart_by_the_path_of_the_address() -> None:
    second = Door(address="http://127.0.0.1:8090/second/")
    async with served(second.bridge, second.port):
        status, _ = await second.request("POST", "/second/_matrix/app/v1/ping")
        assert status == 200
        status, _ = await second.request("PUT", "/second/transactions/1", {"events": []})
        assert status == 200

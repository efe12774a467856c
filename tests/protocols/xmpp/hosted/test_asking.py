"""What is asked of the network behind."""

import asyncio

import pytest

from bridge.model import Enter, Entered, Look
from protocols.xmpp.hosted import asking
from tests.protocols.xmpp.hosted.house import Client, House, condition

BOB = "bob%irc.example.net@bridge.localhost"
PING = "<ping xmlns='urn:xmpp:ping'/>"


async def test_too_much_at_once_is_refused(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 1)
    release = asyncio.Event()

    async def wait(_: Look) -> str:
        await release.wait()
        return ""

    house.answers[Look] = wait
    first = asyncio.create_task(anna.ask(BOB, "get", PING))
    await house.was_asked(Look)
    assert condition(await anna.ask(BOB, "get", PING)) == "resource-constraint"
    release.set()
    assert (await first).get("type") == "result"


async def test_what_hangs_is_given_up(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.05)

    async def hang(_: Enter) -> Entered:
        await asyncio.sleep(60)
        raise AssertionError

    house.answers[Enter] = hang
    anna.enter("#hangs", "anna")
    error = await anna.presence(lambda xml: xml.get("type") == "error")
    assert condition(error) == "remote-server-not-found"

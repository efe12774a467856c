"""Who types, and who has read."""

import pytest

from bridge.model import ReadUpTo, RoomRef, Typing
from protocols.xmpp.hosted import signs
from tests.protocols.xmpp.hosted.house import Client, House, irc, nick, ours, room

STATES = "http://jabber.org/protocol/chatstates"
MARKERS = "urn:xmpp:chat-markers:0"


def sign(client: Client, channel: str, child: str) -> None:
    client.send(f"<message type='groupchat' to='{room(channel)}'>{child}</message>")


async def test_typing_is_seen_and_told(house: House, anna: Client, otto: Client) -> None:
    await anna.join("#typing", "anna")
    await otto.join("#typing", "otto")
    sign(anna, "#typing", f"<composing xmlns='{STATES}'/>")
    seen = await otto.message(lambda xml: xml.find(f"{{{STATES}}}composing") is not None)
    assert nick(seen) == "anna"
    typing = await house.saw(Typing)
    assert (typing.account.user, typing.active) == (ours("alice"), True)
    sign(anna, "#typing", f"<paused xmlns='{STATES}'/>")
    assert await house.saw(Typing, lambda it: not it.active)


async def test_reading_is_seen_and_told(house: House, anna: Client, otto: Client) -> None:
    await anna.join("#reading", "anna")
    await otto.join("#reading", "otto")
    sign(anna, "#reading", f"<displayed xmlns='{MARKERS}' id='K1'/>")
    await otto.message(lambda xml: xml.find(f"{{{MARKERS}}}displayed") is not None)
    assert (await house.saw(ReadUpTo)).ids == ("K1",)


async def test_signs_of_others_are_shown(house: House, anna: Client) -> None:
    house.members["#others"] = (irc("bob"),)
    await anna.join("#others", "anna")
    assert house.network
    ref = RoomRef("xmpp", room("#others"))
    house.network.show(Typing(ref, irc("stranger"), True))
    house.network.show(Typing(ref, irc("bob"), True))
    seen = await anna.message(lambda xml: xml.find(f"{{{STATES}}}composing") is not None)
    assert nick(seen) == "bob"
    house.network.show(ReadUpTo(ref, irc("bob"), ("K1",)))
    await anna.message(lambda xml: xml.find(f"{{{MARKERS}}}displayed") is not None)


async def test_in_a_crowd_there_are_no_signs(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "TYPING_CROWD", 1)
    monkeypatch.setattr(signs, "READING_CROWD", 1)
    await anna.join("#crowd", "anna")
    sign(anna, "#crowd", f"<composing xmlns='{STATES}'/>")
    sign(anna, "#crowd", f"<displayed xmlns='{MARKERS}' id='K1'/>")
    await anna.join("#crowd", "anna")
    assert not [it for it in house.states if isinstance(it, Typing | ReadUpTo)]

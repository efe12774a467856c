"""Signs in a room of a real Prosody: who types, and who has read what."""

from xml.etree.ElementTree import Element

import pytest

from bridge.model import ReadUpTo, RoomRef, Typing
from protocols.xmpp.muc import signs
from tests.protocols.xmpp.bridge import person, running, say
from tests.protocols.xmpp.stanzas import listen, send, stanza_id
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

STATES = "http://jabber.org/protocol/chatstates"
MARKER = "{urn:xmpp:chat-markers:0}displayed"


def state(xml: Element) -> str:
    return next(
        (child.tag.rpartition("}")[2] for child in xml if child.tag.startswith(f"{{{STATES}}}")), ""
    )


async def test_who_types_in_the_room_is_told_until_they_stop_or_speak(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"typing@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        for name in ("composing", "paused", "active", "composing"):
            send(anna, room, "s", f"<{name} xmlns='{STATES}'/>")
        send(anna, room, "m", f"<body>there</body><active xmlns='{STATES}'/>")
        await bridge.until(lambda: len(bridge.events) == 1)
        seen = [it for it in bridge.states if isinstance(it, Typing)]
        assert [it.active for it in seen] == [True, False, True, False]
        assert {it.account.name for it in seen} == {"anna"}


async def test_a_puppet_is_seen_typing_and_stops_by_itself(
    prosody: Prosody, anna: Occupant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "TYPING_SECONDS", 0.2)
    room = f"typing-out@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    bob = person("bob")
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        heard = listen(anna)
        network.show(Typing(ref, bob, True))  # no puppet yet: a relay gives no signs
        await say(network, room, bob, "hi")
        assert network.capabilities(ref).typing
        network.show(Typing(ref, bob, True))
        network.show(Typing(ref, bob, True))
        await heard.wait_for(lambda it: state(it) == "paused")
        network.show(Typing(ref, bob, True))
        await say(network, room, bob, "there")
        network.show(Typing(ref, bob, False))
        await say(network, room, bob, "end")
        await anna.wait_for(lambda it: it.body == "end")
        typing = [it for it in heard.items if state(it)]
        assert [state(it) for it in typing] == ["composing", "paused", "composing"]
        assert {it.get("from") for it in typing} == {f"{room}/bob"}
        assert not [it for it in bridge.states if isinstance(it, Typing)]


async def test_up_to_where_people_have_read_goes_both_ways(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"reading@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ids = await say(network, room, person("bob"), "hi")
        send(anna, room, "d", f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{ids[0][4:]}'/>")
        read = await bridge.saw(ReadUpTo)
        assert (read.account.name, read.ids) == ("anna", ids[:1])
        heard = listen(anna)
        theirs = stanza_id((await anna.say(room, "ho")).raw)
        for _ in range(2):
            network.show(ReadUpTo(ref, person("bob"), ("attr:x/1", f"sid:{theirs}")))
        network.show(ReadUpTo(ref, person("bob"), ("attr:x/1",)))
        network.show(ReadUpTo(ref, person("nobody"), (f"sid:{theirs}",)))
        await say(network, room, person("bob"), "end")
        await anna.wait_for(lambda it: it.body == "end")
        shown = [it for it in heard.items if it.find(MARKER) is not None]
        assert [(it.get("from"), it.find(MARKER).get("id")) for it in shown] == [
            (f"{room}/bob", theirs)
        ]


async def test_large_rooms_are_spared(
    prosody: Prosody, anna: Occupant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "TYPING_CROWD", 1)
    monkeypatch.setattr(signs, "READING_CROWD", 0)
    room = f"crowd@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        heard = listen(anna)
        ids = await say(network, room, person("bob"), "hi")
        assert not network.capabilities(ref).typing
        assert not network.capabilities(ref).read_marks
        network.show(Typing(ref, person("bob"), True))
        network.show(ReadUpTo(ref, person("bob"), ids))
        send(anna, room, "d", f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{ids[0][4:]}'/>")
        await say(network, room, person("bob"), "end")
        await anna.wait_for(lambda it: it.body == "end")
        assert not [
            it
            for it in heard.items
            if state(it) or (it.get("from") == f"{room}/bob" and it.find(MARKER) is not None)
        ]
        assert not [it for it in bridge.states if isinstance(it, ReadUpTo)]

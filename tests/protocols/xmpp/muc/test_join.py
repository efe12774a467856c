"""Getting into the room of a real Prosody, being put out of it, and coming back."""

from collections.abc import Callable

import pytest

from bridge.model import (
    LegPolicy,
    MessageSent,
    NetworkStatus,
    RoomRef,
    RoomStatus,
    Unavailable,
    plain,
)
from tests.protocols.xmpp.bridge import person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def _configure(owner: Occupant, room: str, field: str, value: str) -> None:
    iq = owner.client.make_iq_set(ito=room)
    from xml.etree.ElementTree import fromstring

    iq.append(
        fromstring(
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' "
            "type='submit'><field var='FORM_TYPE'><value>"
            "http://jabber.org/protocol/muc#roomconfig</value></field>"
            f"<field var='{field}'><value>{value}</value></field></x></query>"
        )
    )
    await iq.send()


async def test_a_banned_listener_says_what_to_do(prosody: Prosody, boss: Occupant) -> None:
    room = f"banned@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (_, bridge):
        boss.set_affiliation(room, f"tercet@{prosody.component}", "outcast", "no bots")
        status = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert status.refused
        assert "no bots" in status.detail
        assert f"unban tercet@{prosody.component}" in status.detail


async def test_a_listener_who_was_kicked_waits_before_it_comes_back(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"listener@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        boss.set_role(room, "tercet", "none", "go away")
        down = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert "go away" in down.detail
        assert "boss" in down.detail
        with pytest.raises(Unavailable):
            await say(network, room, person("bob"), "hello")


async def test_a_password_and_a_members_list_are_named(prosody: Prosody, boss: Occupant) -> None:
    room = f"password@{prosody.muc}"
    await boss.join(room, "boss")
    await _configure(boss, room, "muc#roomconfig_roomsecret", "open sesame")
    async with running(prosody, room, policy=LegPolicy(password="open sesame")) as (network, _):
        await say(network, room, person("bob"), "in")
        await boss.wait_for(lambda said: said.nick == "bob")


async def test_after_a_restart_of_the_server_everybody_comes_back_and_misses_nothing(
    new_prosody: Callable[..., Prosody],
) -> None:
    prosody = new_prosody()
    room = f"restart@{prosody.muc}"
    anna = Occupant("alice", prosody.c2s_port)
    await anna.connect()
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "before")
        await anna.say(room, "one")
        start = len(bridge.states)
        prosody.stop()
        await bridge.saw(NetworkStatus, lambda status: not status.up, start)
        with pytest.raises(Unavailable):
            await say(network, room, person("bob"), "during")
        prosody.start()
        await bridge.up(RoomRef("xmpp", room), start)
        await anna.connect()
        await say(network, room, person("bob"), "after")
        assert (await anna.wait_for(lambda said: said.body == "after")).nick == "bob"
        await anna.say(room, "two")
        await bridge.event(MessageSent, lambda sent: plain(sent.content) == "two")
    await anna.close()
    ids = [sent.ids for sent in bridge.all(MessageSent)]
    assert sorted({plain(sent.content) for sent in bridge.all(MessageSent)}) == ["one", "two"]
    assert len(set(ids)) == 2

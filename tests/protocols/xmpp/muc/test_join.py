"""Getting into the room of a real Prosody, being put out of it, and coming back."""

from collections.abc import Callable
from xml.etree.ElementTree import fromstring

import pytest

from bridge.model import (
    LegPolicy,
    MessageSent,
    NetworkStatus,
    PuppetNamed,
    PuppetRemoved,
    RoomRef,
    RoomStatus,
    Roster,
    Unavailable,
    plain,
)
from tests.protocols.xmpp.bridge import person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def owner(occupant: Occupant, room: str, content: str) -> None:
    """Send what only owners may (XEP-0045 §10)."""
    iq = occupant.client.make_iq_set(ito=room)
    iq.append(fromstring(f"<query xmlns='http://jabber.org/protocol/muc#owner'>{content}</query>"))
    await iq.send()


async def configure(occupant: Occupant, room: str, field: str, value: str) -> None:
    """Change one setting of a room."""
    form = "http://jabber.org/protocol/muc#roomconfig"
    await owner(
        occupant,
        room,
        f"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{form}</value>"
        f"</field><field var='{field}'><value>{value}</value></field></x>",
    )


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


async def test_a_missing_password_is_named_and_a_new_one_is_tried_at_once(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"password@{prosody.muc}"
    await boss.join(room, "boss")
    await configure(boss, room, "muc#roomconfig_roomsecret", "open sesame")
    async with running(prosody, room, up=False) as (network, bridge):
        status = await bridge.saw(RoomStatus)
        assert (status.up, status.refused) == (False, True)
        assert "wants a password" in status.detail
        network.visit(RoomRef("xmpp", room), LegPolicy(password="open sesame"))
        await bridge.up(RoomRef("xmpp", room))
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


async def test_the_listener_takes_another_nick_if_its_own_is_taken(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"nick-taken@{prosody.muc}"
    await boss.join(room, "tercet")
    async with running(prosody, room) as (network, bridge):
        roster = await bridge.saw(Roster)
        assert [member.name for member in roster.members] == ["tercet"]
        await say(network, room, person("bob"), "hello")
        await boss.say(room, "I am the real one")
        await bridge.event(MessageSent)
        assert boss.present(room) == {"tercet", "tercet (2)", "bob"}


async def test_a_room_that_is_destroyed_is_not_made_anew(prosody: Prosody, boss: Occupant) -> None:
    room = f"destroyed@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (_, bridge):
        await owner(boss, room, "<destroy><reason>we moved</reason></destroy>")
        status = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert status.refused
        assert "destroyed: we moved" in status.detail


async def test_a_members_only_room_says_whom_to_make_a_member(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"members@{prosody.muc}"
    await boss.join(room, "boss")
    await configure(boss, room, "muc#roomconfig_membersonly", "1")
    async with running(prosody, room, up=False) as (_, bridge):
        status = await bridge.saw(RoomStatus)
        assert (status.up, status.refused) == (False, True)
        assert f"make tercet@{prosody.component} a member" in status.detail


async def test_where_only_the_listener_is_a_member_the_relay_speaks(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"only-listener@{prosody.muc}"
    await boss.join(room, "boss")
    await configure(boss, room, "muc#roomconfig_membersonly", "1")
    boss.set_affiliation(room, f"tercet@{prosody.component}", "member")
    async with running(prosody, room) as (network, bridge):
        await say(network, room, person("bob"), "hello")
        await boss.wait_for(lambda said: said.body == "<bob> hello")
        assert not bridge.all(PuppetRemoved)


async def test_a_room_that_cannot_be_reached_is_named(prosody: Prosody) -> None:
    async with running(prosody, "room@nowhere.localhost", up=False) as (_, bridge):
        status = await bridge.saw(RoomStatus)
        assert not status.up
        assert "nowhere.localhost" in status.detail


async def test_a_room_that_becomes_members_only_puts_us_out_and_says_why(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"becomes-members-only@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (_, bridge):
        await configure(boss, room, "muc#roomconfig_membersonly", "1")
        status = await bridge.saw(RoomStatus, lambda status: not status.up)
        assert status.refused
        assert "for members only now" in status.detail


async def test_puppets_that_a_members_only_room_puts_out_are_spoken_for(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"puts-puppets-out@{prosody.muc}"
    await boss.join(room, "boss")
    boss.set_affiliation(room, f"tercet@{prosody.component}", "member")
    async with running(prosody, room) as (network, bridge):
        await say(network, room, person("bob"), "one")
        await configure(boss, room, "muc#roomconfig_membersonly", "1")
        await bridge.saw(PuppetNamed, lambda named: named.name == "")
        await say(network, room, person("bob"), "two")
        await boss.wait_for(lambda said: said.body == "<bob> two")
        assert not bridge.all(PuppetRemoved)

"""People of other networks as occupants of a real Prosody's room."""

import asyncio

import pytest

from bridge.model import (
    Account,
    MembersChanged,
    Presence,
    PuppetNamed,
    PuppetRemoved,
    RoomRef,
    RoomStatus,
    Roster,
    Unavailable,
    UserRef,
)
from tests.protocols.xmpp.bridge import Memory, eventually, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def test_a_taken_nick_gets_a_number(prosody: Prosody, anna: Occupant) -> None:
    room = f"collision@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "bob")
        await bridge.saw(MembersChanged, lambda change: change.joined)
        await say(network, room, person("bob"), "first")
        await say(network, room, person("BOB", "libera"), "second")
        assert (await anna.wait_for(lambda said: said.body == "first")).nick == "bob (2)"
        assert (await anna.wait_for(lambda said: said.body == "second")).nick == "BOB (3)"


async def test_a_nick_that_only_the_room_knows_as_taken_is_resolved_by_its_conflict(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"conflict@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "bob")
        await bridge.saw(MembersChanged)
        network._rooms[room].occupants._folded.clear()  # as if the presence were still under way
        network._rooms[room].occupants._folded["bob"] = 0
        network._rooms[room].occupants.is_taken = lambda folded: False  # type: ignore[method-assign]
        network._rooms[room].puppets._is_taken = lambda folded: False
        await say(network, room, person("bob"), "hello")
        assert (await anna.wait_for(lambda said: said.body == "hello")).nick == "bob (2)"


@pytest.mark.parametrize(
    ("name", "nick"),
    [
        ("Ann  Bee ", "Ann Bee"),
        ("\u202egnp.exe", "gnp.exe"),
        ("🤖 robot", "robot"),
        ("شلوم bob", "bob"),
        ("a/b@c<d>'\"&", "a/b@c<d>'\"&"),
        ("\u200f \u200e", "someone"),
    ],
)
async def test_every_name_becomes_a_nick_that_prosody_takes(
    prosody: Prosody, anna: Occupant, name: str, nick: str
) -> None:
    room = f"names-{abs(hash(name))}@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        await say(network, room, Account(UserRef("irc", name), name), "here")
        assert (await anna.wait_for(lambda said: said.body == "here")).nick == nick


async def test_whoever_should_be_seen_is_seen_until_they_are_gone(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"presence@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ref = RoomRef("xmpp", room)
        network.show(Presence(ref, person("bob"), True))
        await bridge.saw(PuppetNamed, lambda named: named.name == "bob")
        await anna.occupants(room, {"bob"})
        network.show(Presence(ref, person("bob"), False, "Quit: bye"))
        await bridge.saw(PuppetNamed, lambda named: named.name == "")
        gone = await anna.presences.wait_for(
            lambda it: it.get("type") == "unavailable" and it.get("from") == f"{room}/bob"
        )
        assert gone.findtext("{jabber:client}status") == "Quit: bye"


async def test_a_person_who_takes_another_name_takes_another_nick(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"renames@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        bob = person("bob")
        await say(network, room, bob, "one")
        await say(network, room, Account(bob.user, "robert"), "two")
        assert (await anna.wait_for(lambda said: said.body == "two")).nick == "robert"
        await bridge.saw(PuppetNamed, lambda named: named.name == "robert")
        assert anna.present(room) == {"anna", "tercet", "robert"}


async def test_a_kicked_puppet_stays_out_and_its_person_speaks_through_the_relay(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"kicked@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        bob = person("bob")
        await say(network, room, bob, "spam")
        boss.set_role(room, "bob", "none", "no spam")
        removed = await bridge.event(PuppetRemoved)
        assert (removed.user, removed.by, removed.reason) == (bob.user, "boss", "no spam")
        assert not removed.banned
        await say(network, room, bob, "sorry")
        assert (await boss.wait_for(lambda said: "sorry" in said.body)).body == "<bob> sorry"
        network.show(Presence(RoomRef("xmpp", room), bob, False))
        await eventually(lambda: "barred" not in str(bridge.state.facts))
        await say(network, room, bob, "back")
        assert (await boss.wait_for(lambda said: said.body == "back")).nick == "bob"


async def test_a_ban_is_remembered_over_a_restart(prosody: Prosody, boss: Occupant) -> None:
    room = f"ban@{prosody.muc}"
    await boss.join(room, "boss")
    bob, state = person("bob"), Memory()
    async with running(prosody, room, state=state) as (network, bridge):
        await say(network, room, bob, "spam")
        jid = network._rooms[room].puppets.jid(bob.user)
        assert jid
        boss.set_affiliation(room, jid.partition("/")[0], "outcast", "out")
        removed = await bridge.event(PuppetRemoved)
        assert removed.banned
    async with running(prosody, room, state=state) as (network, bridge):
        await say(network, room, bob, "hello")
        await boss.wait_for(lambda said: said.body == "<bob> hello")
        assert not bridge.all(PuppetRemoved)


async def test_a_person_who_is_banned_already_speaks_through_the_relay(
    prosody: Prosody, boss: Occupant
) -> None:
    room = f"outcast@{prosody.muc}"
    await boss.join(room, "boss")
    boss.set_affiliation(room, f"irc%bob@{prosody.component}", "outcast")
    async with running(prosody, room) as (network, bridge):
        await say(network, room, person("bob"), "hello")
        await boss.wait_for(lambda said: said.body == "<bob> hello")
        assert (await bridge.event(PuppetRemoved)).banned


async def test_who_was_left_over_from_a_crash_is_taken_out_before_the_room_is_told(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"crash@{prosody.muc}"
    state = Memory()
    await anna.join(room, "anna")
    async with running(prosody, room, state=state) as (network, _):
        await say(network, room, person("bob"), "hi")
        assert network._wire
        network._wire.component.transport.abort()  # as kill -9 would
        network._rooms.clear()
    async with running(prosody, room, state=state) as (_, bridge):
        await anna.presences.wait_for(lambda _: anna.present(room) == {"anna", "tercet"})
        from bridge.model import Roster

        roster = await bridge.saw(Roster)
        assert [member.name for member in roster.members] == ["anna"]


async def test_many_people_come_back_after_the_stream_broke(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"many@{prosody.muc}"
    names = {f"person-{number}" for number in range(30)}
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await asyncio.gather(*(say(network, room, person(name), "hi") for name in names))
        start = len(bridge.states)
        assert network._wire
        network._wire.component.transport.abort()
        await bridge.up(RoomRef("xmpp", room), start)
        await eventually(lambda: network.figures()["puppets"] == 30)
        assert anna.present(room) == names | {"anna", "tercet"}
        roster = await bridge.saw(Roster, start=start)
        assert [member.name for member in roster.members] == ["anna"]
        assert network.figures()["puppets"] == 30


async def test_a_person_who_leaves_while_their_puppet_enters_leaves_nothing_behind(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"hasty@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        ref = RoomRef("xmpp", room)
        speaking = asyncio.create_task(say(network, room, person("bob"), "hi"))
        await asyncio.sleep(0)
        network.show(Presence(ref, person("bob"), False))
        with pytest.raises(Unavailable):
            await speaking
        await say(network, room, person("eve"), "sync")
        await anna.wait_for(lambda said: said.body == "sync")
        assert anna.present(room) == {"anna", "tercet", "eve"}
        assert [key for key in bridge.state.facts if "bob" in key] == []


async def test_puppets_of_a_room_that_was_unlinked_without_a_stream_leave_later(
    prosody: Prosody, anna: Occupant
) -> None:
    room, other = f"unlinked@{prosody.muc}", f"linked@{prosody.muc}"
    async with running(prosody, room, other) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "hi")
        start = len(bridge.states)
        assert network._wire
        network._wire.component.transport.abort()
        await bridge.saw(RoomStatus, lambda status: not status.up, start)
        await network.leave(RoomRef("xmpp", room), "never heard")
        await bridge.up(RoomRef("xmpp", other), start)
        await anna.presences.wait_for(lambda _: "bob" not in anna.present(room))
        await anna.say(room, "anybody here?")  # the listener is shown the door by an error
        await anna.presences.wait_for(lambda _: anna.present(room) == {"anna"})

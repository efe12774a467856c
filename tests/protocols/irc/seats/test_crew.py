"""People who join channels themselves, on a real server."""

import asyncio

import pytest

from bridge.model import (
    PuppetNamed,
    Rejected,
    Roster,
    SeatLost,
    SeatWaits,
    Standings,
)
from tests.protocols.irc.bridge import say, send
from tests.protocols.irc.faulty import Faulty, faulty
from tests.protocols.irc.seats.people import enter, gateway, irssi, is_up, leave, somebody, states
from tests.servers.inspircd import InspIRCd


async def test_who_enters_is_told_who_is_there_and_speaks_as_themselves(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob60", inspircd.port, "#seats")
    bob.topic("#seats", "about seats")
    anna = somebody("anna60")
    async with gateway(inspircd.port, "#seats") as (network, bridge, (room,)):
        assert not network.is_seated(anna.user, room)
        entered = await enter(network, room, anna)
        assert (entered.nick, entered.topic, entered.topic_by) == (
            "anna60", "about seats", "bob60"
        )  # fmt: skip
        assert network.is_seated(anna.user, room)
        (roster,) = states(bridge, Roster)
        assert [member.name for member in roster.members] == ["bob60"]
        (standings, *_) = states(bridge, Standings)
        ranks = {user.id: standing.rank for user, standing in standings.standings}
        assert ranks["nick:bob60"] == "operator"
        assert PuppetNamed(room, anna.user, "anna60") in bridge.states
        await bridge.until(lambda: is_up(bridge, room))
        ids = await say(network, send(room, anna, "hello"))
        said = await bob.wait_for(lambda s: s.body == "hello")
        assert said.nick == "anna60"
        assert ids == ((f"msgid:{said.raw.tags['msgid']}",),)
        await bob.say("#seats", "hi anna")
        heard = await bridge.heard(room, "hi anna")
        assert heard.author.name == "bob60"
        assert bridge.texts(room) == ["hi anna"]
        assert network.rooms.relay is None
        assert network.figures()["connections"] == 1
        await leave(network, room, anna, "bye all")
        parted = await bob.line(lambda line: line.command in ("PART", "QUIT"))
        assert (parted.command, parted.nick, parted.params[-1]) == ("PART", "anna60", "bye all")
        await bridge.until(lambda: network.figures()["connections"] == 0)
        assert bridge.states[-1] != PuppetNamed(room, anna.user, "anna60")
        assert not states(bridge, SeatLost)
    await bob.close()


async def test_two_people_share_one_listener_and_are_nobody_on_the_roster(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob61", inspircd.port, "#two")
    anna, cyd = somebody("anna61"), somebody("cyd61")
    async with gateway(inspircd.port, "#two") as (network, bridge, (room,)):
        await asyncio.gather(enter(network, room, anna), enter(network, room, cyd))
        rosters = states(bridge, Roster)
        assert [[m.name for m in roster.members] for roster in rosters] == [["bob61"]]
        await say(network, send(room, anna, "one"))
        await say(network, send(room, cyd, "two"))
        await bob.say("#two", "three")
        await bridge.heard(room, "three")
        assert bridge.texts(room) == ["three"]
        channel = network.view.channel(room.id)
        assert channel is not None
        listener = channel.listening.listener
        first = anna if network.seats.present(anna.user, room) is listener else cyd
        other = cyd if first is anna else anna
        await leave(network, room, first)
        await bob.line(lambda line: line.command == "PART")
        await bob.say("#two", "four")
        await bridge.heard(room, "four")
        await say(network, send(room, other, "five"))
        await bob.wait_for(lambda s: s.body == "five")
        assert bridge.texts(room) == ["three", "four"]
        await leave(network, room, other)
        await bridge.until(lambda: not is_up(bridge, room))
    await bob.close()


async def test_a_kick_ends_the_seat_and_nobody_else_s(inspircd: InspIRCd) -> None:
    bob = await irssi("bob62", inspircd.port, "#kick62", "#stay62")
    anna, cyd = somebody("anna62"), somebody("cyd62")
    async with gateway(inspircd.port, "#kick62", "#stay62") as (network, bridge, (room, stays)):
        for where in (room, stays):
            await enter(network, where, anna)
        await enter(network, room, cyd)
        bob.send("KICK #kick62 anna62 :enough")
        lost = await bridge.saw(SeatLost)
        assert lost == SeatLost(room, anna.user, "kicked", "bob62", "enough")
        assert not network.is_seated(anna.user, room)
        assert network.is_seated(anna.user, stays)
        assert network.is_seated(cyd.user, room)
        assert PuppetNamed(room, anna.user, "") in bridge.states
        with pytest.raises(Rejected) as error:
            await say(network, send(room, anna, "am I out?"))
        assert error.value.why == "gone"
        await enter(network, room, anna)
        bob.send("MODE #kick62 +b anna62!*@*", "KICK #kick62 anna62 :really")
        lost = await bridge.saw(SeatLost, lambda lost: lost.reason == "really")
        assert (lost.how, lost.by) == ("banned", "bob62")
        with pytest.raises(Rejected, match="banned") as error:
            await enter(network, room, anna)
        assert error.value.why == "banned"
        bob.send("KICK #kick62 cyd62 :too")
        await bridge.saw(SeatLost, lambda lost: lost.user == cyd.user)
        await bridge.until(lambda: not is_up(bridge, room))
    await bob.close()


async def test_a_lost_connection_is_made_anew_and_all_channels_are_joined_again(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob66", inspircd.port, "#back66", "#again66")
    async with gateway(inspircd.port, "#back66", "#again66") as (network, bridge, rooms):
        anna = somebody("anna66")
        for room in rooms:
            await enter(network, room, anna)
        session = network.seats.present(anna.user, rooms[0])
        assert session is not None
        session.abort()
        for room in rooms:
            waits = await bridge.saw(SeatWaits, lambda w, room=room: w.room == room and w.reason)
            assert waits.user == anna.user
            await bridge.saw(SeatWaits, lambda w, room=room: w.room == room and not w.reason)
            await say(network, send(room, anna, f"back in {room.id}"))
            await bob.wait_for(lambda s, room=room: s.body == f"back in {room.id}")
        assert not states(bridge, SeatLost)
        assert PuppetNamed(rooms[0], anna.user, "") not in bridge.states
    await bob.close()


async def test_who_leaves_and_comes_back_at_once_has_a_seat(inspircd: InspIRCd) -> None:
    bob = await irssi("bob103", inspircd.port, "#hop103", "#other103")
    async with gateway(inspircd.port, "#hop103", "#other103") as (network, bridge, (room, other)):
        anna = somebody("anna103")
        await enter(network, other, anna)
        for _ in range(3):
            await enter(network, room, anna)
            await leave(network, room, anna)
        await enter(network, room, anna)
        await say(network, send(room, anna, "here again"))
        await bob.wait_for(lambda s: s.body == "here again")
        assert not states(bridge, SeatLost)
    await bob.close()


async def test_a_nick_given_up_is_anybody_s(inspircd: InspIRCd) -> None:
    async with gateway(inspircd.port, "#nick104") as (network, bridge, (room,)):
        anna, cyd = somebody("anna104"), somebody("cyd104")
        await enter(network, room, cyd)
        await enter(network, room, anna)
        session = network.seats.present(anna.user, room)
        assert session is not None
        network.seats.end(anna.user, "gone to irssi")
        await bridge.until(lambda: not network.view.is_ours("anna104"), 8)
        client = await irssi("anna104", inspircd.port, "#nick104")
        await client.say("#nick104", "it is me")
        heard = await bridge.heard(room, "it is me")
        assert heard.author.user.network == "net"
        await client.close()


async def test_a_killed_connection_is_not_made_anew(inspircd: InspIRCd) -> None:
    bob = await irssi("bob67", inspircd.port)
    bob.send("OPER oper oper")
    await bob.line(lambda line: line.command == "381")
    async with gateway(inspircd.port, "#killed") as (network, bridge, (room,)):
        anna = somebody("anna67")
        await enter(network, room, anna)
        bob.send("KILL anna67 :go away")
        lost = await bridge.saw(SeatLost)
        assert (lost.user, lost.how) == (anna.user, "link")
        assert "go away" in lost.reason
        assert not network.is_seated(anna.user, room)
        await enter(network, room, anna)
    await bob.close()


async def test_nobody_gets_in_where_there_is_no_server(unused_tcp_port: int) -> None:
    async with gateway(unused_tcp_port, "#void") as (network, bridge, (room,)):
        anna = somebody("anna68")
        with pytest.raises(Rejected) as error:
            await enter(network, room, anna)
        assert error.value.why == "gone"
        assert network.seats.of(anna.user) is None or not network.is_seated(anna.user, room)
        assert not states(bridge, SeatLost)


async def test_a_hostile_server_hurts_nobody() -> None:
    async def script(fault: Faulty, reader: object, writer: asyncio.StreamWriter) -> None:
        await fault.greet(reader, writer)  # type: ignore[arg-type]
        for number in range(300):
            names = " ".join(f"@x{number}y{n}!u@h" for n in range(40))
            writer.write(f":s 353 relay = #x :{names}\r\n".encode())
            writer.write(f":relay!r@h JOIN #forced{number}\r\n".encode())
            writer.write(f":s 470 relay #a #b{number} :Forwarding\r\n".encode())
            writer.write(
                f":x{number} INVITE relay #i{number}\r\n:s 999 relay :{number}\r\n".encode()
            )
        writer.write(b":s 366 relay #x :End\r\n:s KICK #x nobody :x\r\n:s KICK #nowhere relay\r\n")
        writer.write(b":relay!r@h NICK :\r\n:s 433 relay\r\n:s 301 relay\r\n:s 368 relay #x\r\n")
        writer.write(b":x!y@z NOTICE relay :\x01PING\r\n:x!y@z PRIVMSG relay :\x01\x01\r\n")
        writer.write(b":s MODE #x +ooooo\r\n:s MODE #x\r\n:s 354 relay 142\r\n:s 315 relay #x\r\n")
        writer.write(b":anna!a@h PRIVMSG #x :after\r\n")
        await fault.read(reader, "QUIT")  # type: ignore[arg-type]

    async with (
        faulty(script) as fault,
        gateway(fault.port, "#x") as (network, bridge, (room,)),
    ):
        anna = somebody("relay")
        await enter(network, room, anna)
        await bridge.heard(room, "after")
        assert network.is_seated(anna.user, room)
        sitter = network.seats.of(anna.user)
        assert sitter is not None
        assert len(sitter.put_into) <= 20
        assert len(sitter.forwarded) <= 100

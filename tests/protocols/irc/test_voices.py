"""Who speaks for a person."""

import asyncio

import pytest

from bridge.model import LegPolicy, Presence, Rejected
from tests.protocols.irc.bridge import running, say, send
from tests.protocols.irc.seats.people import enter, gateway, irssi, leave, somebody
from tests.servers.inspircd import InspIRCd


async def test_a_seat_speaks_before_a_puppet_and_a_puppet_before_the_relay(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob73", inspircd.port, "#voices73")
    policy = LegPolicy(puppets="speakers")
    async with running(
        inspircd.port, "#voices73", nick="relay73", policy=policy, seats={"interval": 0}
    ) as (network, _, (room,)):
        anna, cyd = somebody("anna73"), somebody("cyd73")
        await say(network, send(room, anna, "as a puppet"))
        said = await bob.wait_for(lambda s: s.body == "as a puppet")
        assert said.nick == "anna73[x]"
        await enter(network, room, anna)
        await bob.line(lambda line: line.command == "QUIT" and line.nick == "anna73[x]")
        network.show(Presence(room, anna, True))
        await say(network, send(room, anna, "myself"))
        said = await bob.wait_for(lambda s: s.body == "myself")
        assert said.nick == "anna73"
        await say(network, send(room, cyd, "a puppet too"))
        said = await bob.wait_for(lambda s: s.body == "a puppet too")
        assert said.nick == "cyd73[x]"
        await leave(network, room, anna)
        assert network.figures()["puppets"] == 1
    await bob.close()


async def test_without_a_seat_nobody_speaks_where_there_is_no_relay(inspircd: InspIRCd) -> None:
    async with gateway(inspircd.port, "#voices74") as (network, _, (room,)):
        await enter(network, room, somebody("anna74"))
        with pytest.raises(Rejected) as error:
            await say(network, send(room, somebody("cyd74"), "may I?"))
        assert error.value.why == "gone"


async def test_lines_of_one_speaker_keep_their_order(inspircd: InspIRCd) -> None:
    bob = await irssi("bob75", inspircd.port, "#voices75")
    async with gateway(inspircd.port, "#voices75") as (network, _, (room,)):
        anna = somebody("anna75")
        await enter(network, room, anna)
        await asyncio.gather(*(say(network, send(room, anna, f"{n}")) for n in range(30)))
        await bob.wait_for(lambda s: s.body == "29")
        heard = [s.body for s in bob.messages.items if s.nick == "anna75"]
        assert heard == [str(number) for number in range(30)]
    await bob.close()

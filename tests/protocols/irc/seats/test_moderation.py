"""What people do to others, with their own rights."""

import asyncio

import pytest

from bridge.model import (
    Invite,
    ListBans,
    Moderate,
    Rejected,
    SeatLost,
    SetSubject,
    Standings,
    TopicChanged,
)
from bridge.model.hosting import Rank
from tests.protocols.irc.seats.people import ask, enter, gateway, irssi, somebody
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd


async def test_a_kick_needs_rights_and_the_server_says_so(inspircd: InspIRCd) -> None:
    bob = await irssi("bob80", inspircd.port, "#mod80")
    async with gateway(inspircd.port, "#mod80") as (network, bridge, (room,)):
        anna = somebody("anna80")
        await enter(network, room, anna)
        kick = Moderate(person=anna, room=room, deed="kick", nick="bob80", reason="why\r\nnot")
        with pytest.raises(Rejected, match="482") as error:
            await ask(network, kick)
        assert error.value.why == "forbidden"
        bob.send("MODE #mod80 +o anna80")
        await bridge.saw(Standings, lambda s: (anna.user, "operator") in ranks(s))
        absent = Moderate(person=anna, room=room, deed="kick", nick="nobody80")
        with pytest.raises(Rejected) as error:
            await ask(network, absent)
        assert error.value.why == "unknown"
        await ask(network, kick)
        kicked = await bob.line(lambda line: line.command == "KICK")
        assert (kicked.nick, kicked.params[1:]) == ("anna80", ("bob80", "why not"))
    await bob.close()


async def test_ranks_become_modes_that_the_server_has(inspircd: InspIRCd) -> None:
    bob = await irssi("bob81", inspircd.port)
    async with gateway(inspircd.port, "#mod81") as (network, bridge, (room,)):
        anna = somebody("anna81")
        await enter(network, room, anna)
        await bob.join("#mod81")
        wanted: tuple[Rank, ...] = ("voice", "halfop", "operator", "voice", "none")
        for rank in wanted:
            start = len(bridge.states)
            await ask(
                network, Moderate(person=anna, room=room, deed="rank", nick="bob81", rank=rank)
            )
            await bridge.saw(Standings, lambda s, rank=rank: ("nick:bob81", rank) in ids(s), start)
        await ask(network, Moderate(person=anna, room=room, deed="rank", nick="bob81", rank="none"))
        await ask(
            network, Moderate(person=anna, room=room, deed="rank", nick="bob81", rank="muted")
        )
        bans = await ask(network, ListBans(person=anna, room=room))
        assert bans == "m:*!*@127.0.0.1"
    await bob.close()


async def test_a_ban_is_of_the_host_and_can_be_lifted_by_the_nick(inspircd: InspIRCd) -> None:
    bob = await irssi("bob82", inspircd.port)
    async with gateway(inspircd.port, "#mod82") as (network, bridge, (room,)):
        anna, cyd = somebody("anna82"), somebody("cyd82")
        await enter(network, room, anna)
        await enter(network, room, cyd)
        await bob.join("#mod82")
        await ask(network, Moderate(person=anna, room=room, deed="ban", nick="cyd82"))
        lost = await bridge.saw(SeatLost)
        assert (lost.user, lost.how, lost.by) == (cyd.user, "banned", "anna82")
        mask = str(await ask(network, ListBans(person=anna, room=room)))
        session = network.seats.present(anna.user, room)
        assert session is not None
        assert mask.endswith("@127.0.0.1")
        assert not mask.startswith(("*!*@", "cyd82"))
        await ask(network, Moderate(person=anna, room=room, deed="unban", nick=mask))
        await ask(network, Moderate(person=anna, room=room, deed="ban", nick="bob82"))
        await bob.line(lambda line: line.command == "KICK")
        assert await ask(network, ListBans(person=anna, room=room)) == "*!*@127.0.0.1"
        await ask(network, Moderate(person=anna, room=room, deed="unban", nick="bob82"))
        assert await ask(network, ListBans(person=anna, room=room)) == ""
        with pytest.raises(Rejected, match="not banned"):
            await ask(network, Moderate(person=anna, room=room, deed="unban", nick="bob82"))
    await bob.close()


async def test_who_has_an_account_is_banned_by_it(inspircd: InspIRCd) -> None:
    bob = await irssi("bob83", inspircd.port)
    bob.send("PRIVMSG NickServ :IDENTIFY bob bob-pw")
    await bob.line(lambda line: line.command == "900")
    async with gateway(inspircd.port, "#mod83") as (network, bridge, (room,)):
        anna = somebody("anna83")
        await enter(network, room, anna)
        await bob.join("#mod83")
        await bridge.saw(Standings, lambda s: any(u.id == "account:bob" for u, _ in s.standings))
        await ask(network, Moderate(person=anna, room=room, deed="ban", nick="bob83"))
        await bob.line(lambda line: line.command == "KICK")
        assert await ask(network, ListBans(person=anna, room=room)) == "R:bob"
    await bob.close()


async def test_a_topic_that_somebody_sets_comes_back_as_theirs(inspircd: InspIRCd) -> None:
    async with gateway(inspircd.port, "#mod84") as (network, bridge, (room,)):
        anna, cyd = somebody("anna84"), somebody("cyd84")
        await enter(network, room, anna)
        await enter(network, room, cyd)
        with pytest.raises(Rejected) as error:
            await ask(network, SetSubject(person=cyd, room=room, topic="mine"))
        assert error.value.why == "forbidden"
        await ask(network, SetSubject(person=anna, room=room, topic="two\nlines"))
        changed = await bridge.event(TopicChanged)
        assert changed.author is not None
        assert (changed.topic, changed.author.user) == ("two lines", anna.user)
        entered = await enter(network, room, cyd)
        assert (entered.topic, entered.topic_by) == ("two lines", "anna84")
        assert len(bridge.all(TopicChanged)) == 1


async def test_an_invitation_reaches_somebody(inspircd: InspIRCd) -> None:
    bob = await irssi("bob85", inspircd.port)
    async with gateway(inspircd.port, "#mod85") as (network, _, (room,)):
        anna = somebody("anna85")
        await enter(network, room, anna)
        await ask(network, Invite(person=anna, room=room, nick="bob85"))
        invited = await bob.line(lambda line: line.command == "INVITE")
        assert invited.params[-1] == "#mod85"
        with pytest.raises(Rejected) as error:
            await ask(network, Invite(person=anna, room=room, nick="nobody85"))
        assert error.value.why == "unknown"
    await bob.close()


async def test_the_same_on_ergo(ergo: Ergo) -> None:
    bob = await irssi("bob86", ergo.port)
    async with gateway(ergo.port, "#mod86") as (network, bridge, (room,)):
        anna, cyd = somebody("anna86"), somebody("cyd86")
        await asyncio.gather(enter(network, room, anna), enter(network, room, cyd))
        await bob.join("#mod86")
        first, other = (anna, cyd) if "anna86" in letters(network) else (cyd, anna)
        await bridge.until(lambda: "bob86" in {p.nick for p in network.view.people})
        await ask(network, Moderate(person=first, room=room, deed="kick", nick="bob86"))
        await bob.line(lambda line: line.command == "KICK")
        with pytest.raises(Rejected) as error:
            await ask(network, SetSubject(person=other, room=room, topic="mine"))
        assert error.value.why == "forbidden"
        await ask(network, Moderate(person=first, room=room, deed="ban", nick=other.name))
        lost = await bridge.saw(SeatLost)
        assert (lost.user, lost.how) == (other.user, "banned")
    await bob.close()


def ranks(standings: Standings) -> list[tuple[object, str]]:
    return [(user, standing.rank) for user, standing in standings.standings]


def ids(standings: Standings) -> list[tuple[str, str]]:
    return [(user.id, standing.rank) for user, standing in standings.standings]


def letters(network: object) -> dict[str, str]:
    (channel,) = network.view.channels.values()  # type: ignore[attr-defined]
    return channel.letters

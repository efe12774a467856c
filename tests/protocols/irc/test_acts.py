"""Reactions and redactions that go out, to real servers."""

import asyncio

import pytest

from bridge.model import Account, Delivered, LegPolicy, React, Rejected, Retract, RoomRef, UserRef
from protocols.irc.network import IrcNetwork
from tests.protocols.irc.bridge import person, running, say, send
from tests.protocols.irc.test_delivery import deafen
from tests.servers.clients.irc import CAPS, IrcClient
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd

SPEAKERS = LegPolicy(puppets="speakers")
ANNA = Account(UserRef("net", "nick:anna"), "anna")


def react(room: RoomRef, target: tuple[str, ...], key: str, added: bool = True) -> React:
    return React(
        key=f"react {key} {added}", room=room, speaker=person("bob"), target=target, author=ANNA,
        reaction=key, added=added,
    )  # fmt: skip


def retract(room: RoomRef, *target: tuple[str, ...], own: bool = True) -> Retract:
    bob = person("bob")
    return Retract(
        key=f"retract {target}", room=room, speaker=bob, author=bob, target=target, own=own,
        reason="a\r\nreason",
    )  # fmt: skip


async def do(network: IrcNetwork, command: React | Retract) -> Delivered:
    parts = network.render(command)
    return await asyncio.wait_for(network.deliver(command, parts, 0), 20)


async def test_a_person_reacts_with_their_own_connection(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna83", inspircd.port)
    await anna.connect()
    await anna.join("#reacts")
    echo = await anna.say("#reacts", "tea?")
    assert echo is not None
    target = ("said:1", f"msgid:{echo.tags['msgid']}")
    async with running(inspircd.port, "#reacts", nick="relay83", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        assert network.capabilities(room).reactions
        for key, added in (("👍", True), ("a;b\r\n\\ :c", True), ("👍", False)):
            start = len(anna.lines.items)
            ids = (await do(network, react(room, target, key, added))).parts
            came = await anna.line(lambda line: line.command == "TAGMSG", start=start)
            assert came.nick == "bob[x]"
            assert came.tags["+reply"] == came.tags["+draft/reply"] == echo.tags["msgid"]
            name = "+draft/react" if added else "+draft/unreact"
            assert came.tags[name] == key.replace("\r\n", " ")
            assert ids == ((f"msgid:{came.tags['msgid']}",),)
        assert bridge.events == []
    await anna.close()


async def test_a_reaction_that_the_listener_sees_has_got_through(inspircd: InspIRCd) -> None:
    async with running(inspircd.port, "#deafreact", nick="relay88", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        ids = await say(network, send(room, person("bob"), "mine"))
        session = next(s for s in network.view.ours.values() if not s.profile.relay)
        deafen(session)
        parts = (await do(network, react(room, ids[0], "👍"))).parts
        assert parts[0][0].startswith("msgid:")
        assert bridge.events == []
        session.abort()


async def test_where_a_person_has_no_connection_the_relay_says_it(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna84", inspircd.port)
    await anna.connect()
    await anna.join("#words")
    echo = await anna.say("#words", "tea?")
    assert echo is not None
    target = (f"msgid:{echo.tags['msgid']}",)
    policy = LegPolicy(puppets="off")
    async with running(inspircd.port, "#words", nick="relay84", policy=policy) as (
        network,
        _,
        (room,),
    ):
        assert not network.capabilities(room).reactions
        network.visit(room, SPEAKERS)
        assert network.capabilities(room).reactions
        network.visit(room, policy)
        assert (await do(network, react(room, target, "👍", False))).parts == ((),)
        await do(network, react(room, target, "👍"))
        said = await anna.wait_for(lambda s: "reacted" in s.body)
        assert said.body == "* b\u200bob reacted with 👍 to anna"
        assert said.raw.tags["+reply"] == echo.tags["msgid"]
    await anna.close()


async def test_a_message_is_removed_by_whoever_may(ergo: Ergo) -> None:
    """C13, the redaction: each line of the message."""
    anna = IrcClient("anna85", ergo.port)
    await anna.connect(caps=(*CAPS, "draft/message-redaction"))
    await anna.join("#remove")
    async with running(ergo.port, "#remove", nick="relay85", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        assert network.capabilities(room).retractions
        assert not network.capabilities(room).moderation
        ids = await say(network, send(room, person("bob"), "one\ntwo"))
        with pytest.raises(Rejected, match=r"not authorized.*REDACT_FORBIDDEN"):
            await do(network, retract(room, *ids))
        anna.send("MODE #remove +o relay85")
        await bridge.until(lambda: network.capabilities(room).moderation)
        assert await do(network, retract(room, *ids)) == Delivered(((), ()))
        one, two = (part[0].removeprefix("msgid:") for part in ids)
        await anna.line(lambda line: line.command == "REDACT" and two in line.params)
        gone = [line for line in anna.lines.items if line.command == "REDACT"]
        assert [line.params for line in gone] == [("#remove", m, "a reason") for m in (one, two)]
        assert {line.nick for line in gone} == {"relay85"}
        assert await do(network, retract(room, *ids)) == Delivered(((), ()))
        echo = await anna.say("#remove", "theirs")
        assert echo is not None
        await do(network, retract(room, (f"msgid:{echo.tags['msgid']}",), own=False))
        await anna.line(lambda line: line.command == "REDACT" and echo.tags["msgid"] in line.params)
        anna.send("MODE #remove -o relay85")
        await bridge.until(lambda: not network.capabilities(room).moderation)
        with pytest.raises(Rejected, match="no id"):
            network.render(retract(room, ("said:1",), ()))
    await anna.close()


async def test_a_moderator_s_own_connection_removes_where_the_relay_may_not(ergo: Ergo) -> None:
    anna = IrcClient("anna91", ergo.port)
    await anna.connect(caps=(*CAPS, "draft/message-redaction"))
    await anna.join("#opped")
    async with running(ergo.port, "#opped", nick="relay91", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        await say(network, send(room, person("bob"), "hello"))
        assert not network.capabilities(room).moderation
        anna.send("MODE #opped +o bob[x]")
        await bridge.until(lambda: network.capabilities(room).moderation)
        echo = await anna.say("#opped", "spam")
        assert echo is not None
        await do(network, retract(room, (f"msgid:{echo.tags['msgid']}",), own=False))
        gone = await anna.line(lambda line: line.command == "REDACT")
        assert (gone.nick, gone.params[1]) == ("bob[x]", echo.tags["msgid"])
        anna.send("MODE #opped -o bob[x]")
        await bridge.until(lambda: not network.capabilities(room).moderation)
    await anna.close()


async def test_an_author_with_an_account_removes_their_own(ergo: Ergo) -> None:
    anna = IrcClient("anna86", ergo.port)
    await anna.connect(caps=(*CAPS, "draft/message-redaction"))
    await anna.join("#account")
    sasl = {"account": "bob", "password": "bob-pw"}
    async with running(ergo.port, "#account", nick="relay86", sasl=sasl) as (network, _, (room,)):
        ids = await say(network, send(room, person("bob"), "mine"))
        await do(network, retract(room, *ids))
        gone = await anna.line(lambda line: line.command == "REDACT")
        assert gone.nick == "relay86"
    await anna.close()


async def test_a_server_that_removes_nothing_says_so(inspircd: InspIRCd) -> None:
    async with running(inspircd.port, "#keeps", nick="relay87") as (network, _, (room,)):
        assert not network.capabilities(room).retractions
        with pytest.raises(Rejected, match="cannot remove"):
            await do(network, retract(room, ("msgid:x",)))

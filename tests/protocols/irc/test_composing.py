"""Who is typing, on a real server; its clock is put forward."""

import time

from bridge.model import LegPolicy, Typing
from protocols.irc.composing import AGAIN, EXPIRES, MOST, NEWS, SELDOM
from tests.protocols.irc.bridge import Bridge, person, running, say, send
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd

SPEAKERS = LegPolicy(puppets="speakers")


def typing(bridge: Bridge) -> list[bool]:
    return [state.active for state in bridge.states if isinstance(state, Typing)]


def signs(anna: IrcClient) -> list[tuple[str, str]]:
    """Return who was seen typing, and how."""
    came = [line for line in anna.lines.items if line.command == "TAGMSG"]
    return [(line.nick, line.tags["+typing"]) for line in came]


async def test_typing_ends_with_the_message_or_a_sign_or_in_silence(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna90", inspircd.port)
    await anna.connect()
    await anna.join("#typing")
    async with running(inspircd.port, "#typing", nick="relay90") as (network, bridge, (room,)):
        anna.send(*["@+typing=active TAGMSG #typing"] * 20, "PRIVMSG #typing :said")
        author = (await bridge.heard(room, "said")).author
        assert typing(bridge) == [True, False]
        anna.send("@+typing=active TAGMSG #typing", "@+typing=paused TAGMSG #typing")
        await bridge.until(lambda: typing(bridge) == [True, False] * 2)
        anna.send("@+typing=done TAGMSG #typing", "@+typing=no TAGMSG #typing")
        anna.send("@+typing=active TAGMSG relay90", "@+typing=active TAGMSG #typing")
        await bridge.until(lambda: len(typing(bridge)) == 5)
        network.composing.tick(time.monotonic() + EXPIRES + 1)
        assert typing(bridge) == [True, False] * 3
        told = [state for state in bridge.states if isinstance(state, Typing)]
        assert {(state.room, state.account) for state in told} == {(room, author)}
    await anna.close()


async def test_a_person_is_seen_typing_seldom_and_not_for_ever(inspircd: InspIRCd) -> None:
    anna, bob = IrcClient("anna91", inspircd.port), person("bob91")
    await anna.connect()
    await anna.join("#types")
    async with running(inspircd.port, "#types", nick="relay91", policy=SPEAKERS) as (
        network,
        _,
        (room,),
    ):
        network.show(Typing(room, bob, True))
        await say(network, send(room, bob, "I come"))
        network.composing.tick(time.monotonic() + 2 * SELDOM)
        assert network.capabilities(room).typing
        for active in (True, True, False, True, True):
            network.show(Typing(room, bob, active))
        now = time.monotonic()
        for after in (0.0, SELDOM - 0.5, AGAIN + 0.1, AGAIN + 1, NEWS + 1, NEWS + 5, NEWS + 60):
            network.composing.tick(now + after)
        await say(network, send(room, bob, "end"))
        await anna.wait_for(lambda s: s.body == "end")
        expected = [("bob91[x]", sign) for sign in ("active", "active", "done")]
        assert signs(anna) == expected
    await anna.close()


async def test_a_message_needs_no_sign_that_the_typing_ended(inspircd: InspIRCd) -> None:
    anna, bob = IrcClient("anna93", inspircd.port), person("bob93")
    await anna.connect()
    await anna.join("#ends")
    async with running(inspircd.port, "#ends", nick="relay93", policy=SPEAKERS) as (
        network,
        _,
        (room,),
    ):
        await say(network, send(room, bob, "I come"))
        network.show(Typing(room, bob, True))
        await say(network, send(room, bob, "and say it"))
        network.show(Typing(room, bob, False))
        network.composing.tick(time.monotonic() + 2 * SELDOM)
        await say(network, send(room, bob, "end"))
        await anna.wait_for(lambda s: s.body == "end")
        assert signs(anna) == [("bob93[x]", "active")]
    await anna.close()


async def test_the_relay_types_for_nobody(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna92", inspircd.port)
    await anna.connect()
    await anna.join("#still")
    async with running(inspircd.port, "#still", nick="relay92") as (network, _, (room,)):
        assert not network.capabilities(room).typing
        for number in range(2 * MOST):
            network.show(Typing(room, person(f"p{number}"), True))
        await say(network, send(room, person("bob"), "end"))
        await anna.wait_for(lambda s: s.body.endswith("end"))
        assert signs(anna) == []
    await anna.close()

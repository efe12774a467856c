"""Personal puppets on a real server."""

import asyncio
from collections.abc import Callable

from msgspec import structs

from bridge.model import LegPolicy, Presence, PuppetNamed, PuppetRemoved
from protocols.irc.session import Session
from tests.protocols.irc.bridge import person, running, say, send
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd

SPEAKERS = LegPolicy(puppets="speakers")


async def test_a_person_speaks_through_a_connection_of_their_own(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna4", inspircd.port)
    await anna.connect()
    await anna.join("#puppets")
    async with running(inspircd.port, "#puppets", nick="relay4", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        bob = person("Bób O'Hara")
        ids = await say(network, send(room, bob, "first"))
        said = await anna.wait_for(lambda s: s.body == "first")
        assert said.nick == "Bob_OHara[x]"
        assert ids == ((f"msgid:{said.raw.tags['msgid']}",),)
        whois = await who(anna, said.nick)
        assert whois.params[-1] == bob.about
        assert whois.params[2].startswith("t")
        named = [s for s in bridge.states if isinstance(s, PuppetNamed)]
        assert named == [PuppetNamed(room, bob.user, "Bob_OHara[x]")]
        network.show(Presence(room, structs.replace(bob, name="Rob"), True))
        await anna.line(lambda line: line.command == "NICK" and line.params[0] == "Rob[x]")
        await say(network, send(room, structs.replace(bob, name="Rob"), "second"))
        said = await anna.wait_for(lambda s: s.body == "second")
        assert said.nick == "Rob[x]"
        await bridge.until(lambda: PuppetNamed(room, bob.user, "Rob[x]") in bridge.states)
        assert bridge.texts(room) == []
        assert network.figures()["puppets"] == 1
        network.show(Presence(room, bob, False, "gone home"))
        left = await anna.line(lambda line: line.command == "QUIT" and line.nick == said.nick)
        assert left.params[-1].endswith("gone home")
        assert bridge.states[-1] == PuppetNamed(room, bob.user, "")
    await anna.close()


async def test_a_kicked_puppet_stays_out_and_the_relay_speaks(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna5", inspircd.port)
    await anna.connect()
    await anna.join("#kicks")
    async with running(inspircd.port, "#kicks", nick="relay5", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        bob = person("bob5")
        await say(network, send(room, bob, "first"))
        anna.send("KICK #kicks bob5[x] :enough")
        removed = await bridge.until(
            lambda: [e for e in bridge.events if isinstance(e, PuppetRemoved)]
        )
        assert removed == [PuppetRemoved(room=room, user=bob.user, by="anna5", reason="enough")]
        await say(network, send(room, bob, "second"))
        said = await anna.wait_for(lambda s: "second" in s.body)
        assert (said.nick, said.body) == ("relay5", "<b\u200bob5> second")
        assert bridge.messages(room) == []
    await anna.close()


async def test_taken_nicks_are_avoided_and_a_banned_puppet_speaks_through_the_relay(
    inspircd: InspIRCd,
) -> None:
    anna, squatter = IrcClient("anna6", inspircd.port), IrcClient("bob6[x]", inspircd.port)
    await asyncio.gather(anna.connect(), squatter.connect())
    await anna.join("#taken")
    await anna.join("#closed")
    anna.send("MODE #closed +b cyd6[x]!*@*")
    async with running(inspircd.port, "#taken", "#closed", nick="relay6", policy=SPEAKERS) as (
        network,
        _,
        (taken, closed),
    ):
        await say(network, send(taken, person("bob6"), "hello"))
        said = await anna.wait_for(lambda s: s.body == "hello")
        assert said.nick == "bob6[x]_"
        await say(network, send(closed, person("cyd6"), "let me in"))
        said = await anna.wait_for(lambda s: "let me in" in s.body)
        assert said.nick == "relay6"
    await asyncio.gather(anna.close(), squatter.close())


async def test_the_limit_holds_and_puppets_shown_always_come_at_once(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna7", inspircd.port)
    await anna.connect()
    await anna.join("#limit")
    always = LegPolicy(puppets="always", members="all")
    async with running(inspircd.port, "#limit", nick="relay7", policy=always, puppet_limit=2) as (
        network,
        bridge,
        (room,),
    ):
        for name in ("p71", "p72", "p73"):
            network.show(Presence(room, person(name), True))
        await bridge.until(lambda: network.figures()["puppets"] == 2)
        names = await anna.names("#limit")
        assert names == {"anna7", "relay7", "p71[x]", "p72[x]"}
        await say(network, send(room, person("p73"), "me too"))
        said = await anna.wait_for(lambda s: "me too" in s.body)
        assert said.nick == "relay7"
    await anna.close()


async def test_a_burst_loses_and_doubles_nothing_when_the_listener_dies(
    inspircd: InspIRCd,
) -> None:
    anna = IrcClient("anna8", inspircd.port)
    await anna.connect()
    await anna.join("#burst")
    async with running(
        inspircd.port, "#burst", nick="relay8", policy=SPEAKERS, reconnect=[0.5]
    ) as (network, bridge, (room,)):
        await say(network, send(room, person("bob8"), "here"))
        for number in range(300):
            anna.send(f"PRIVMSG #burst :line {number}")
            if number == 150:
                relay = network.rooms.relay
                assert isinstance(relay, Session)
                relay.abort()
            if number % 10 == 0:
                await asyncio.sleep(0.003)
        await bridge.heard(room, "line 299")
        await bridge.down(room)
        assert bridge.texts(room) == [f"line {number}" for number in range(300)]
        await bridge.up(room)
        for number in range(300, 320):
            anna.send(f"PRIVMSG #burst :line {number}")
        await bridge.heard(room, "line 319")
        assert bridge.texts(room) == [f"line {number}" for number in range(320)]
    await anna.close()


async def test_a_message_does_not_wait_long_for_its_puppet(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna9", inspircd.port)
    await anna.connect()
    await anna.join("#late")
    async with running(inspircd.port, "#late", nick="relay9", policy=SPEAKERS, puppet_wait=0) as (
        network,
        bridge,
        (room,),
    ):
        await say(network, send(room, person("bob9"), "one"))
        await bridge.until(lambda: network.figures()["puppets"] == 1)
        await bridge.until(lambda: [s for s in bridge.states if isinstance(s, PuppetNamed)])
        await say(network, send(room, person("bob9"), "two"))
        await anna.wait_for(lambda s: s.body == "two")
        assert [s.nick for s in anna.messages.items] == ["relay9", "bob9[x]"]
    await anna.close()


async def test_puppets_come_back_with_the_server(new_inspircd: Callable[..., InspIRCd]) -> None:
    server = new_inspircd()
    async with running(server.port, "#again", nick="relay", policy=SPEAKERS) as (
        network,
        bridge,
        (room,),
    ):
        await say(network, send(room, person("bob"), "one"))
        server.stop()
        await bridge.down(room)
        await bridge.until(lambda: bridge.states.count(PuppetNamed(room, person("bob").user, "")))
        server.start()
        await bridge.up(room)
        named = PuppetNamed(room, person("bob").user, "bob[x]")
        await bridge.until(lambda: bridge.states.count(named) == 2)


async def who(client: IrcClient, nick: str):
    start = len(client.lines.items)
    client.send(f"WHOIS {nick}")
    return await client.line(lambda line: line.command == "311", start=start)

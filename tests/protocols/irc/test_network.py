"""The relay in a channel of a real server."""

import asyncio
import time
from collections.abc import Callable

from bridge.model import (
    Content,
    LegPolicy,
    MembersChanged,
    Paragraph,
    Roster,
    SetTopic,
    Text,
    TopicChanged,
)
from tests.protocols.irc.bridge import person, running, say, send
from tests.servers.clients.irc import IrcClient
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd


async def test_what_people_say_comes_in_and_what_the_bridge_says_goes_out(
    inspircd: InspIRCd,
) -> None:
    anna = IrcClient("anna", inspircd.port)
    await anna.connect()
    await anna.join("#hello")
    async with running(inspircd.port, "#hello", nick="relay1") as (network, bridge, (room,)):
        echo = await anna.say("#hello", "hi \x02there\x0f")
        heard = await bridge.heard(room, "hi there")
        assert heard.author.name == "anna"
        assert heard.author.user.id == "nick:anna"
        assert heard.author.authority
        assert echo is not None
        assert heard.ids == (f"msgid:{echo.tags['msgid']}",)
        assert heard.live
        ids = await say(network, send(room, person("bob"), "hello anna"))
        said = await anna.wait_for(lambda s: "hello anna" in s.body)
        assert said.body == "<b\u200bob> hello anna"
        assert ids == ((f"msgid:{said.raw.tags['msgid']}",),)
        await say(
            network, send(room, person("bob"), Content((Paragraph((Text("waves"),)),), "emote"))
        )
        said = await anna.wait_for(lambda s: "waves" in s.body)
        assert said.body == "* b\u200bob waves"
        assert len(bridge.messages(room)) == 1
    await anna.line(lambda line: line.command == "QUIT" and line.nick == "relay1")
    await anna.close()


async def test_the_roster_comes_once_and_changes_follow(inspircd: InspIRCd) -> None:
    anna, bert = IrcClient("anna2", inspircd.port), IrcClient("bert2", inspircd.port)
    await asyncio.gather(anna.connect(), bert.connect())
    await anna.join("#members")
    async with running(inspircd.port, "#members", nick="relay2") as (_, bridge, _):
        rosters = [s for s in bridge.states if isinstance(s, Roster)]
        assert [[m.name for m in r.members] for r in rosters] == [["anna2"]]
        await bert.join("#members")
        joined = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged) and s.joined]
        )
        assert joined[0].joined[0].name == "bert2"
        await bert.rename("berta2")
        renamed = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged) and s.renamed]
        )
        assert renamed[0].renamed[0].name == "berta2"
        assert renamed[0].renamed[0].user == joined[0].joined[0].user
        bert.send("PART #members :bye")
        left = await bridge.until(
            lambda: [s for s in bridge.states if isinstance(s, MembersChanged) and s.left]
        )
        assert left[0].left == (joined[0].joined[0].user,)
    await asyncio.gather(anna.close(), bert.close())


async def test_a_topic_goes_out_cut_and_does_not_come_back(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna3", inspircd.port)
    await anna.connect()
    await anna.join("#topics")
    anna.topic("#topics", "old")
    async with running(inspircd.port, "#topics", nick="relay3") as (network, bridge, (room,)):
        first = await bridge.until(
            lambda: [e for e in bridge.events if isinstance(e, TopicChanged)]
        )
        assert first[0].topic == "old"
        command = SetTopic(key="t1", room=room, topic="long\nand " + "é" * 900)
        anna.send("MODE #topics -t")
        await network.deliver(command, network.render(command), 0)
        told = await anna.line(lambda line: line.command == "TOPIC" and line.nick == "relay3")
        assert told.params[1].startswith("long and éé")
        assert told.params[1].endswith("…")
        assert len(told.params[1].encode()) <= 390
        await set_topic(anna, "#topics", "new")
        await bridge.until(
            lambda: len([e for e in bridge.events if isinstance(e, TopicChanged)]) == 2
        )
        assert [e.topic for e in bridge.events if isinstance(e, TopicChanged)] == ["old", "new"]
    await anna.close()


async def set_topic(client: IrcClient, channel: str, topic: str) -> None:
    """InspIRCd refuses (437) a topic within the second of the last one."""
    while True:
        start = len(client.lines.items)
        client.topic(channel, topic)
        answer = await client.line(lambda line: line.command in ("TOPIC", "437"), start=start)
        if answer.command == "TOPIC":
            return
        await asyncio.sleep(0.2)


async def test_the_same_works_on_ergo(ergo: Ergo) -> None:
    anna = IrcClient("Anna60", ergo.port)
    await anna.connect()
    await anna.join("#ergo")
    policy = LegPolicy(puppets="speakers")
    async with running(ergo.port, "#ergo", nick="relay60", policy=policy) as (
        network,
        bridge,
        (room,),
    ):
        await anna.say("#ergo", "hi")
        heard = await bridge.heard(room, "hi")
        assert heard.ids[0].startswith("msgid:")
        assert heard.author.name == "Anna60"
        ids = await say(network, send(room, person("bob"), "hello"))
        said = await anna.wait_for(lambda s: s.body == "hello")
        assert said.nick == "bob[x]"
        assert ids == ((f"msgid:{said.raw.tags['msgid']}",),)
        assert bridge.texts(room) == ["hi"]
    await anna.close()


async def test_what_a_server_gains_or_loses_while_it_runs_is_used(
    new_inspircd: Callable[..., InspIRCd],
) -> None:
    server = new_inspircd()
    anna = IrcClient("anna62", server.port)
    await anna.connect()
    anna.send("OPER {} {}".format(*server.oper))
    await anna.line(lambda line: line.command == "381")
    policy = LegPolicy(puppets="speakers")
    async with running(server.port, "#caps", nick="relay62", policy=policy) as (
        network,
        bridge,
        (room,),
    ):
        assert network.capabilities(room).reactions
        anna.send("UNLOADMODULE ircv3_ctctags")
        await bridge.until(lambda: not network.capabilities(room).reply_tags)
        assert not network.capabilities(room).reactions
        await say(network, send(room, person("bob62"), "still here"))
        anna.send("LOADMODULE ircv3_ctctags")
        await bridge.until(lambda: network.capabilities(room).reactions)
    await anna.close()


async def test_stopping_is_polite_and_quick(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna61", inspircd.port)
    await anna.connect()
    await anna.join("#stop")
    policy = LegPolicy(puppets="speakers")
    async with running(inspircd.port, "#stop", nick="relay61", policy=policy) as (
        network,
        _,
        (room,),
    ):
        await say(network, send(room, person("bob61"), "hello"))
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    for nick in ("relay61", "bob61[x]"):
        quit_ = await anna.line(lambda line, n=nick: line.command == "QUIT" and line.nick == n)
        assert quit_.params[-1].endswith("Tercet")
    await anna.close()

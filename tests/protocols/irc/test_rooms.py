"""How the relay gets into channels."""

import asyncio

from bridge.model import LegPolicy, TopicChanged
from tests.protocols.irc.bridge import Bridge, Memory, running
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd


async def test_a_kicked_relay_comes_back_and_says_why_it_was_out(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna20", inspircd.port)
    await anna.connect()
    await anna.join("#out")
    async with running(inspircd.port, "#out", nick="relay20") as (_, bridge, (room,)):
        anna.send("KICK #out relay20 :go away")
        down = await bridge.down(room)
        assert down.detail == "kicked by anna20: go away"
        await bridge.up(room)
        anna.send("MODE #out +b relay20!*@*", "KICK #out relay20 :for good")
        await bridge.until(lambda: (s := bridge.status(room)) is not None and s.refused)
        status = bridge.status(room)
        assert status is not None
        assert "(474); ask an operator" in status.detail
        anna.send("MODE #out -b relay20!*@*", "INVITE relay20 #out")
        await bridge.up(room)
    await anna.close()


async def test_a_channel_key_is_used_and_its_lack_explained(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna40", inspircd.port)
    await anna.connect()
    await anna.join("#keyed")
    anna.send("MODE #keyed +k sesame")
    await anna.line(lambda line: line.command == "MODE" and "+k" in line.params)
    async with running(inspircd.port, "#keyed", nick="relay40", wait=False) as (
        network,
        bridge,
        (room,),
    ):
        await bridge.until(lambda: (s := bridge.status(room)) is not None and s.refused)
        status = bridge.status(room)
        assert status is not None
        assert "(475); set the channel key" in status.detail
        network.visit(room, LegPolicy(password="sesame"))
        await bridge.up(room)
        await network.leave(room, "so long")
        await anna.wait_for(lambda s: s.body == "so long")
        await anna.line(lambda line: line.command == "PART" and line.nick == "relay40")
    await anna.close()


async def test_a_topic_is_told_again_only_if_it_changed(inspircd: InspIRCd) -> None:
    anna, state = IrcClient("anna41", inspircd.port), Memory()
    await anna.connect()
    await anna.join("#kept")
    anna.topic("#kept", "first")
    await anna.line(lambda line: line.command == "TOPIC")

    async def topics() -> list[str]:
        async with running(inspircd.port, "#kept", nick="relay41", state=state) as (_, bridge, _):
            return told(bridge)

    assert await topics() == ["first"]
    assert await topics() == []
    while True:
        anna.topic("#kept", "")
        start = len(anna.lines.items)
        answer = await anna.line(lambda line: line.command in ("TOPIC", "437"), start=start)
        if answer.command == "TOPIC":
            break
        await asyncio.sleep(0.2)
    assert await topics() == [""]
    await anna.close()


def told(bridge: Bridge) -> list[str]:
    return [e.topic for e in bridge.events if isinstance(e, TopicChanged)]

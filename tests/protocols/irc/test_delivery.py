"""What is said on IRC, and what counts as delivered, on a real server."""

import asyncio
import time

import pytest
from msgspec import structs

from bridge.model import (
    Content,
    CopyConfirmed,
    LegPolicy,
    Mention,
    Paragraph,
    Rejected,
    Reply,
    Say,
    SetTopic,
    Tell,
    Text,
    Unavailable,
    UserRef,
    from_text,
)
from protocols.irc.session import Session
from tests.protocols.irc.bridge import Memory, person, running, say, send
from tests.servers.clients.irc import IrcClient, Line
from tests.servers.clients.transcript import Said
from tests.servers.inspircd import InspIRCd

SPEAKERS = LegPolicy(puppets="speakers")
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize("policy", [LegPolicy(), SPEAKERS])
async def test_long_lines_arrive_whole_on_somebody_elses_screen(
    inspircd: InspIRCd, policy: LegPolicy
) -> None:
    anna = IrcClient("anna10", inspircd.port)
    await anna.connect()
    await anna.join("#long")
    async with running(inspircd.port, "#long", nick="relay10", policy=policy, line_limit=100) as (
        network,
        bridge,
        (room,),
    ):
        bob = person("bob10")
        for number, text in enumerate(["é" * 400, FAMILY * 80, "word " * 300, "x" * 1500]):
            start, confirmed = len(anna.messages.items), len(bridge.events)
            command = send(room, bob, text)
            ids = await say(network, command)
            await say(network, send(room, bob, f"end {number}"))
            await anna.wait_for(lambda s: "end " in s.body, start=start)
            said = anna.messages.items[start:-1]
            pieces = [s.body.removeprefix("<b\u200bob10> ") for s in said]
            assert "".join(pieces) == text
            assert len(ids) == len(pieces) == len(network.render(command))
            assert all(wire_length(s) <= 512 for s in said)
            events = [e for e in bridge.events[confirmed:] if isinstance(e, CopyConfirmed)]
            assert [(e.part, e.ids) for e in events] == list(enumerate(ids))[:-1]
    await anna.close()


def wire_length(said: Said) -> int:
    """Return the bytes of a line without its tags."""
    line = said.raw.text
    return len((line.partition(" ")[2] if line.startswith("@") else line).encode()) + 2


async def test_nothing_is_injected(inspircd: InspIRCd) -> None:
    cases = {
        "/quit": ["/quit"],
        ":-) hi": [":-) hi"],
        "\x01VERSION\x01": ["VERSION"],
        "a\r\nQUIT :b": ["a", "QUIT :b"],
        "nul\0nul": ["nulnul"],
        "\x02not bold": ["not bold"],
        "one\n\n\ntwo": ["one", "two"],
    }
    anna, bob = IrcClient("anna11", inspircd.port), person("a\r\nQUIT\u202e b")
    await anna.connect()
    await anna.join("#inject")
    async with running(inspircd.port, "#inject", nick="relay11", policy=SPEAKERS) as (
        network,
        _,
        (room,),
    ):
        for text in cases:
            await say(network, send(room, bob, text))
        await say(network, send(room, bob, "end"))
        await anna.wait_for(lambda s: s.body.endswith("end"))
        arrived = [s.body for s in anna.messages.items]
        assert arrived == [line for lines in cases.values() for line in lines] + ["end"]
        assert {s.nick for s in anna.messages.items} == {"a_QUIT_b[x]"}
    await anna.close()


async def test_a_very_long_message_ends_in_its_link(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna12", inspircd.port)
    await anna.connect()
    await anna.join("#link")
    async with running(inspircd.port, "#link", nick="relay12") as (network, _, (room,)):
        more = "[full text: http://127.0.0.1/x]"
        ids = await say(network, send(room, person("bob"), "word " * 200_000, more=more))
        assert len(ids) == 3
        last = await anna.wait_for(lambda s: "full text" in s.body)
        assert last.body == f"<b\u200bob> {more}"
        assert len(anna.messages.items) == 3
        with pytest.raises(Rejected, match="empty"):
            network.render(send(room, person("bob"), " \n\t\x02"))
        with pytest.raises(Rejected, match="too long"):
            network.render(send(room, person("bob"), "word " * 200_000))
    await anna.close()


async def test_mentions_become_the_nicks_that_ping(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna13", inspircd.port)
    await anna.connect()
    await anna.join("#ping")
    async with running(inspircd.port, "#ping", nick="relay13", policy=SPEAKERS) as (
        network,
        _,
        (room,),
    ):
        await say(network, send(room, person("bob13"), "hi"))
        spans = (
            Mention("Anna (IRC)", UserRef("net", "nick:anna13")),
            Text(" "),
            Mention("Bob", person("bob13").user),
            Text(" "),
            Mention("Cyd", person("cyd").user),
        )
        await say(network, send(room, person("dan13"), Content((Paragraph(spans),))))
        said = await anna.wait_for(lambda s: "Cyd" in s.body)
        assert said.body == "anna13 bob13[x] Cyd"
    await anna.close()


@pytest.mark.parametrize("policy", [LegPolicy(), SPEAKERS])
async def test_an_answer_points_at_its_message_once(inspircd: InspIRCd, policy: LegPolicy) -> None:
    channel, bob = f"#answer{policy.puppets}", person("bob18")
    anna = IrcClient("anna18", inspircd.port)
    await anna.connect()
    await anna.join(channel)
    async with running(inspircd.port, channel, nick="relay18", policy=policy) as (
        network,
        bridge,
        (room,),
    ):
        assert network.capabilities(room).reply_tags
        assert not network.capabilities(room).replies
        await anna.say(channel, "tea?")
        asked = await bridge.heard(room, "tea?")
        reply = Reply(asked.ids, asked.author, "tea?")
        await say(network, structs.replace(send(room, bob, "anna18: yes\nplease"), reply=reply))
        first = await anna.wait_for(lambda s: s.body.endswith("anna18: yes"))
        second = await anna.wait_for(lambda s: s.body.endswith("please"))
        msgid = asked.ids[0].removeprefix("msgid:")
        assert first.raw.tags["+reply"] == first.raw.tags["+draft/reply"] == msgid
        assert "+reply" not in second.raw.tags
        unknown = Reply(("said:1",), asked.author, "")
        await say(network, structs.replace(send(room, bob, "and that?"), reply=unknown))
        third = await anna.wait_for(lambda s: s.body.endswith("and that?"))
        assert "+reply" not in third.raw.tags
    await anna.close()


async def test_a_refusal_comes_back_in_ircs_words(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna14", inspircd.port)
    await anna.connect()
    await anna.join("#moderated")
    anna.send("MODE #moderated +m")
    await anna.line(lambda line: line.command == "MODE" and "+m" in line.params)
    async with running(inspircd.port, "#moderated", nick="relay14") as (network, _, (room,)):
        with pytest.raises(Rejected, match=r"You cannot send messages .*\(404\)"):
            await say(network, send(room, person("bob"), "hello?"))
        topic = SetTopic(key="t", room=room, topic="mine")
        with pytest.raises(Rejected, match=r"\(482\)"):
            await network.deliver(topic, network.render(topic), 0)
    await anna.close()


async def test_people_are_told_in_private_and_not_too_often(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna15", inspircd.port)
    await anna.connect()
    await anna.join("#tell")
    async with running(inspircd.port, "#tell", nick="relay15") as (network, bridge, (room,)):
        await anna.say("#tell", "hi")
        user = (await bridge.heard(room, "hi")).author.user
        for number in range(3):
            tell = Tell(key=f"tell{number}", room=room, user=user, text="it failed", about=("m",))
            await network.deliver(tell, network.render(tell), 0)
        other = Tell(key="tell9", room=room, user=user, text="something else")
        await network.deliver(other, network.render(other), 0)
        announcement = Say(key="say1", room=room, text="I am a bridge")
        await network.deliver(announcement, network.render(announcement), 0)
        said = await anna.wait_for(lambda s: s.body == "I am a bridge")
        assert said.kind == "notice"
        told = [x.params[-1] for x in anna.lines.items if is_private(x, "anna15")]
        assert told == ["it failed", "something else"]
        gone = Tell(key="tell10", room=room, user=UserRef("net", "nick:nobody"), text="x")
        with pytest.raises(Rejected):
            await network.deliver(gone, network.render(gone), 0)
    await anna.close()


@pytest.mark.parametrize("policy", [LegPolicy(), SPEAKERS])
async def test_a_doubtful_line_is_found_in_the_history_after_a_restart(
    inspircd: InspIRCd, policy: LegPolicy
) -> None:
    anna, bob, channel = IrcClient("anna16", inspircd.port), person("bob16"), f"#d{policy.puppets}"
    await anna.connect()
    await anna.join(channel)
    anna.send(f"MODE {channel} +H 50:0")
    await anna.line(lambda line: line.command == "MODE" and "+H" in line.params)
    state = Memory()
    async with running(inspircd.port, channel, nick="relay16", policy=policy, state=state) as (
        network,
        _,
        (room,),
    ):
        command = send(room, bob, "did it arrive?", time=time.time())
        ids = await say(network, command)
    async with running(inspircd.port, channel, nick="relay16", policy=policy, state=state) as (
        network,
        bridge,
        _,
    ):
        assert await say(network, structs.replace(command, doubtful=True)) == ids
        assert bridge.messages(room) == []
        assert network.figures()["lines_in_doubt"] == 0
        await say(network, send(room, bob, "end"))
    await anna.wait_for(lambda s: s.body.endswith("end"))
    copies = [s for s in anna.messages.items if s.body.endswith("did it arrive?")]
    assert len(copies) == 1
    await anna.close()


async def test_a_line_that_the_listener_sees_is_delivered_though_its_connection_is_deaf(
    inspircd: InspIRCd,
) -> None:
    async with running(inspircd.port, "#deaf", nick="relay17", policy=SPEAKERS) as (
        network,
        _,
        (room,),
    ):
        await say(network, send(room, person("bob17"), "first"))
        session = network.view.ours["bob17[x]"]
        deafen(session)
        ids = await say(network, send(room, person("bob17"), "second"))
        assert ids[0][0].startswith("msgid:")
        session.abort()


@pytest.mark.parametrize("history", [True, False])
async def test_a_line_in_doubt_is_looked_for_and_else_said_again_and_counted(
    inspircd: InspIRCd, history: bool
) -> None:
    channel = f"#broken{history}"
    anna = IrcClient(f"anna18{history}", inspircd.port)
    await anna.connect()
    await anna.join(channel)
    anna.send(f"MODE {channel} {'+H 50:0' if history else '+s'}")
    await anna.line(lambda line: line.command == "MODE")
    async with running(inspircd.port, channel, nick="relay18") as (network, bridge, (room,)):
        relay = network.rooms.relay
        assert relay is not None
        command = send(room, person("bob"), "am I there?", time=time.time())
        delivering = asyncio.create_task(say(network, command))
        while not any(line.written and not line.outcome.done() for line in relay.pending):
            await asyncio.sleep(0)
        deafen(relay)
        await anna.wait_for(lambda s: s.body.endswith("am I there?"))
        relay.abort()
        with pytest.raises(Unavailable) as unavailable:
            await delivering
        assert unavailable.value.sent
        await bridge.down(room)
        await bridge.up(room)
        late = from_text("[10:03] am I there?")
        await say(network, structs.replace(command, doubtful=True, content=late))
        await say(network, send(room, person("bob"), "end"))
        await anna.wait_for(lambda s: s.body.endswith("end"))
        copies = [s for s in anna.messages.items if s.body.endswith("am I there?")]
        assert len(copies) == (1 if history else 2)
        assert network.figures()["lines_in_doubt"] == (0 if history else 1)
    await anna.close()


def deafen(session: Session) -> None:
    """Let nothing more be read from the server."""
    wire = session.connection.wire if session.connection is not None else None
    assert wire is not None
    assert wire._transport is not None
    wire._transport.pause_reading()


def is_private(line: Line, nick: str) -> bool:
    return line.command == "NOTICE" and line.params[0] == nick and "!" in line.source


async def test_a_longer_host_in_mid_session_leaves_less_room_for_words(inspircd: InspIRCd) -> None:
    """C15"""
    anna = IrcClient("anna95", inspircd.port)
    await anna.connect()
    await anna.join("#cloak")
    async with running(inspircd.port, "#cloak", nick="relay95") as (network, bridge, (room,)):
        host = "a.much.longer.cloak.than.before.by.far.example.org"
        anna.send("OPER oper oper", f"CHGHOST relay95 {host}")
        relay = network.rooms.relay
        await bridge.until(lambda: relay is not None and relay.host == host)
        await say(network, send(room, person("bob"), "é" * 400))
        await say(network, send(room, person("bob"), "end"))
        await anna.wait_for(lambda said: said.body.endswith("end"))
        told = [said.body.partition("> ")[2] for said in anna.messages.items[:-1]]
        assert "".join(told) == "é" * 400
    await anna.close()

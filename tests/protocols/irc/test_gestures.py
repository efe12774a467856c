"""Reactions and redactions that come in, from real servers."""

from bridge.model import MessageRetracted, Reacted
from tests.protocols.irc.bridge import Bridge, person, running, say, send
from tests.servers.clients.irc import CAPS, IrcClient
from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd

REDACTS = (*CAPS, "draft/message-redaction")


def reactions(bridge: Bridge) -> list[Reacted]:
    return [event for event in bridge.events if isinstance(event, Reacted)]


def retractions(bridge: Bridge) -> list[MessageRetracted]:
    return [event for event in bridge.events if isinstance(event, MessageRetracted)]


async def test_a_reaction_comes_in_and_goes_away(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna80", inspircd.port)
    await anna.connect()
    await anna.join("#react")
    async with running(inspircd.port, "#react", nick="relay80") as (_, bridge, (room,)):
        await anna.say("#react", "tea?")
        asked = await bridge.heard(room, "tea?")
        msgid = asked.ids[0].removeprefix("msgid:")
        anna.send(
            f"@+reply={msgid};+draft/react=👍 TAGMSG #react",
            f"@+draft/reply={msgid};+draft/unreact=👍 TAGMSG #react",
            "@+draft/react=👍 TAGMSG #react",
            f"@+reply={msgid};+draft/react=👍 TAGMSG relay80",
            f"@+reply={msgid};+draft/react=👍;+draft/unreact=👍 TAGMSG #react",
            f"@+reply={msgid} TAGMSG #react",
        )
        await anna.say("#react", "end")
        await bridge.heard(room, "end")
        added, removed = reactions(bridge)
        assert added.added
        assert not removed.added
        assert added.author == removed.author == asked.author
        assert added.target == removed.target == asked.ids[0]
        assert added.key == removed.key == "👍"
        assert added.ids
        assert added.ids != removed.ids
    await anna.close()


async def test_a_redaction_by_an_operator_is_moderation(ergo: Ergo) -> None:
    anna, bob = IrcClient("anna81", ergo.port), IrcClient("bob81", ergo.port)
    for client in (anna, bob):
        await client.connect(caps=REDACTS)
        await client.join("#redact")  # anna, the first, is operator
    async with running(ergo.port, "#redact", nick="relay81") as (network, bridge, (room,)):
        await bob.say("#redact", "spam")
        await anna.say("#redact", "oops")
        spam, oops = await bridge.heard(room, "spam"), await bridge.heard(room, "oops")
        copy = await say(network, send(room, person("carl"), "from afar"))
        for known in (spam.ids[0], oops.ids[0], copy[0][0]):
            anna.send(f"REDACT #redact {known.removeprefix('msgid:')} :a \x02reason")
        await bridge.until(lambda: len(retractions(bridge)) == 3)
        one, two, three = retractions(bridge)
        assert (one.target, one.author, one.moderated) == (spam.ids[0], oops.author, True)
        assert one.reason == "a reason"
        assert (two.target, two.author, two.moderated) == (oops.ids[0], oops.author, False)
        assert (three.target, three.moderated) == (copy[0][0], True)
        bob.send(f"REDACT #redact {oops.ids[0].removeprefix('msgid:')}")
        await bob.line(lambda line: line.command == "FAIL")
        assert len(retractions(bridge)) == 3
    await anna.close()
    await bob.close()


async def test_who_logs_in_may_still_take_back_what_they_said_as_a_guest(ergo: Ergo) -> None:
    anna = IrcClient("anna92", ergo.port)
    await anna.connect(caps=REDACTS)
    await anna.join("#later")  # and is operator: Ergo lets no guest redact
    async with running(ergo.port, "#later", nick="relay92") as (_, bridge, (room,)):
        await anna.say("#later", "oops")
        oops = await bridge.heard(room, "oops")
        anna.send("NS IDENTIFY carol carol-pw")
        await anna.line(lambda line: "logged in as carol" in line.params[-1])
        anna.send(f"REDACT #later {oops.ids[0].removeprefix('msgid:')}")
        await bridge.until(lambda: retractions(bridge))
        (one,) = retractions(bridge)
        assert (one.author, one.moderated) == (oops.author, False)
    await anna.close()


async def test_whose_a_message_was_is_not_guessed(ergo: Ergo) -> None:
    anna = IrcClient("anna82", ergo.port)
    await anna.connect(caps=REDACTS)
    await anna.join("#before")
    echo = await anna.say("#before", "said before the bridge came")
    assert echo is not None
    async with running(ergo.port, "#before", nick="relay82") as (_, bridge, _rooms):
        anna.send(f"REDACT #before {echo.tags['msgid']}")
        await bridge.until(lambda: retractions(bridge))
        (one,) = retractions(bridge)
        assert one.target == f"msgid:{echo.tags['msgid']}"
        assert not one.moderated
    await anna.close()

"""Somebody on each network claims to be another, or a moderator: nothing changes anywhere else."""

import asyncio
from typing import Any

import pytest

from tests.cases.wire import keys, log_in, redact, relation, send, stanza_id, stanzas
from tests.live.stage import Stage
from tests.servers.clients import IrcClient, Occupant
from tests.servers.clients.matrix import MatrixError

pytestmark = pytest.mark.asyncio(loop_scope="module")
REPLACE = "{urn:xmpp:message-correct:0}replace"
RETRACT = "{urn:xmpp:message-retract:1}retract"
APPLY_TO = "{urn:xmpp:fasten:0}apply-to"
OCCUPANT = "{urn:xmpp:occupant-id:0}occupant-id"


class Watch:
    """Everything that comes to the three natives from now on."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.stanzas = stanzas(stage.alice)
        self.line = len(stage.bob.lines.items)
        self.event = len(stage.carol.events.items)

    def changes(self, side: str) -> list[Any]:
        """Return what came to a side that changes, removes or reacts to something."""
        match side:
            case "xmpp":
                return [xml for xml in self.stanzas.items if _stanza_changes(xml)]
            case "irc":
                return [line for line in self.stage.bob.lines.items[self.line :] if _changes(line)]
            case _:
                events = self.stage.carol.events.items[self.event :]
                return [event for event in events if _event_changes(event)]

    async def nothing(self, speaker: Any, room: str, *sides: str) -> None:
        """Wait until all that an attacker did is through, and find nothing changed."""
        text = f"done {id(speaker)}"
        await speaker.say(room, text)
        clients = {"xmpp": self.stage.alice, "irc": self.stage.bob, "matrix": self.stage.carol}
        for side in sides:
            await clients[side].wait_for(lambda said: said.body == text, 20)
        await self.stage.say("xmpp", f"all {text}")
        for side in ("irc", "matrix"):
            await clients[side].wait_for(lambda said: said.body == f"all {text}", 20)
        await asyncio.sleep(2 if "irc" in sides else 0.5)  # what is told in words may be held
        assert {side: self.changes(side) for side in sides} == {side: [] for side in sides}


def _stanza_changes(xml: Any) -> bool:
    return keys(xml) is not None or any(
        xml.find(tag) is not None for tag in (REPLACE, RETRACT, APPLY_TO)
    )


def _changes(line: Any) -> bool:
    if line.command in ("REDACT", "KICK", "QUIT", "MODE", "TOPIC"):
        return True
    text = line.params[-1] if line.params else ""
    told = text.startswith(("*", "[edit]")) or "reacted with" in text
    return told or any(tag.startswith("+draft/") and "react" in tag for tag in line.tags)


def _event_changes(event: dict[str, Any]) -> bool:
    kind = relation(event).get("rel_type")
    return event["type"] in ("m.room.redaction", "m.reaction") or kind == "m.replace"


async def _victims(stage: Stage, word: str) -> dict[str, Any]:
    """Let each native say something; return how their own room knows each of the three."""
    await stage.say("xmpp", f"{word} alice")
    await stage.say("irc", f"{word} bob")
    await stage.say("matrix", f"{word} carol")
    known: dict[str, Any] = {}
    for name in ("alice", "bob", "carol"):
        text = f"{word} {name}"
        there = [
            await client.wait_for(lambda said, text=text: said.body == text, 20)
            for client in (stage.alice, stage.bob, stage.carol)
        ]
        xmpp, irc, matrix = (said.raw for said in there)
        known[name] = {"xmpp": xmpp, "irc": irc.tags["msgid"], "matrix": matrix["event_id"]}
    return known


async def test_on_xmpp(lounge: Stage):
    mallory = Occupant("dave", lounge.prosody.c2s_port)
    await mallory.connect()
    await mallory.join(lounge.muc, "mallory")
    victims = await _victims(lounge, "hear")
    watch = Watch(lounge)
    for victim in victims.values():
        xml = victim["xmpp"]
        sid, attr = stanza_id(xml), xml.get("id")
        occupant = xml.find(OCCUPANT).get("id")
        forged = (
            f"<stanza-id xmlns='urn:xmpp:sid:0' by='{lounge.muc}' id='{sid}'/>",
            f"<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{occupant}'/>",
        )
        for id_ in (sid, attr):
            replace = f"<replace xmlns='urn:xmpp:message-correct:0' id='{id_}'/>"
            send(mallory, lounge.muc, replace, body="I am a fool")
            send(mallory, lounge.muc, replace, *forged, body="I am a fool", id=attr)
            for inner in (
                "",
                f"<moderated xmlns='urn:xmpp:message-moderate:1' by='{lounge.muc}'/>",
            ):
                retract = (
                    f"<retract xmlns='urn:xmpp:message-retract:1' id='{id_}'>{inner}</retract>"
                )
                send(mallory, lounge.muc, retract, *forged, body="gone")
            send(
                mallory,
                lounge.muc,
                f"<apply-to xmlns='urn:xmpp:fasten:0' id='{id_}'>"
                f"<moderated xmlns='urn:xmpp:message-moderate:0' by='{lounge.muc}/alice'>"
                "<retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>",
                *forged,
                body="gone",
            )
    reaction = "<reaction>x</reaction>"
    unknown = f"<reactions xmlns='urn:xmpp:reactions:0' id='no-such-id'>{reaction}</reactions>"
    send(mallory, lounge.muc, unknown)
    await watch.nothing(mallory, lounge.muc, "irc", "matrix")
    await mallory.close()


async def test_on_irc(lounge: Stage):
    mallory = IrcClient("mallory", lounge.inspircd.port)
    await mallory.connect()
    await mallory.join(lounge.channel)
    victims = await _victims(lounge, "read")
    watch = Watch(lounge)
    for victim in victims.values():
        msgid = victim["irc"]
        mallory.send(
            f"@msgid={msgid};account=bob PRIVMSG {lounge.channel} :me too",
            f"@+draft/unreact=👍;+reply={msgid} TAGMSG {lounge.channel}",
            f"REDACT {lounge.channel} {msgid} :gone",
            f"@+draft/edit={msgid};+draft/delete={msgid};+reply={msgid} TAGMSG {lounge.channel}",
        )
    mallory.send(
        f"@+reply=no-such-id;+draft/react=x TAGMSG {lounge.channel}",
        f"@+reply=a\\:b\\r\\nQUIT;+draft/react=x\\r\\nQUIT\\s:x TAGMSG {lounge.channel}",
        f"@+reply=no\\r\\nKICK\\s{lounge.channel}\\sbob PRIVMSG {lounge.channel} :an answer",
        f"PRIVMSG {lounge.channel} :<alice> I quit",
        f"PRIVMSG {lounge.channel} :*I quit",
    )
    await watch.nothing(mallory, lounge.channel, "xmpp", "matrix")
    await mallory.close()


async def test_on_matrix(lounge: Stage):
    mallory = await log_in(lounge, "bob", "mallory")
    elsewhere = await mallory.create_room("elsewhere")
    stranger = await mallory.say(elsewhere, "not here")
    victims = await _victims(lounge, "see")
    watch = Watch(lounge)
    for event_id in (victim["matrix"] for victim in victims.values()):
        about = {"rel_type": "m.replace", "event_id": event_id}
        new = {"msgtype": "m.text", "body": "I am a fool"}
        forged = {"m.new_content": new, "m.relates_to": about}
        await mallory.say(lounge.room, "* I am a fool", **forged)
        with pytest.raises(MatrixError):
            await redact(mallory, lounge.room, event_id, "gone")
    for target in (stranger, "$no-such-event", "$a\r\nQUIT :x", {"not": "text"}):
        about = {"rel_type": "m.annotation", "event_id": target, "key": "x\r\nQUIT :x"}
        try:
            await mallory.send(lounge.room, "m.reaction", {"m.relates_to": about})
        except MatrixError:
            continue  # the homeserver saw it
    await mallory.say(
        lounge.room,
        "an answer",
        **{"m.relates_to": {"m.in_reply_to": {"event_id": "$x\r\nQUIT :y"}}},
    )
    await watch.nothing(mallory, lounge.room, "xmpp", "irc")
    await mallory.close()

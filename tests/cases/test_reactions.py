"""Reactions between XMPP's full sets and Matrix's single events (C5, C7, C8)."""

import asyncio
from typing import Any

import pytest

from tests.cases.wire import keys, redact, relation, send, stanza_id, stanzas
from tests.live.stage import Stage
from tests.servers.clients import Said

pytestmark = pytest.mark.asyncio(loop_scope="module")


def react(stage: Stage, message: Said, *emoji: str) -> None:
    inner = "".join(f"<reaction>{key}</reaction>" for key in emoji)
    sid = stanza_id(message.raw)
    set_ = f"<reactions xmlns='urn:xmpp:reactions:0' id='{sid}'>{inner}</reactions>"
    send(stage.alice, stage.muc, set_)


async def _both(stage: Stage, text: str) -> tuple[Said, str]:
    """Let Alice say something; return it, and its event on Matrix."""
    said = await stage.alice.say(stage.muc, text)
    there = await stage.carol.wait_for(lambda said: said.body == text, 20)
    return said, there.raw["event_id"]


def told(stage: Stage, start: int) -> list[str]:
    """Return Alice's reactions and removals, as Matrix saw them since then."""
    reactions = {
        event["event_id"]: relation(event)["key"]
        for event in stage.carol.events.items
        if event["type"] == "m.reaction" and relation(event)
    }
    found = []
    for event in stage.carol.events.items[start:]:
        if event["type"] == "m.reaction":
            found.append(f"+{relation(event).get('key')}")
        elif event["type"] == "m.room.redaction":
            found.append(f"-{reactions.get(_target(event))}")
    return found


def _target(redaction: dict[str, Any]) -> str:
    return str(redaction.get("redacts") or redaction["content"].get("redacts"))


async def until(stage: Stage, start: int, *want: str) -> None:
    """Wait until just this was told, and nothing after it."""
    async with asyncio.timeout(20):
        while sorted(told(stage, start)) != sorted(want):
            await asyncio.sleep(0.05)
    await stage.say("xmpp", f"after {start} {len(want)}")
    await stage.carol.wait_for(lambda said: said.body == f"after {start} {len(want)}", 20)
    assert sorted(told(stage, start)) == sorted(want)


async def test_a_full_set_shrinks_one_by_one_and_a_repeated_one_is_silent(lounge: Stage):
    """C5"""
    said, _ = await _both(lounge, "cake is ready")
    start = len(lounge.carol.events.items)
    react(lounge, said, "👍", "🎉")
    await until(lounge, start, "+👍", "+🎉")
    react(lounge, said, "🎉")
    await until(lounge, start, "+👍", "+🎉", "-👍")
    react(lounge, said, "🎉")
    await until(lounge, start, "+👍", "+🎉", "-👍")
    react(lounge, said)
    await until(lounge, start, "+👍", "+🎉", "-👍", "-🎉")


async def test_a_variation_selector_is_no_other_reaction(lounge: Stage):
    """C8"""
    said, event_id = await _both(lounge, "hearts")
    start = len(lounge.carol.events.items)
    react(lounge, said, "❤️")
    await until(lounge, start, "+❤️")
    react(lounge, said, "❤")
    await until(lounge, start, "+❤️")
    react(lounge, said)
    await until(lounge, start, "+❤️", "-❤️")
    heard = stanzas(lounge.alice)
    about = {"rel_type": "m.annotation", "event_id": event_id, "key": "❤️"}
    await lounge.carol.send(lounge.room, "m.reaction", {"m.relates_to": about})
    shown = await heard.wait_for(keys, 20)
    assert keys(shown) == ["❤️"]


async def test_a_reaction_is_taken_away_after_a_restart(lounge: Stage):
    """C7"""
    heard = stanzas(lounge.alice)
    _, event_id = await _both(lounge, "soup is ready")
    line = await lounge.bob.line(lambda line: line.params[-1] == "soup is ready", 20)
    reactions = {}
    for key in ("👍", "🎉"):
        about = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        reactions[key] = await lounge.carol.send(lounge.room, "m.reaction", {"m.relates_to": about})
    await heard.wait_for(lambda xml: sorted(keys(xml) or ()) == sorted("👍🎉"), 20)
    await lounge.bob.line(lambda line: line.tags.get("+draft/react") == "🎉", 20)
    await asyncio.to_thread(lounge.tercet.restart)
    await lounge.up()
    await lounge.say("matrix", "back again")  # her puppets are there again
    await lounge.alice.wait_for(lambda said: said.body == "back again", 20)
    start, seen = len(heard.items), len(lounge.bob.lines.items)
    await redact(lounge.carol, lounge.room, reactions["👍"])
    await heard.wait_for(lambda xml: keys(xml) == ["🎉"], 20, start)
    gone = await lounge.bob.line(lambda line: "+draft/unreact" in line.tags, 20, seen)
    assert gone.tags["+draft/unreact"] == "👍"
    assert gone.tags["+reply"] == line.tags["msgid"]

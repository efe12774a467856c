"""Replies, edits, reactions and retractions between three real networks."""

import asyncio

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.live.stage import Stage

REPLY = "{urn:xmpp:reply:0}reply"
REPLACE = "{urn:xmpp:message-correct:0}replace"
REACTIONS = "{urn:xmpp:reactions:0}reactions"
RETRACT = "{urn:xmpp:message-retract:1}retract"


def relation(event: dict) -> dict:
    return event.get("content", {}).get("m.relates_to", {})


async def test_an_answer_is_one_on_every_side(stage: Stage):
    await stage.open()
    question = await stage.alice.say(stage.muc, "who brings tea?")
    there = await stage.carol.wait_for(lambda said: said.body == "who brings tea?")
    await stage.carol.say(
        stage.room,
        "me",
        **{"m.relates_to": {"m.in_reply_to": {"event_id": there.raw["event_id"]}}},
    )
    answer = await stage.alice.wait_for(lambda said: said.raw.find(REPLY) is not None)
    sid = question.raw.find("{urn:xmpp:sid:0}stanza-id").get("id")
    assert answer.raw.find(REPLY).get("id") == sid
    assert answer.body.endswith("\nme")
    await stage.bob.wait_for(lambda said: said.body.endswith("alice: me"))


async def test_an_edit_is_one_on_matrix_and_a_word_on_irc(stage: Stage):
    await stage.open()
    first = await stage.alice.say(stage.muc, "I am redy")
    there = await stage.carol.wait_for(lambda said: said.body == "I am redy")
    await stage.alice.say(
        stage.muc,
        "I am ready",
        f"<replace xmlns='urn:xmpp:message-correct:0' id='{first.raw.get('id')}'/>",
    )
    edit = await stage.carol.event(lambda e: relation(e).get("rel_type") == "m.replace", 20)
    assert relation(edit)["event_id"] == there.raw["event_id"]
    assert edit["content"]["m.new_content"]["body"] == "I am ready"
    await stage.bob.wait_for(lambda said: said.body.endswith("*ready"), 20)
    assert not any(said.body == "I am ready" for said in stage.heard("irc"))


async def test_a_reaction_and_its_removal_cross(stage: Stage):
    await stage.open()
    await stage.alice.say(stage.muc, "tea is ready")
    there = await stage.carol.wait_for(lambda said: said.body == "tea is ready")
    await stage.say("matrix", "coming")  # she has a puppet now
    await stage.alice.occupants(stage.muc, {"carol"})
    content = {
        "m.relates_to": {
            "rel_type": "m.annotation",
            "event_id": there.raw["event_id"],
            "key": "👍",
        }
    }
    stanzas = _reactions(stage)
    reaction = await stage.carol.send(stage.room, "m.reaction", content)
    assert await stanzas(["👍"])
    await stage.bob.wait_for(lambda said: "reacted with 👍 to alice" in said.body, 20)
    path = f"/_matrix/client/v3/rooms/{stage.room}/redact/{reaction}/t1"
    await stage.carol.request("PUT", path, {})
    assert await stanzas([])


def _reactions(stage: Stage):
    """Return what waits until Carol's reactions are these on XMPP."""
    sets: list[list[str]] = []

    def take(message) -> None:
        found = message.xml.find(REACTIONS)
        if found is not None and message.xml.get("from", "").endswith("/carol"):
            sets.append([child.text for child in found])

    stage.alice.client.register_handler(
        Callback("reactions", MatchXPath("{jabber:client}message"), take)
    )

    async def until(keys: list[str]) -> bool:
        async with asyncio.timeout(20):
            while not (sets and sets[-1] == keys):
                await asyncio.sleep(0.05)
        return True

    return until


async def test_what_is_taken_back_on_matrix_is_taken_back_on_xmpp(stage: Stage):
    await stage.open()
    event_id = await stage.carol.say(stage.room, "oops")
    copy = await stage.alice.wait_for(lambda said: said.body == "oops")
    path = f"/_matrix/client/v3/rooms/{stage.room}/redact/{event_id}/t1"
    await stage.carol.request("PUT", path, {})
    retraction = await stage.alice.wait_for(lambda said: said.raw.find(RETRACT) is not None, 20)
    sid = copy.raw.find("{urn:xmpp:sid:0}stanza-id").get("id")
    assert retraction.raw.find(RETRACT).get("id") == sid

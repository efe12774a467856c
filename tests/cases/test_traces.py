"""The worked traces of the specification (semantics.md C2) on real servers.

The rooms are visited ones: the ids in them are those of Prosody. IRC is InspIRCd: tags, no
redaction.
"""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cases.wire import keys, log_in, redact, relation, send, stanza_id, stanzas
from tests.live.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
ORIGIN = "{urn:xmpp:sid:0}origin-id"
OCCUPANT = "{urn:xmpp:occupant-id:0}occupant-id"
REPLY = "{urn:xmpp:reply:0}reply"
RANGE = "{urn:xmpp:fallback:0}fallback/{urn:xmpp:fallback:0}body"
MENTION = "{urn:xmpp:mentions:0}mention"
RETRACT = "{urn:xmpp:message-retract:1}retract"
APPLY_TO = "{urn:xmpp:fasten:0}apply-to"


def tagged(stage: Stage, tag: str, value: str = "", start: int = 0):
    """Wait until Bob sees a line with a tag."""
    return stage.bob.line(
        lambda line: line.tags.get(tag) == value if value else tag in line.tags, 20, start
    )


async def test_t1_a_message_and_its_ids(lounge: Stage):
    line = await lounge.bob.say(lounge.channel, "hi \x02all\x02")
    assert line is not None
    there = await lounge.alice.wait_for(lambda said: said.body == "hi *all*")
    assert there.nick == "bob"
    assert there.raw.find(ORIGIN).get("id") == there.raw.get("id")
    assert stanza_id(there.raw)
    assert there.raw.find(OCCUPANT).get("id")
    event = (await lounge.carol.wait_for(lambda said: said.body == "hi all")).raw
    content = event["content"]
    assert (content["msgtype"], content["format"]) == ("m.text", "org.matrix.custom.html")
    assert content["formatted_body"] == "hi <strong>all</strong>"
    assert content["m.mentions"] == {}
    assert event["sender"].startswith("@_irc_")
    said = datetime.fromisoformat(line.tags["time"].replace("Z", "+00:00")).timestamp()
    assert event["origin_server_ts"] / 1000 == pytest.approx(said, abs=0.01)


async def test_t2_an_answer_with_a_mention(lounge: Stage):
    line = await lounge.bob.say(lounge.channel, "who has \x02tea\x02?")
    assert line is not None
    question = (await lounge.alice.wait_for(lambda said: said.body == "who has *tea*?")).raw
    event = (await lounge.carol.wait_for(lambda said: said.body == "who has tea?")).raw
    ghost = event["sender"]
    await lounge.carol.say(
        lounge.room,
        "bob: thanks",
        f"<a href='https://matrix.to/#/{ghost}'>bob</a>: thanks",
        **{
            "m.mentions": {"user_ids": [ghost]},
            "m.relates_to": {"m.in_reply_to": {"event_id": event["event_id"]}},
        },
    )
    heard = await tagged(lounge, "+reply", line.tags["msgid"])
    assert (heard.nick, heard.params[-1]) == ("carol[x]", "bob: thanks")
    answer = await lounge.alice.wait_for(lambda said: said.body.endswith("bob: thanks"))
    assert answer.body == "> bob: who has tea?\nbob: thanks"
    assert answer.raw.find(REPLY).get("id") == stanza_id(question)
    assert answer.raw.find(REPLY).get("to") == f"{lounge.muc}/bob"
    cut = answer.raw.find(RANGE)
    assert (cut.get("start"), cut.get("end")) == ("0", "20")
    mention = answer.raw.find(MENTION)
    assert (mention.get("begin"), mention.get("end")) == ("20", "23")
    assert mention.get("occupantid") == question.find(OCCUPANT).get("id")


async def test_t3_a_correction(lounge: Stage):
    first = await lounge.alice.say(lounge.muc, "I am redy")
    there = (await lounge.carol.wait_for(lambda said: said.body == "I am redy")).raw
    line = await lounge.bob.line(lambda line: line.params[-1] == "I am redy")
    replace = f"<replace xmlns='urn:xmpp:message-correct:0' id='{first.raw.get('id')}'/>"
    await lounge.alice.say(lounge.muc, "I am ready", replace)
    edit = await lounge.carol.event(lambda event: relation(event).get("rel_type") == "m.replace")
    content = edit["content"]
    assert (content["body"], content["m.mentions"]) == ("* I am ready", {})
    new = content["m.new_content"]
    assert (new["msgtype"], new["body"], new["m.mentions"]) == ("m.text", "I am ready", {})
    assert relation(edit)["event_id"] == there["event_id"]
    correction = await lounge.bob.line(lambda line: line.params[-1] == "*ready", 20)
    assert (correction.nick, correction.tags["+reply"]) == ("alice[x]", line.tags["msgid"])


async def test_t4_reactions(lounge: Stage):
    heard = stanzas(lounge.alice)
    tea = await lounge.alice.say(lounge.muc, "tea is ready")
    there = (await lounge.carol.wait_for(lambda said: said.body == "tea is ready")).raw
    msgid = (await lounge.bob.line(lambda line: line.params[-1] == "tea is ready")).tags["msgid"]

    async def react(key: str) -> str:
        about = {"rel_type": "m.annotation", "event_id": there["event_id"], "key": key}
        return await lounge.carol.send(lounge.room, "m.reaction", {"m.relates_to": about})

    thumb = await react("👍")
    await tagged(lounge, "+draft/react", "👍")
    first = await heard.wait_for(lambda xml: keys(xml) == ["👍"], 20)
    assert first.find("{urn:xmpp:reactions:0}reactions").get("id") == stanza_id(tea.raw)
    assert first.get("from") == f"{lounge.muc}/carol"
    assert first.find("{urn:xmpp:hints}store") is not None
    await react("🎉")
    party = await tagged(lounge, "+draft/react", "🎉")
    assert (party.command, party.tags["+reply"]) == ("TAGMSG", msgid)
    await heard.wait_for(lambda xml: sorted(keys(xml) or ()) == sorted("👍🎉"), 20)
    await redact(lounge.carol, lounge.room, thumb)
    gone = await tagged(lounge, "+draft/unreact", "👍")
    assert gone.tags["+reply"] == msgid
    await heard.wait_for(lambda xml: keys(xml) == ["🎉"], 20)


async def test_t5_a_retraction(lounge: Stage):
    first = await lounge.alice.say(lounge.muc, "lunch at tow")
    there = (await lounge.carol.wait_for(lambda said: said.body == "lunch at tow")).raw
    replace = f"<replace xmlns='urn:xmpp:message-correct:0' id='{first.raw.get('id')}'/>"
    await lounge.alice.say(lounge.muc, "lunch at two", replace)
    edit = await lounge.carol.event(
        lambda event: relation(event).get("event_id") == there["event_id"]
    )
    await lounge.bob.line(lambda line: line.params[-1] == "*two", 20)
    start = len(lounge.bob.lines.items)
    retract = f"<retract xmlns='urn:xmpp:message-retract:1' id='{stanza_id(first.raw)}'/>"
    send(lounge.alice, lounge.muc, retract, body="This person took a message back.")
    for event in (there, edit):
        gone = await lounge.carol.event(_redacts(event["event_id"]), 20)
        assert gone["sender"] == there["sender"]
    await lounge.say("xmpp", "so much for lunch")
    await lounge.bob.wait_for(lambda said: said.body == "so much for lunch")
    lines = [line for line in lounge.bob.lines.items[start:] if line.nick == "alice[x]"]
    assert [line.params[-1] for line in lines if line.command == "PRIVMSG"] == ["so much for lunch"]


def _redacts(event_id: str):
    def fits(event: dict[str, Any]) -> bool:
        target = event.get("redacts") or event.get("content", {}).get("redacts")
        return event.get("type") == "m.room.redaction" and target == event_id

    return fits


async def test_t6_a_moderator_removes_what_somebody_said_elsewhere(lounge: Stage):
    heard = stanzas(lounge.alice)
    await lounge.bob.say(lounge.channel, "buy pills")
    copy = (await lounge.alice.wait_for(lambda said: said.body == "buy pills")).raw
    there = (await lounge.carol.wait_for(lambda said: said.body == "buy pills")).raw
    start = len(lounge.bob.lines.items)
    await redact(lounge.carol, lounge.room, there["event_id"], "spam")
    gone = await heard.wait_for(lambda xml: _moderated(xml) == stanza_id(copy), 20)
    assert gone.get("from") == lounge.muc  # the room's own word
    assert b"spam" in ElementTree.tostring(gone)
    await lounge.say("matrix", "that was spam")
    await lounge.bob.wait_for(lambda said: said.body == "that was spam")
    commands = {line.command for line in lounge.bob.lines.items[start:]}
    assert "REDACT" not in commands


def _moderated(xml: Any) -> str:
    """Return what the room says was moderated; Debian 12's Prosody speaks XEP-0425 0.2."""
    for tag in (RETRACT, APPLY_TO):
        found = xml.find(tag)
        if found is not None and b"message-moderate" in ElementTree.tostring(found):
            return str(found.get("id"))
    return ""


async def test_t8_two_people_of_one_name(lounge: Stage):
    stage = lounge
    dave = await log_in(stage, "dave", "bob")
    await dave.say(stage.room, "the other bob")
    said = await stage.alice.wait_for(lambda said: said.body == "the other bob", 20)
    assert said.nick != "bob"
    assert "bob" in said.nick
    line = await stage.bob.line(lambda line: line.params[-1] == "the other bob", 20)
    assert line.nick == "bob[x]"
    await stage.alice.say(stage.muc, f"{said.nick}: which of you?")
    event = (await stage.carol.wait_for(lambda said: "which of you?" in said.body)).raw
    assert event["content"]["m.mentions"] == {"user_ids": [dave.user_id]}
    await stage.alice.say(stage.muc, "bob: and you?")
    event = (await stage.carol.wait_for(lambda said: "and you?" in said.body)).raw
    (ghost,) = event["content"]["m.mentions"]["user_ids"]
    assert ghost.startswith("@_irc_")
    await dave.close()

"""What occupants of a real Prosody say about messages, and what is believed of it."""

import pytest

from bridge.model import (
    Mention,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    ReactionsSet,
    RoomRef,
    Text,
    plain,
)
from tests.protocols.xmpp.bridge import Bridge, Memory, person, running, say
from tests.protocols.xmpp.stanzas import send, stanza_id
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

REPLY = "<reply xmlns='urn:xmpp:reply:0' id='{}' to='{}'/>"
RANGE = (
    "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
    "<body start='0' end='{}'/></fallback>"
)
REPLACE = "<replace xmlns='urn:xmpp:message-correct:0' id='{}'/>"
RETRACT = "<retract xmlns='urn:xmpp:message-retract:1' id='{}'/>"
FORGED = (
    "<retract xmlns='urn:xmpp:message-retract:1' id='{}'>"
    "<moderated xmlns='urn:xmpp:message-moderate:1' by='{}'/></retract>"
)
FASTENED = (
    "<apply-to xmlns='urn:xmpp:fasten:0' id='{}'>"
    "<retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"
)
FORGED_OLD = (
    "<apply-to xmlns='urn:xmpp:fasten:0' id='{}'>"
    "<moderated xmlns='urn:xmpp:message-moderate:0' by='{}'>"
    "<retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>"
)
MODERATE_OLD = (
    "<apply-to xmlns='urn:xmpp:fasten:0' id='{}'><moderate xmlns='urn:xmpp:message-moderate:0'>"
    "<retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderate></apply-to>"
)


def reactions(id_: str, *keys: str) -> str:
    each = "".join(f"<reaction>{key}</reaction>" for key in keys)
    return f"<reactions xmlns='urn:xmpp:reactions:0' id='{id_}'>{each}</reactions>"


async def said(bridge: Bridge, text: str) -> MessageSent:
    return await bridge.event(MessageSent, lambda sent: plain(sent.content) == text)


async def test_an_answer_names_what_it_answers_and_its_quote_is_cut(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"answers@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        (sid, *_) = await say(network, room, person("bob"), "x")
        reply = REPLY.format(sid.removeprefix("sid:"), f"{room}/bob")
        await anna.say(room, "> x\n/me waves", reply, RANGE.format(4))
        sent = await said(bridge, "waves")
        assert sent.content.style == "emote"
        assert sent.reply_to == sid
        assert sent.quoted == "x"
        # A range that is no quote cuts nothing (semantics C9).
        await anna.say(room, "well then\nno", reply, RANGE.format(10))
        whole = await said(bridge, "well then\nno")
        assert (whole.reply_to, whole.quoted) == (sid, "")


async def test_a_correction_means_the_first_version_also_by_way_of_another(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"corrects@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await boss.join(room, "boss")
        send(anna, room, "c1", "<body>I am redy</body>")
        first = await said(bridge, "I am redy")
        send(boss, room, "c1", "<body>mine</body>")
        other = await said(bridge, "mine")
        send(anna, room, "c2", "<body>I am ready</body>" + REPLACE.format("c1"))
        send(anna, room, "c3", "<body>I am ready!</body>" + REPLACE.format("c2"))
        await bridge.event(MessageEdited, lambda it: plain(it.content) == "I am ready!")
        send(boss, room, "c4", "<body>still mine</body>" + REPLACE.format("c1"))
        send(boss, room, "c5", "<body>not mine</body>" + REPLACE.format("c2"))
        send(boss, room, "c6", "<body>of nothing</body>" + REPLACE.format(""))
        send(boss, room, "c7", "<body>end</body>")
        await said(bridge, "end")
        edits = bridge.all(MessageEdited)
    targets = {plain(edit.content): edit.target for edit in edits}
    assert targets["I am ready"] == targets["I am ready!"] == first.ids[0]
    assert targets["still mine"] == other.ids[0]
    assert targets["not mine"].startswith(f"attr:{other.author.authority}/")
    assert edits[0].author == first.author
    assert [plain(sent.content) for sent in bridge.all(MessageSent)] == [
        "I am redy",
        "mine",
        "end",
    ]


async def test_a_correction_is_found_after_a_restart_by_its_long_id(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"corrects-later@{prosody.muc}"
    state = Memory()
    async with running(prosody, room, state=state) as (_, bridge):
        await anna.join(room, "anna")
        send(anna, room, "a-long-attr-id", "<body>helo</body>")
        first = await said(bridge, "helo")
    send(anna, room, "c2", "<body>hello</body>" + REPLACE.format("a-long-attr-id"))
    async with running(prosody, room, state=state) as (_, bridge):
        edit = await bridge.event(MessageEdited)
        assert edit.target == first.ids[0]  # The history has repeated the first version.
        assert not edit.live
        send(anna, room, "c3", "<body>hello!</body>" + REPLACE.format("a-long-attr-id"))
        await bridge.event(MessageEdited, lambda it: it.live)


@pytest.mark.parametrize("form", [RETRACT, FASTENED])
async def test_somebody_takes_back_what_they_said(
    prosody: Prosody, anna: Occupant, form: str
) -> None:
    room = f"retracts-{len(form)}@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "oops")
        sent = await said(bridge, "oops")
        fallback = "<body>/me retracted a previous message</body>"
        send(anna, room, "r1", form.format(sent.ids[0].removeprefix("sid:")) + fallback)
        retracted = await bridge.event(MessageRetracted)
        assert retracted.target == sent.ids[0]
        assert retracted.author == sent.author
        assert not retracted.moderated
        assert len(bridge.all(MessageSent)) == 1


async def test_only_the_room_itself_moderates(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"moderates@{prosody.muc}"
    await boss.join(room, "boss")
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        (sid, *_) = await say(network, room, person("bob"), "buy")
        stanza_id = sid.removeprefix("sid:")
        body = "<body>x</body>"
        send(anna, room, "f1", FORGED.format(stanza_id, f"{room}/boss") + body)
        send(anna, room, "f2", FORGED_OLD.format(stanza_id, f"{room}/boss") + body)
        await anna.say(room, "after")
        await said(bridge, "after")
        assert not bridge.all(MessageRetracted)
        iq = boss.client.make_iq_set(ito=room)
        iq.append(_element(MODERATE_OLD.format(stanza_id)))
        await iq.send()
        retracted = await bridge.event(MessageRetracted)
    assert retracted.moderated
    assert retracted.target == sid
    assert retracted.reason == "spam"
    assert retracted.author is not None
    assert retracted.author.name == "boss"


async def test_reactions_come_as_the_whole_set(prosody: Prosody, anna: Occupant) -> None:
    room = f"reacts@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        (sid, *_) = await say(network, room, person("bob"), "good?")
        id_ = sid.removeprefix("sid:")
        send(anna, room, "r1", reactions(id_, "👍", "🎉", "👍"))
        send(anna, room, "r2", reactions(id_, "🎉") + reactions(id_, "👎"))
        send(anna, room, "r3", reactions(id_))
        send(anna, room, "r4", reactions("") + "<body>fallback</body>")
        await anna.say(room, "end")
        await said(bridge, "end")
        sets = bridge.all(ReactionsSet)
    assert [found.keys for found in sets] == [("👍", "🎉"), ()]
    assert {found.target for found in sets} == {sid}
    assert all(found.author.name == "anna" and found.ids for found in sets)
    assert len(bridge.all(MessageSent)) == 1


async def test_reactions_of_the_history_come_in_their_order_and_not_as_news(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"reacted@{prosody.muc}"
    state = Memory()
    store = "<store xmlns='urn:xmpp:hints'/>"
    async with running(prosody, room, state=state) as (network, bridge):
        await anna.join(room, "anna")
        (sid, *_) = await say(network, room, person("bob"), "good?")
    send(anna, room, "r1", reactions(sid.removeprefix("sid:"), "👍") + store)
    send(anna, room, "r2", reactions(sid.removeprefix("sid:"), "🎉") + store)
    await anna.say(room, "end")
    async with running(prosody, room, state=state) as (_, bridge):
        await said(bridge, "end")
        found = bridge.all(ReactionsSet)
        assert [it.keys for it in found] == [("👍",), ("🎉",)]
        assert {it.target for it in found} == {sid}


async def test_a_mention_means_the_person_behind_the_puppet(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"meant@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "hi")
        own = await anna.wait_for(lambda it: it.body == "hi")
        id_ = own.raw.find("{urn:xmpp:occupant-id:0}occupant-id").get("id")
        form = "<mention xmlns='urn:xmpp:mentions:0' begin='3' end='7' occupantid='{}'/>"
        await anna.say(room, "so robb?", form.format(id_))
        sent = await said(bridge, "so robb?")
        assert sent.content.blocks[0].children == (
            Text("so "),
            Mention("robb", person("bob").user),
            Text("?"),
        )


async def test_an_encrypted_fallback_is_nobodys_message(prosody: Prosody, anna: Occupant) -> None:
    room = f"veiled@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await anna.say(room, "secret", "<encrypted xmlns='urn:xmpp:omemo:2'/>", REPLACE.format("c"))
        await anna.say(room, "end")
        await said(bridge, "end")
        assert len(bridge.events) == 1


async def test_a_thread_is_named_as_its_people_name_it(prosody: Prosody, anna: Occupant) -> None:
    room = f"threads@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        send(anna, room, "t1", "<body>root</body><thread>T 1</thread>")
        assert (await said(bridge, "root")).thread == "thread:T 1"
        send(anna, room, "t2", "<body>apart</body>")
        assert (await said(bridge, "apart")).thread == ""


async def test_our_own_reflections_are_never_events(prosody: Prosody, anna: Occupant) -> None:
    room = f"own@{prosody.muc}"
    ref = RoomRef("xmpp", room)
    async with running(prosody, room) as (network, bridge):
        await anna.join(room, "anna")
        await say(network, room, person("bob"), "one")
        own = await anna.wait_for(lambda it: it.body == "one")
        assert network.capabilities(ref).replies
        assert stanza_id(own.raw)
        assert not bridge.events


def _element(xml: str) -> object:
    from xml.etree.ElementTree import fromstring

    return fromstring(xml)

"""Whatever an occupant of a real Prosody forges, it is nobody's act but theirs, or nothing at all.

The pure side is in ``test_codec``: no stanza raises. Here: none is believed.
"""

import pytest

from bridge.model import (
    MessageEdited,
    MessageRetracted,
    MessageSent,
    ReactionsSet,
    plain,
)
from tests.protocols.xmpp.bridge import Bridge, person, running, say
from tests.protocols.xmpp.stanzas import send, stanza_id
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

REPLACE = "<replace xmlns='urn:xmpp:message-correct:0' id='{}'/>"
STANZA_ID = "<stanza-id xmlns='urn:xmpp:sid:0' by='{}' id='{}'/>"
OCCUPANT_ID = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{}'/>"
REACTIONS = "<reactions xmlns='urn:xmpp:reactions:0' id='{}'><reaction>{}</reaction></reactions>"
REPLY = "<reply xmlns='urn:xmpp:reply:0' id='{}'/>"
RANGE = (
    "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
    "<body start='{}' end='{}'/></fallback>"
)
MODERATED = {
    "today's form": (
        "<retract xmlns='urn:xmpp:message-retract:1' id='{0}'>"
        "<moderated xmlns='urn:xmpp:message-moderate:1' by='{1}'/></retract>"
    ),
    "the old form": (
        "<apply-to xmlns='urn:xmpp:fasten:0' id='{0}'>"
        "<moderated xmlns='urn:xmpp:message-moderate:0' by='{1}'>"
        "<retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>"
    ),
    "both, and no room in sight": (
        "<retract xmlns='urn:xmpp:message-retract:1' id='{0}'>"
        "<moderated xmlns='urn:xmpp:message-moderate:1'/><reason>x</reason></retract>"
        "<apply-to xmlns='urn:xmpp:fasten:0' id='{0}'>"
        "<moderated xmlns='urn:xmpp:message-moderate:0'>"
        "<retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>"
    ),
}


async def said(bridge: Bridge, text: str) -> MessageSent:
    return await bridge.event(MessageSent, lambda sent: plain(sent.content) == text)


async def test_ids_that_others_made_up_are_no_ids_of_the_room(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"forged-ids@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        children = "".join(
            STANZA_ID.format(by, "forged-id") for by in (room, "elsewhere", f"{room}/anna", "")
        )
        send(anna, room, "forger-1", f"<body>mine</body>{children}")
        message = await said(bridge, "mine")
        seen = await anna.wait_for(lambda it: it.body == "mine")
    sids = [id_ for id_ in message.ids if id_.startswith("sid:")]
    assert len(sids) == 1
    assert "forged" not in "".join(message.ids)
    real = [it for it in seen.raw.iter("{urn:xmpp:sid:0}stanza-id") if it.get("by") == room]
    assert sids == [f"sid:{real[-1].get('id')}"]


async def test_nobody_speaks_with_the_occupant_id_of_another(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"forged-occupants@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await boss.join(room, "mallory")
        await anna.say(room, "original", OCCUPANT_ID.format("whatever"))
        victim = await said(bridge, "original")
        stolen = victim.author.authority
        assert stolen
        assert stolen != "whatever"
        body = f"<body>as her</body>{OCCUPANT_ID.format(stolen)}"
        send(boss, room, "mallory-1", body)
        message = await said(bridge, "as her")
        send(boss, room, "mallory-2", body.replace("as her", "hers") + REPLACE.format("mallory-1"))
        edit = await bridge.event(MessageEdited)
    assert message.author.user != victim.author.user
    assert message.author.authority != stolen
    assert edit.author == message.author


@pytest.mark.parametrize("form", MODERATED)
async def test_no_occupant_is_the_room(
    prosody: Prosody, anna: Occupant, boss: Occupant, form: str
) -> None:
    room = f"forged-{'-'.join(form.split()[:2]).strip(',').replace(chr(39), '')}@{prosody.muc}"
    async with running(prosody, room) as (network, bridge):
        await boss.join(room, "boss")
        await anna.join(room, "anna")
        (sid, *_) = await say(network, room, person("bob"), "buy")
        forged = MODERATED[form].format(sid.removeprefix("sid:"), f"{room}/boss")
        send(anna, room, "forger-1", forged + "<body>x</body>")
        send(anna, room, "forger-2", forged)
        await anna.say(room, "after")
        await said(bridge, "after")
    assert not bridge.all(MessageRetracted)


async def test_a_correction_is_only_ever_of_ones_own_message(
    prosody: Prosody, anna: Occupant, boss: Occupant
) -> None:
    room = f"forged-edits@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        await boss.join(room, "mallory")
        send(anna, room, "1", "<body>hers</body>")
        hers = await said(bridge, "hers")
        send(anna, room, "long-enough-1", "<body>hers too</body>")
        too = await said(bridge, "hers too")
        send(boss, room, "1", "<body>his</body>")
        his = await said(bridge, "his")
        send(boss, room, "x2", "<body>his new</body>" + REPLACE.format("1"))
        send(boss, room, "x3", "<body>stolen</body>" + REPLACE.format("long-enough-1"))
        stolen = await bridge.event(MessageEdited, lambda it: plain(it.content) == "stolen")
        changed = await bridge.event(MessageEdited, lambda it: plain(it.content) == "his new")
    assert changed.target == his.ids[0]
    assert changed.target not in hers.ids
    assert stolen.target not in too.ids


async def test_a_correction_names_no_message_by_the_id_of_the_room(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"forged-replaces@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        seen = await anna.say(room, "hers")
        hers = await said(bridge, "hers")
        body = f"<body>by sid</body>{REPLACE.format(stanza_id(seen.raw))}"
        send(anna, room, "long-enough-2", body)
        edit = await bridge.event(MessageEdited)
    assert edit.target not in hers.ids


async def test_more_than_one_set_of_reactions_is_none(prosody: Prosody, anna: Occupant) -> None:
    room = f"forged-reactions@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        one, two = (
            stanza_id((await anna.say(room, "1")).raw),
            stanza_id((await anna.say(room, "2")).raw),
        )
        send(anna, room, "r1", REACTIONS.format(one, "a") + REACTIONS.format(two, "b"))
        send(anna, room, "r2", REACTIONS.format(one, "c"))
        only = await bridge.event(ReactionsSet)
    assert (only.target, only.keys) == (f"sid:{one}", ("c",))


async def test_a_range_hides_nothing_but_a_quote(prosody: Prosody, anna: Occupant) -> None:
    room = f"forged-ranges@{prosody.muc}"
    async with running(prosody, room) as (_, bridge):
        await anna.join(room, "anna")
        sid = stanza_id((await anna.say(room, "question")).raw)
        quote = "> 👨‍👩‍👧 hi\n"
        for number, (start, end) in enumerate([(0, 11), (0, 16), (0, 3), (2, 11), (11, 2)]):
            body = f"<body>&gt;{quote[1:]}ok {number}</body>"
            send(anna, room, f"q{number}", body + REPLY.format(sid) + RANGE.format(start, end))
        send(anna, room, "me", "<body>&gt; x\n/me waves</body>" + RANGE.format(0, 4))
        send(anna, room, "all", "<body>secret words</body>" + RANGE.format(0, 12))
        exact = await said(bridge, "ok 0")
        for number in range(1, 5):
            whole = await said(bridge, f"{quote}ok {number}")
            assert whole.reply_to == f"sid:{sid}"
        waves = await said(bridge, "waves")
        await said(bridge, "secret words")
    assert exact.reply_to == f"sid:{sid}"
    assert waves.content.style == "emote"

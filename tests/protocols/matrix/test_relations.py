"""Answers, edits, threads, reactions and redactions: as events, and from a real Synapse."""

import json
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import (
    Account,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Reacted,
    RoomRef,
    UserRef,
    plain,
)
from protocols.matrix import decode, relations
from tests.protocols.matrix.bridge import Memory, person, running, say, someone
from tests.protocols.matrix.fake import error, misbehaving
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

ALICE = Account(UserRef("mx", "@alice:hs"), "Alice")
ROOM = RoomRef("mx", "!r")


def event(content: object, **more: Any) -> decode.Envelope:
    raw = {"type": "m", "room_id": "!r", "event_id": "$1", "sender": "@alice:hs"}
    found = decode.envelope(json.dumps({**raw, "content": content, **more}).encode())
    assert found is not None
    return found


def annotation(key: object, target: object = "$0", **more: Any) -> Reacted | None:
    relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
    return relations.reaction(event({"m.relates_to": relation, **more}), ALICE, ROOM, 0)


@pytest.mark.parametrize(
    ("key", "more", "shown"),
    [
        ("👍", {}, "👍"),
        ("❤️", {}, "❤️"),
        ("👩‍👩‍👧", {}, "👩‍👩‍👧"),
        ("well\nsaid\x00", {}, "well said"),
        ("mxc://hs/cat", {"shortcode": ":cat:"}, ":cat:"),
        ("mxc://hs/cat", {"com.beeper.reaction.shortcode": "cat"}, ":cat:"),
    ],
)
def test_a_reaction_is_told_with_its_key_as_it_is(
    key: str, more: dict[str, Any], shown: str
) -> None:
    found = annotation(key, **more)
    assert found is not None
    assert (found.key, found.target, found.ids, found.added) == (shown, "$0", ("$1",), True)


@pytest.mark.parametrize(
    ("key", "target"),
    [("", "$0"), (5, "$0"), (None, "$0"), ("👍", "0"), ("👍", {}), ("mxc://hs/cat", "$0")],
)
def test_a_reaction_that_cannot_be_shown_is_left_out(key: object, target: object) -> None:
    assert annotation(key, target) is None


@pytest.mark.parametrize(
    ("content", "outside", "target"),
    [
        ({"redacts": "$0"}, {}, "$0"),
        ({}, {"redacts": "$0"}, "$0"),
        ({"redacts": "$new"}, {"redacts": "$old"}, "$new"),
        ({"redacts": 5}, {"redacts": ["$0"]}, ""),
        ({}, {}, ""),
    ],
)
def test_a_redaction_names_its_target_inside_or_outside(
    content: dict[str, Any], outside: dict[str, Any], target: str
) -> None:
    assert relations.redacted(event(content, **outside)) == target


def test_a_redaction_has_a_reason_of_one_line() -> None:
    found = relations.redaction(
        event({"redacts": "$0", "reason": "spam\n" + "x" * 999}), ALICE, ROOM, 0, True
    )
    assert found is not None
    assert (found.author, found.moderated, found.reason[:6]) == (ALICE, True, "spam x")
    assert len(found.reason) == 300
    assert relations.redaction(event({}), ALICE, ROOM, 0, True) is None


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["m.annotation", "$0"]),
    lambda found: st.dictionaries(
        st.sampled_from(["m.relates_to", "rel_type", "event_id", "key", "redacts", "reason"]), found
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_nothing_that_is_made_up_ever_raises(content: object, outside: object) -> None:
    found = event(content, redacts=outside)
    relations.reaction(found, ALICE, ROOM, 0)
    relations.redaction(found, ALICE, ROOM, 0, False)


# -- from a real homeserver


def _relation(kind: str, target: str, **more: Any) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": kind, "event_id": target, **more}}


async def _redact(client: MatrixClient, room: str, target: str, reason: str = "") -> str:
    path = f"/_matrix/client/v3/rooms/{room}/redact/{target}/t{target[-5:]}"
    answer = await client.request("PUT", path, {"reason": reason})
    return str(answer["event_id"])


async def test_answers_edits_and_threads_refer_to_what_was_said(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        ours = await say(network, room, someone("bob"), "from irc")
        reply = {"m.in_reply_to": {"event_id": ours}}
        answer = await alice.say(room, "yo", **{"m.relates_to": reply})
        new = {"msgtype": "m.text", "body": "yo!"}
        edit = await alice.say(
            room, "* yo!", **_relation("m.replace", answer), **{"m.new_content": new}
        )
        falls_back = {"is_falling_back": True, **reply}
        await alice.say(room, "in a thread", **_relation("m.thread", ours, **falls_back))
        threaded = await bridge.event(MessageSent, lambda said: said.thread)
        answered = await bridge.event(MessageSent)
        edited = await bridge.event(MessageEdited)
    assert (answered.reply_to, answered.ids) == (ours, (answer,))
    assert (edited.target, edited.ids, plain(edited.content)) == (answer, (edit,), "yo!")
    assert (threaded.thread, threaded.reply_to) == (ours, "")
    assert len(bridge.all(MessageSent)) == 2


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_who_takes_back_what_is_told_in_every_version_of_rooms(
    synapse: Synapse, alice: MatrixClient, version: str
) -> None:
    body = {"preset": "public_chat", "room_version": version}
    created = await alice.request("POST", "/_matrix/client/v3/createRoom", body)
    room = str(created["room_id"])
    async with running(synapse, room) as (_, bridge), person(synapse, "carol") as carol:
        await carol.join(room)
        spam, slip = await carol.say(room, "buy this"), await carol.say(room, "slip")
        reaction = await carol.send(room, "m.reaction", _relation("m.annotation", slip, key="👍️"))
        await _redact(carol, room, reaction)
        await _redact(carol, room, slip)
        await _redact(alice, room, spam, "spam")
        await bridge.event(MessageRetracted, lambda found: found.target == spam)
    (reacted,) = bridge.all(Reacted)
    assert (reacted.target, reacted.key, reacted.ids) == (slip, "👍️", (reaction,))
    found = [
        (e.target, e.author and e.author.name, e.moderated, e.reason)
        for e in bridge.all(MessageRetracted)
    ]
    assert found == [
        (reaction, "carol", False, ""),
        (slip, "carol", False, ""),
        (spam, "alice", True, "spam"),
    ]


async def test_what_was_changed_while_we_were_away_is_told_at_the_start(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state = Memory()
    async with running(synapse, room, state=state) as (_, bridge):
        first = await alice.say(room, "one")
        second = await alice.say(room, "two")
        await bridge.event(MessageSent, lambda said: said.ids == (second,))
    new = {"msgtype": "m.text", "body": "two!"}
    await alice.say(room, "* two!", **_relation("m.replace", second), **{"m.new_content": new})
    await alice.send(room, "m.reaction", _relation("m.annotation", second, key="👍"))
    await _redact(alice, room, first)
    async with running(synapse, room, state=state) as (_, bridge):
        retracted = await bridge.event(MessageRetracted)
        edited, reacted = await bridge.event(MessageEdited), await bridge.event(Reacted)
    assert (edited.target, reacted.target, retracted.target) == (second, second, first)
    assert not retracted.moderated


@pytest.mark.parametrize(("level", "moderated"), [(50, True), (49, False)])
async def test_if_the_homeserver_does_not_say_what_was_redacted_power_decides(
    level: int, moderated: bool
) -> None:
    power = {"users": {"@alice:hs": level}}
    async with misbehaving() as fake:
        fake.room_state["m.room.power_levels/"] = {}
        fake.next("/state/m.room.power_levels", web.json_response(power))
        async with running(fake, "!r") as (_, bridge):
            fake.next("/event/", error(404, "M_NOT_FOUND"))
            redaction = {"type": "m.room.redaction", "room_id": "!r", "sender": "@alice:hs"}
            await fake.push(1, redaction | {"event_id": "$2", "content": {"redacts": "$1"}})
            retracted = await bridge.event(MessageRetracted)
    assert retracted.moderated is moderated

"""Edits, retractions, reactions, answers and threads of ours, on a real Synapse."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.model import (
    Command,
    Content,
    Edit,
    LegPolicy,
    Mention,
    Paragraph,
    React,
    Rejected,
    Reply,
    Retract,
    RoomRef,
    Text,
    Thread,
    Unavailable,
    UserRef,
    from_text,
)
from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import person, running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
from tests.servers.clients.matrix import Event, MatrixClient
from tests.servers.synapse import Synapse

BOB, CAROL = someone("bob"), someone("carol")
GHOST = "@_irc_bob:hs.localhost"


async def deliver(network: MatrixNetwork, command: Command) -> tuple[tuple[str, ...], ...]:
    return (await network.deliver(command, network.render(command), 0)).parts


def an_edit(room: str, target: str, *spans: Text | Mention, key: str = "e") -> Edit:
    content = Content((Paragraph(spans),)) if spans else from_text("new")
    return Edit(
        key=key,
        room=RoomRef("mx", room),
        speaker=BOB,
        target=((target,),),
        content=content,
        time=1_785_578_401.0,
    )


def a_reaction(room: str, target: str, key: str, **more: Any) -> React:
    settings: dict[str, Any] = {"speaker": BOB, "author": CAROL, "reaction": "👍", "added": True}
    return React(key=key, room=RoomRef("mx", room), target=(target,), **(settings | more))


def a_retraction(room: str, *targets: str, **more: Any) -> Retract:
    settings: dict[str, Any] = {"speaker": BOB, "author": BOB, "own": True, "key": "r"}
    target = tuple((target,) for target in targets)
    return Retract(room=RoomRef("mx", room), target=target, **(settings | more))


async def _seen(client: MatrixClient, event_id: str) -> Event:
    return await client.event(lambda event: event["event_id"] == event_id)


async def _now(client: MatrixClient, room: str, event_id: str) -> Event:
    path = f"/_matrix/client/v3/rooms/{room}/event/{event_id}"
    return dict(await client.request("GET", path))


async def test_an_answer_points_at_the_message_and_calls_its_author(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, _):
        question = await alice.say(room, "who?")
        author = someone(alice.user_id, "mx")
        answer = await say(network, room, BOB, "me", reply=Reply((question,), author, "who?"))
        content = (await _seen(alice, answer))["content"]
        own = await say(network, room, BOB, "too", reply=Reply((answer,), BOB, "me"))
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}
    assert content["m.mentions"] == {"user_ids": [alice.user_id]}
    assert content["body"] == "me"
    assert (await _seen(alice, own))["content"]["m.mentions"] == {}


async def test_an_edit_replaces_the_text_and_calls_only_those_who_were_not_called_before(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    carl = Mention("carl", UserRef("mx", "@carl:hs.localhost"))
    spans = (Mention("alice", UserRef("mx", alice.user_id)), Text(" hi"))
    async with running(synapse, room) as (network, _):
        first = await say(network, room, BOB, "", content=Content((Paragraph(spans),)), key="m")
        ((edit,),) = await deliver(network, an_edit(room, first, *spans, Text(" "), carl))
        ((second,),) = await deliver(
            network, an_edit(room, first, *spans, Text(", "), carl, key="e2")
        )
        content = (await _seen(alice, edit))["content"]
        now = await _now(alice, room, first)
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": first}
    assert content["body"] == "* alice hi carl"
    assert content["formatted_body"].startswith('* <a href="https://matrix.to/#/@alice')
    assert content["m.mentions"] == {"user_ids": ["@carl:hs.localhost"]}
    assert content["m.new_content"]["body"] == "alice hi carl"
    assert len(content["m.new_content"]["m.mentions"]["user_ids"]) == 2
    assert "m.relates_to" not in content["m.new_content"]
    assert (await _seen(alice, second))["content"]["m.mentions"] == {}
    # What homeserver and clients bundle is proof that they take it for a replacement.
    assert now["unsigned"]["m.relations"]["m.replace"]["event_id"] == second


async def test_a_relay_edits_what_it_said_for_somebody(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room, policy=LegPolicy(puppets="off")) as (network, _):
        assert not network.capabilities(RoomRef("mx", room)).reactions
        first = await say(network, room, BOB, "old")
        ((edit,),) = await deliver(network, an_edit(room, first))
        seen = await _seen(alice, edit)
        with pytest.raises(Rejected, match="ghost"):
            await deliver(network, a_reaction(room, first, "r"))
    assert seen["sender"] == synapse.sender
    assert seen["content"]["m.new_content"]["body"] == "<bob> new"


async def test_what_somebody_else_said_is_never_edited(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, _):
        theirs = await alice.say(room, "mine")
        with pytest.raises(Rejected, match="only who sent"):
            await deliver(network, an_edit(room, theirs))
        with pytest.raises(Rejected, match="not there"):
            await deliver(network, an_edit(room, "$nothing"))


async def test_an_edit_in_doubt_is_not_made_twice(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        first = await say(network, room, BOB, "old")
        once = await deliver(network, an_edit(room, first))
        state = bridge.state
    async with running(synapse, room, state=state) as (network, _):
        doubtful = Edit(**{**_fields(an_edit(room, first)), "doubtful": True})
        assert await deliver(network, doubtful) == once


def _fields(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


async def test_our_own_message_is_taken_back_with_all_its_edits(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        first = await say(network, room, BOB, "old")
        ((edit,),) = await deliver(network, an_edit(room, first))
        retraction = a_retraction(room, first, edit, "$nothing", reason="oops")
        parts = await deliver(network, retraction)
        assert [len(ids) for ids in parts] == [1, 1, 0]
        redaction = await _seen(alice, parts[0][0])
        for event_id in (first, edit):
            assert (await _now(alice, room, event_id))["content"] == {}
    assert (redaction["sender"], redaction["content"]["reason"]) == (GHOST, "oops")
    assert not [event for event in bridge.events if "Retracted" in type(event).__name__]


async def test_a_copy_is_taken_back_although_its_ghost_has_left(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, _):
        first = await say(network, room, BOB, "spam")
        path = f"/_matrix/client/v3/rooms/{room}/leave?user_id={GHOST}"
        synapse.request("POST", path, {}, synapse.as_token)
        gone = lambda e: e.get("state_key") == GHOST and e["content"]["membership"] == "leave"  # noqa: E731
        await alice.event(gone)
        moderator = someone("mod", "xmpp")
        ((redaction,),) = await deliver(network, a_retraction(room, first, speaker=moderator))
        seen = await _seen(alice, redaction)
    assert seen["content"]["reason"] == "by mod"


async def test_what_was_said_on_matrix_is_removed_only_with_power(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    ref = RoomRef("mx", room)
    async with running(synapse, room) as (network, bridge):
        spam = await alice.say(room, "spam")
        author = someone(alice.user_id, "mx")
        command = a_retraction(
            room, spam, own=False, author=author, speaker=BOB, moderated=True, reason="spam"
        )
        with pytest.raises(Rejected, match="may not remove"):
            await deliver(network, command)
        assert not network.capabilities(ref).moderation
        await alice.set_state(room, "m.room.power_levels", {"users": {synapse.sender: 50}})
        await alice.say(room, "mark")
        await bridge.until(lambda: len(bridge.events) > 1)
        assert network.capabilities(ref).moderation
        ((redaction,),) = await deliver(network, command)
        seen = await _seen(alice, redaction)
    assert (seen["sender"], seen["content"]["reason"]) == (synapse.sender, "spam (by bob)")


async def test_reactions_come_and_go_and_come_only_once(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, _), person(synapse, "dave") as dave:
        await dave.join(room)
        first = await alice.say(room, "tea?")
        await dave.send(
            room,
            "m.reaction",
            {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}},
        )
        ((reaction,),) = await deliver(network, a_reaction(room, first, "k1"))
        again = await deliver(network, a_reaction(room, first, "k2"))
        seen = await _seen(alice, reaction)
        await deliver(network, a_reaction(room, first, "k3", added=False, copy=(reaction,)))
        assert (await _now(alice, room, reaction))["content"] == {}
        ((second,),) = await deliver(network, a_reaction(room, first, "k4"))
        await deliver(network, a_reaction(room, first, "k5", added=False))
        assert (await _now(alice, room, second))["content"] == {}
        assert await deliver(network, a_reaction(room, first, "k6", added=False)) == ((),)
    assert again == ((reaction,),)
    assert seen["sender"] == GHOST
    relation = {"rel_type": "m.annotation", "event_id": first, "key": "👍"}
    assert seen["content"]["m.relates_to"] == relation


async def test_a_thread_is_one_where_the_homeserver_allows_it(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, _):
        root = await alice.say(room, "root")
        thread = Thread("t", (root,), (root,))
        first = await say(network, room, BOB, "one", thread=thread)
        latest = Thread("t", (root,), (first,))
        author = someone(alice.user_id, "mx")
        answer = Reply((root,), author, "root")
        second = await say(network, room, CAROL, "two", thread=latest, reply=answer)
        third = await say(network, room, CAROL, "three", thread=latest)
        inside = Thread("t", (second,), (second,))
        fourth = await say(network, room, BOB, "four", thread=inside)
        fifth = await say(network, room, BOB, "five", thread=inside, reply=answer)
        sixth = await say(network, room, BOB, "six", thread=Thread("t", (), ()))
        found = [
            (await _seen(alice, event_id))["content"].get("m.relates_to")
            for event_id in (first, second, third, fourth, fifth, sixth)
        ]
    assert found == [
        _threaded(root, root, True),
        _threaded(root, root, False),
        _threaded(root, first, True),
        None,
        {"m.in_reply_to": {"event_id": root}},
        None,
    ]


def _threaded(root: str, latest: str, falls_back: bool) -> dict[str, Any]:
    return {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": falls_back,
        "m.in_reply_to": {"event_id": latest},
    }


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_the_ghost_comes_back_if_the_bot_has_no_power(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        fake.next("/redact/", error(403, "M_FORBIDDEN"))
        ((redaction,),) = await deliver(network, a_retraction("!r", "$1"))
    assert redaction
    bot, ghost = fake.asked("/redact/")
    assert (bot[2]["user_id"], ghost[2]["user_id"]) == (fake.sender, "@_irc_bob:hs")
    assert bot[1] == ghost[1]


async def test_a_ghost_that_is_gone_without_our_knowledge_comes_back(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        await say(network, "!r", BOB, "hi")
        fake.next("/redact/", *(error(403, "M_FORBIDDEN") for _ in range(2)))
        await deliver(network, a_retraction("!r", "$1"))
    spoken = [query["user_id"] for _, _, query, _ in fake.asked("/redact/")]
    assert spoken == ["@_irc_bob:hs", fake.sender, "@_irc_bob:hs"]
    assert len(fake.asked("/join")) == 3


async def test_a_redaction_has_the_same_name_every_time(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        fake.next("/redact/", error(502, "M_UNKNOWN"))
        with pytest.raises(Unavailable):
            await deliver(network, a_retraction("!r", "$1"))
        await deliver(network, a_retraction("!r", "$1", doubtful=True))
    first, second = fake.asked("/redact/")
    assert first[1] == second[1]


@pytest.mark.parametrize(
    "command",
    [
        an_edit("!r", "$1", Text(" ")),
        Edit(**{**_fields(an_edit("!r", "$1")), "target": ()}),
        Edit(**{**_fields(an_edit("!r", "$1")), "target": ((),)}),
        a_retraction("!r"),
        Retract(**{**_fields(a_retraction("!r")), "target": (("$1", "$0"),), "own": False}),
        a_reaction("!r", "$1", "k", reaction="\x00"),
        React(**{**_fields(a_reaction("!r", "$1", "k")), "target": ()}),
    ],
)
async def test_what_names_nothing_is_refused_before_anything_is_sent(
    fake: Fake, command: Command
) -> None:
    async with running(fake, "!r") as (network, _):
        with pytest.raises(Rejected):
            network.render(command)

"""Somebody on Matrix claims to be another, or to be us: the homeserver or we see through it.

What the core makes of it is in ``tests/cases/test_forgeries.py``.
"""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.core.trust import same_hand
from bridge.model import (
    CopyConfirmed,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    Reacted,
    RoomRef,
    Send,
    from_text,
    plain,
)
from tests.protocols.matrix.bridge import person, running, say, someone
from tests.servers.clients.matrix import MatrixClient, MatrixError
from tests.servers.synapse import Synapse

BOB = someone("bob")


@pytest.fixture
async def mallory(synapse: Synapse, room: str) -> AsyncIterator[MatrixClient]:
    async with person(synapse, "carol") as client:
        await client.join(room)
        yield client


def relation(kind: str, target: str, **more: Any) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": kind, "event_id": target, **more}}


async def test_an_edit_of_what_another_said_is_told_as_the_deed_of_who_did_it(
    synapse: Synapse, alice: MatrixClient, mallory: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (_, bridge):
        said = await alice.say(room, "hers")
        new = {"msgtype": "m.text", "body": "mine", "sender": alice.user_id}
        await mallory.say(room, "* mine", **relation("m.replace", said), **{"m.new_content": new})
        first, edit = await bridge.event(MessageSent), await bridge.event(MessageEdited)
    assert (edit.target, edit.author.user.id) == (said, mallory.user_id)
    assert not same_hand(first.author, edit.author)


async def test_who_has_no_power_takes_nothing_back(
    synapse: Synapse, alice: MatrixClient, mallory: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        for victim in (await alice.say(room, "hers"), await say(network, room, BOB, "his")):
            path = f"/_matrix/client/v3/rooms/{room}/redact/{victim}/t{victim[-5:]}"
            with pytest.raises(MatrixError):
                await mallory.request("PUT", path, {})
            # As an event of the ordinary kind it would be a redaction, too.
            with pytest.raises(MatrixError):
                await mallory.send(room, "m.room.redaction", {"redacts": victim})
        await alice.say(room, "done")
        await bridge.event(MessageSent, lambda sent: plain(sent.content) == "done")
    assert bridge.all(MessageRetracted) == []


async def test_a_reaction_is_of_who_sent_it_whatever_it_claims(
    synapse: Synapse, alice: MatrixClient, mallory: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (_, bridge):
        said = await alice.say(room, "hers")
        claims = {"sender": alice.user_id, "dev.tercet.key": "k"}
        await mallory.send(room, "m.reaction", relation("m.annotation", said, key="👎") | claims)
        reacted = await bridge.event(Reacted)
    assert reacted.author.user.id == mallory.user_id


async def test_our_marks_on_what_others_say_are_no_copies_of_ours(
    synapse: Synapse, mallory: MatrixClient, room: str
) -> None:
    send = Send(
        key="k" + room,
        room=RoomRef("mx", room),
        speaker=BOB,
        content=from_text("from irc"),
        time=time.time() - 2 * 86_400,  # so long ago that only the room itself knows
        doubtful=True,
    )
    async with running(synapse, room) as (network, bridge):
        forged = {"dev.tercet.key": send.key, "dev.tercet.part": 0}
        fake = await mallory.say(room, "from irc", **forged)
        await bridge.event(MessageSent, lambda sent: sent.ids == (fake,))
        delivered = await network.deliver(send, network.render(send), 0)
        assert network.figures()["looked_back"] == 1
    assert delivered.parts != ((fake,),)
    assert bridge.all(CopyConfirmed) == []


async def test_nobody_speaks_as_a_ghost_of_ours(synapse: Synapse) -> None:
    body = {"username": "_irc_bob", "password": "x", "auth": {"type": "m.login.dummy"}}
    with pytest.raises(OSError, match="400"):
        synapse.request("POST", "/_matrix/client/v3/register", body)


@pytest.mark.parametrize("target", ["$nothing", "$" + "A" * 43, "nothing", "!r", ""])
async def test_an_answer_to_nothing_is_a_message(
    synapse: Synapse, mallory: MatrixClient, room: str, target: str
) -> None:
    async with running(synapse, room) as (_, bridge):
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": target}}}
        await mallory.say(room, "yo", **reply)
        heard = await bridge.event(MessageSent)
    assert plain(heard.content) == "yo"
    assert heard.reply_to in ("", target)

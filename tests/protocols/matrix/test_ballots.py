"""Polls from their start to their end, on a real Synapse."""

import asyncio
from typing import Any

from bridge.model import Content, MessageSent
from bridge.model.content import Poll
from tests.protocols.matrix.bridge import Bridge, person, running
from tests.protocols.matrix.fake import error, misbehaving
from tests.protocols.matrix.test_polls import OLD
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

UNSTABLE = "org.matrix.msc3381.poll"
OPEN = Poll("Which?", ("Red", "Blue"))


def about(poll: str, **more: object) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.reference", "event_id": poll}} | more


async def vote(client: MatrixClient, room: str, poll: str, *answers: str) -> str:
    content = about(poll) | {f"{UNSTABLE}.response": {"answers": list(answers)}}
    return await client.send(room, f"{UNSTABLE}.response", content)


async def end(client: MatrixClient, room: str, poll: str) -> str:
    return await client.send(room, f"{UNSTABLE}.end", about(poll) | {f"{UNSTABLE}.end": {}})


def shown(bridge: Bridge) -> list[Content]:
    return [sent.content for sent in bridge.all(MessageSent)]


async def test_a_poll_is_told_and_what_became_of_it(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with person(synapse, "carol") as carol, running(synapse, room) as (_, bridge):
        await carol.join(room)
        poll = await alice.send(room, f"{UNSTABLE}.start", OLD)
        await vote(alice, room, poll, "a")
        await vote(carol, room, poll, "a")
        await asyncio.sleep(0.01)  # two votes of one millisecond have no order
        await vote(carol, room, poll, "b")
        await end(carol, room, poll)  # who neither asked nor moderates ends nothing
        ended = await end(alice, room, poll)
        await alice.say(room, "over")
        await bridge.event(MessageSent, lambda sent: not sent.content.attached)
    first, last, _ = bridge.all(MessageSent)
    assert first.content == Content((), attached=(OPEN,))
    assert last.content == Content((), attached=(Poll("Which?", ("Red", "Blue"), (1, 1)),))
    assert (first.ids, last.ids, last.author.user.id) == ((poll,), (ended,), alice.user_id)


async def test_a_moderator_ends_a_poll_and_only_once(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with person(synapse, "carol") as carol, running(synapse, room) as (_, bridge):
        await carol.join(room)
        poll = await carol.send(room, f"{UNSTABLE}.start", OLD)
        await end(alice, room, poll)
        await asyncio.sleep(0.01)
        await vote(alice, room, poll, "a")
        await end(carol, room, poll)
        await end(alice, room, await alice.say(room, "no poll"))
        await alice.say(room, "over")
        await bridge.until(lambda: len(bridge.all(MessageSent)) == 4 or None)
    assert [thing for content in shown(bridge) for thing in content.attached] == [
        OPEN,
        Poll("Which?", ("Red", "Blue"), (0, 0)),
    ]


async def test_an_end_of_which_nothing_can_be_learned_is_left_out() -> None:
    async with misbehaving() as fake, running(fake, "!r") as (_, bridge):
        event = {"type": "m.poll.end", "room_id": "!r", "sender": "@alice:hs", "event_id": "$e",
            "origin_server_ts": 5, "content": about("$p", x=1)}  # fmt: skip
        fake.next("/event/", error(500, "M_UNKNOWN"))
        assert await fake.push(1, event) == 200
        assert bridge.all(MessageSent) == []

"""Ghosts on a real Synapse."""

from bridge.model import (
    MessageSent,
    PuppetNamed,
    UserRef,
)
from tests.protocols.matrix.bridge import Memory, running, say, someone
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse

BOB = "@_irc_bob:hs.localhost"


async def test_a_person_of_another_network_speaks_as_a_ghost_at_their_own_time(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        event_id = await say(network, room, someone("bob"), "hello", key="k1", hop="here")
        seen = await alice.event(lambda event: event["event_id"] == event_id)
        named = await bridge.saw(PuppetNamed)
        await say(network, room, someone("bob"), "again")
        await alice.wait_for(lambda said: said.body == "again")
    assert seen["sender"] == BOB
    assert seen["origin_server_ts"] == 1_785_578_400_000
    assert seen["content"]["m.mentions"] == {}
    assert seen["content"]["dev.tercet.key"] == "k1"
    assert seen["content"]["dev.tercet.hop"] == "here"
    assert (named.user, named.name) == (UserRef("irc", "bob"), "bob")
    assert bridge.all(MessageSent) == []


async def test_a_ghost_is_made_named_and_joined_once_even_over_a_restart(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    state, mxid = Memory(), "@_irc_once:hs.localhost"
    for text in ("one", "two"):
        async with running(synapse, room, state=state) as (network, _):
            await say(network, room, someone("once"), text)
            await say(network, room, someone("once"), text + " more")
            await alice.wait_for(lambda said, text=text: said.body == text + " more")
    entered = [
        event["content"]["membership"]
        for event in alice.events.items
        if event["type"] == "m.room.member" and event["state_key"] == mxid
    ]
    assert entered == ["join"]

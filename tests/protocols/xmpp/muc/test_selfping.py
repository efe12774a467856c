"""Asking whether we are still in the room (XEP-0410)."""

from bridge.model import (
    RoomRef,
    RoomStatus,
)
from protocols.xmpp import encode
from tests.protocols.xmpp.bridge import running
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def test_a_self_ping_finds_out_that_we_are_not_in_the_room(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"silent@{prosody.muc}"
    await anna.join(room, "anna")
    async with running(prosody, room, silence=1) as (network, bridge):
        start = len(bridge.states)
        # The room loses us without a word that we hear.
        wire = network._wire
        assert wire
        network._rooms[room].listener = f"tercet@{prosody.component}/tercet"
        quiet = network._rooms[room].on_presence
        network._rooms[room].on_presence = lambda xml: None  # type: ignore[method-assign]
        wire.post(encode.part(network._rooms[room].listener, f"{room}/tercet"))
        await bridge.saw(RoomStatus, lambda status: not status.up, start)
        network._rooms[room].on_presence = quiet  # type: ignore[method-assign]
        await bridge.up(RoomRef("xmpp", room), start)

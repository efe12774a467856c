"""The XMPP network as a whole, against a real Prosody."""

import asyncio

import pytest

from bridge.model import (
    NetworkStatus,
    Rejected,
    RoomRef,
    Send,
    Unavailable,
    from_text,
)
from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import Bridge, config, person, running, say
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody


async def test_when_the_daemon_stops_everybody_leaves_at_once(
    prosody: Prosody, anna: Occupant
) -> None:
    room = f"stops@{prosody.muc}"
    async with running(prosody, room) as (network, _):
        await anna.join(room, "anna")
        for name in ("bob", "eve", "mallory"):
            await say(network, room, person(name), "hi")
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 2
    await anna.presences.wait_for(lambda _: anna.present(room) == {"anna"})


async def test_find_wants_a_room_on_a_room_service(prosody: Prosody) -> None:
    async with running(prosody, f"find@{prosody.muc}") as (network, _):
        found = await network.find(f"xmpp:Lounge@{prosody.muc}?join")
        assert found == RoomRef("xmpp", f"lounge@{prosody.muc}")
        for wrong, words in {
            "lounge": "write a room as",
            f"a@{prosody.muc}/nick": "write a room as",
            f"a@{prosody.domain}": "not a room service",
            "a@nowhere.localhost": "no room service",
            f"a@{prosody.component}": "this bridge itself",
            "": "write a room as",
        }.items():
            with pytest.raises(Rejected, match=words):
                await network.find(wrong)


async def test_a_wrong_secret_is_named_and_not_hammered(prosody: Prosody) -> None:
    network = XmppNetwork("xmpp", config(prosody, jid=prosody.second_component, secret="wrong"))
    bridge = Bridge()
    task = asyncio.create_task(network.run(bridge))
    status = await bridge.saw(NetworkStatus)
    assert not status.up
    assert "component_secret" in status.detail
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(bridge.states) == 1


async def test_a_command_for_a_room_we_are_not_in_waits() -> None:
    from protocols.xmpp.config import XmppConfig
    from protocols.xmpp.network import XmppNetwork

    network = XmppNetwork("xmpp", XmppConfig(jid="bridge.localhost", secret="x"))
    send = Send(
        key="k",
        room=RoomRef("xmpp", "a@b"),
        speaker=person("bob"),
        content=from_text("hi"),
        time=0,
    )
    with pytest.raises(Unavailable):
        await network.deliver(send, network.render(send), 0)

"""What an admin types, and what is asked at odd moments."""

import pytest
from aiohttp import web

from bridge.model import (
    Announcement,
    File,
    LegPolicy,
    MediaSource,
    MessageSent,
    NetworkStatus,
    Rejected,
    RoomRef,
    Say,
    Unavailable,
)
from protocols.matrix.network import MatrixNetwork
from tests.protocols.matrix.bridge import config, running
from tests.protocols.matrix.fake import error, misbehaving
from tests.protocols.matrix.test_repository import put
from tests.servers.clients.matrix import MatrixClient
from tests.servers.synapse import Synapse


async def test_the_room_is_found_by_its_alias(synapse: Synapse, alice: MatrixClient) -> None:
    room = await alice.create_room("named", alias="named")
    async with running(synapse, room) as (network, _):
        assert await network.find("#named:hs.localhost") == RoomRef("mx", room)
        assert await network.find(room) == RoomRef("mx", room)
        assert await network.find("https://matrix.to/#/%23named:hs.localhost") == RoomRef(
            "mx", room
        )
        with pytest.raises(Rejected, match="#nobody:hs.localhost was not".replace(".", r"\.")):
            await network.find("#nobody:hs.localhost")
        with pytest.raises(Rejected, match="#alias:server"):
            await network.find("lounge")


async def test_what_is_asked_before_it_runs_waits_or_does_nothing() -> None:
    async with misbehaving() as fake:
        network = MatrixNetwork("mx", config(fake))
        ref = RoomRef("mx", "!r")
        network.visit(ref, LegPolicy())
        network.show(Announcement(ref, "x"))
        can = network.capabilities(ref)
        assert can.times
        assert can.topics
        assert can.files
        assert can.places
        assert not can.moderation
        assert network.figures() == {"rooms": 1.0, "rooms_up": 0.0}
        command = Say(key="k", room=ref, text="x")
        with pytest.raises(Unavailable):
            await network.deliver(command, network.render(command), 0)
        with pytest.raises(Unavailable):
            await network.find("#lounge:hs")
        await network.leave(ref, "bye")
        assert network.figures()["rooms"] == 0
    assert fake.seen == []


@pytest.mark.parametrize("answer", [web.json_response({}), error(404, "M_NOT_FOUND")])
async def test_an_alias_that_leads_nowhere_is_refused(answer: web.Response) -> None:
    async with misbehaving() as fake, running(fake) as (network, bridge):
        await bridge.saw(NetworkStatus)
        fake.next("/directory/", answer)
        with pytest.raises(Rejected):
            await network.find("#lounge:hs")


async def test_the_registration_claims_the_ghosts_of_the_other_networks() -> None:
    async with misbehaving() as fake:
        text = MatrixNetwork("mx", config(fake)).registration(["irc"])
    assert "@_irc_.*:hs" in text


async def test_a_file_that_was_heard_can_be_opened(
    synapse: Synapse, alice: MatrixClient, room: str
) -> None:
    async with running(synapse, room) as (network, bridge):
        assert isinstance(network, MediaSource)
        source = await put(synapse, b"hello", "text/plain")
        await alice.say(room, "hello.txt", msgtype="m.file", url=source)
        heard = await bridge.event(MessageSent)
        (file,) = heard.content.attached
        assert isinstance(file, File)
        async with network.fetch(file.source) as stream:
            assert b"".join([piece async for piece in stream]) == b"hello"
    assert (file.network, file.name) == ("mx", "hello.txt")

"""Files of other networks on Matrix: a real web server, a real Synapse, the bridge's own media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from bridge.media.files import Files, Rules
from bridge.model import (
    Content,
    Edit,
    File,
    LegPolicy,
    MediaRefused,
    MessageSent,
    Paragraph,
    RoomRef,
    Send,
    Text,
    Unavailable,
)
from bridge.model.content import Attached, FileKind, Place
from protocols.matrix import uploads as uploads_module
from protocols.matrix.network import MatrixNetwork
from tests.listening import Memory
from tests.protocols.matrix.bridge import Bridge, running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving
from tests.protocols.matrix.test_amend import a_retraction, deliver
from tests.protocols.matrix.test_pictures import png
from tests.protocols.matrix.test_repository import LARGE
from tests.servers.clients.matrix import Event, MatrixClient
from tests.servers.synapse import Synapse

BOB = someone("bob")
CAT = png(64, 48)


class Shelf:
    """A web server with files; ``opened`` counts how often each was read."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {
            "/cat.png": (CAT, "text/plain"),
            "/large.mp4": (b"\0\0\0\x18ftypmp42" + LARGE, "video/mp4"),
            "/note.txt": (b"hello", "text/plain"),
        }
        self.opened: list[str] = []
        self.chunked = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.opened.append(request.path)
        if request.path not in self.files:
            return web.Response(status=503)
        data, mime = self.files[request.path]
        answer = web.StreamResponse(headers={"Content-Type": mime})
        if not self.chunked:
            answer.content_length = len(data)
        await answer.prepare(request)
        await answer.write(data)
        return answer

    def file(self, name: str, kind: FileKind = "image", **more: Any) -> File:
        return File(
            kind=kind, source=f"{self.url}/{name}", url=f"{self.url}/{name}", name=name, **more
        )


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    made = Shelf()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@asynccontextmanager
async def carrying(
    synapse: Synapse | Fake, shelf: Shelf, *rooms: str, **more: Any
) -> AsyncIterator[tuple[MatrixNetwork, Bridge]]:
    """Run a network whose bridge opens files of the shelf, and those of the network itself."""
    networks: dict[str, Any] = {}
    allowed = ("127.0.0.1", int(shelf.url.rpartition(":")[2]))
    files = Files(networks, Rules(allow=frozenset([allowed])))
    try:
        async with running(synapse, *rooms, media=files, **more) as (network, bridge):
            networks["mx"] = network
            yield network, bridge
    finally:
        await files.close()


def attached(*things: Attached, text: str = "") -> Content:
    return Content((Paragraph((Text(text),)),) if text else (), attached=things)


async def shown(client: MatrixClient, event_id: str) -> Event:
    return await client.event(lambda event: event["event_id"] == event_id)


async def stored(synapse: Synapse, source: str) -> bytes:
    url = f"{synapse.url}/_matrix/client/v1/media/download/{source.removeprefix('mxc://')}"
    headers = {"Authorization": f"Bearer {synapse.token('carol')}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(url) as answer:
        return await answer.read()


async def test_a_picture_is_shown_with_what_its_bytes_tell(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    async with carrying(synapse, shelf, room) as (network, _):
        content = attached(shelf.file("cat.png"), text="look!")
        sent = await shown(alice, await say(network, room, BOB, "", content=content))
    assert sent["sender"] == "@_irc_bob:hs.localhost"
    made = sent["content"]
    assert (made["msgtype"], made["body"], made["filename"]) == ("m.image", "look!", "cat.png")
    assert made["info"] == {"mimetype": "image/png", "size": len(CAT), "w": 64, "h": 48}
    assert await stored(synapse, made["url"]) == CAT


@pytest.mark.parametrize("chunked", [False, True])
async def test_five_megabytes_get_through_whether_or_not_their_number_is_told(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf, chunked: bool
) -> None:
    shelf.chunked = chunked
    async with carrying(synapse, shelf, room) as (network, _):
        content = attached(shelf.file("large.mp4", "video"))
        sent = await shown(alice, await say(network, room, BOB, "", content=content))
    assert sent["content"]["msgtype"] == "m.video"
    assert await stored(synapse, sent["content"]["url"]) == shelf.files["/large.mp4"][0]


async def test_a_file_of_our_own_homeserver_is_carried_with_our_credentials(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    other = await alice.create_room("other")
    async with carrying(synapse, shelf, room, other) as (network, bridge):
        first = await say(network, room, BOB, "", content=attached(shelf.file("cat.png")))
        url = (await shown(alice, first))["content"]["url"]
        await alice.say(room, "cat.png", msgtype="m.image", url=url)
        heard = await bridge.event(MessageSent)
        again = await say(network, other, BOB, "", content=heard.content)
        copy = (await shown(alice, again))["content"]
    assert copy["url"] != url
    assert await stored(synapse, copy["url"]) == CAT


async def test_the_same_file_is_uploaded_once_until_it_is_taken_back(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    state = Memory()
    content = attached(shelf.file("cat.png"), shelf.file("note.txt", "file"), text="look!")
    async with carrying(synapse, shelf, room, state=state) as (network, _):
        first = await deliver(network, a_send(room, content, "1"))
    async with carrying(synapse, shelf, room, state=state) as (network, _):
        second = await deliver(network, a_send(room, content, "2"))
        assert shelf.opened == ["/cat.png", "/note.txt"]
        targets = [ids[0] for ids in first]
        await deliver(network, a_retraction(room, *targets, key="back"))
        third = await deliver(network, a_send(room, content, "3"))
        assert shelf.opened == ["/cat.png", "/note.txt"] * 2
        urls = [
            [(await shown(alice, ids[0]))["content"]["url"] for ids in found]
            for found in (second, third)
        ]
        assert not set(urls[0]) & set(urls[1])
        for target in targets:
            path = f"/_matrix/client/v3/rooms/{room}/event/{target}"
            assert (await alice.request("GET", path))["content"] == {}


def a_send(room: str, content: Content, key: str) -> Send:
    return Send(key=key + room, room=RoomRef("mx", room), speaker=BOB, content=content, time=1e9)


async def test_a_retry_repeats_nothing(synapse: Synapse, room: str, shelf: Shelf) -> None:
    send = a_send(room, attached(shelf.file("cat.png")), "1")
    async with carrying(synapse, shelf, room) as (network, _):
        parts = network.render(send)
        first = await network.deliver(send, parts, 0)
        network._live.delivery._own._ids.clear()  # type: ignore[union-attr]
        doubtful = msgspec.structs.replace(send, doubtful=True)
        assert await network.deliver(doubtful, parts, 0) == first
    assert shelf.opened == ["/cat.png"]


async def test_an_edit_of_the_caption_keeps_the_picture(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    file = shelf.file("cat.png")
    async with carrying(synapse, shelf, room) as (network, _):
        first = await say(network, room, BOB, "", content=attached(file, text="lok!"))
        edit = Edit(
            key="e" + room,
            room=RoomRef("mx", room),
            speaker=BOB,
            target=((first,),),
            content=attached(file, text="look!"),
            time=1e9,
        )
        ((changed,),) = await deliver(network, edit)
        before, after = [(await shown(alice, id))["content"] for id in (first, changed)]
    new = after["m.new_content"]
    assert (new["body"], new["url"], new["msgtype"]) == ("look!", before["url"], "m.image")
    assert shelf.opened == ["/cat.png"]


async def test_a_relay_uploads_too(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    async with carrying(synapse, shelf, room, policy=LegPolicy(puppets="off")) as (network, _):
        content = attached(shelf.file("cat.png"), shelf.file("note.txt", "file"))
        parts = await deliver(network, a_send(room, content, "1"))
        sent = [await shown(alice, ids[0]) for ids in parts]
    assert [event["sender"] for event in sent] == [synapse.sender] * 2
    assert [event["content"]["msgtype"] for event in sent] == ["m.image", "m.file"]
    assert sent[0]["content"]["body"] == "<bob>"


async def test_stickers_voices_and_places_are_what_they_are(
    synapse: Synapse, alice: MatrixClient, room: str, shelf: Shelf
) -> None:
    shelf.files["/voice.ogg"] = (
        b"OggS\0\2" + b"\0" * 22 + b"\x01\x13OpusHead" + b"\0" * 20,
        "audio/ogg",
    )
    things = (
        shelf.file("cat.png", "sticker", description="a cat"),
        shelf.file("voice.ogg", "voice", duration=2),
        Place("geo:1,2", "here"),
    )
    async with carrying(synapse, shelf, room) as (network, _):
        parts = await deliver(network, a_send(room, attached(*things), "1"))
        sticker, voice, place = [await shown(alice, ids[0]) for ids in parts]
    assert (sticker["type"], sticker["content"]["body"]) == ("m.sticker", "a cat")
    assert "org.matrix.msc3245.voice" in voice["content"]
    assert place["content"]["geo_uri"] == "geo:1,2"


async def test_what_is_too_large_is_told_with_its_link(shelf: Shelf) -> None:
    async with misbehaving() as fake, carrying(fake, shelf, "!r") as (network, _):
        fake.next("/media/config", web.json_response({"m.upload.size": 1_000_000}))
        for chunked in (False, True):
            shelf.chunked = chunked
            content = attached(shelf.file("large.mp4", "video"), text="look!")
            await deliver(network, a_send("!r", content, f"{chunked}"))
            body = msgspec.json.decode(fake.asked("/send/m.room.message")[-1][3])
            assert body["msgtype"] == "m.text"
            why = "not copied: the homeserver takes 1 MB at most"
            assert body["body"] == f"look!\n{shelf.url}/large.mp4 (video; {why})"
        assert not fake.asked("/upload")


async def test_what_the_homeserver_refuses_is_told_with_its_reason(shelf: Shelf) -> None:
    async with misbehaving() as fake, carrying(fake, shelf, "!r") as (network, _):
        fake.next("/upload", error(413, "M_TOO_LARGE", "too much"))
        await deliver(network, a_send("!r", attached(shelf.file("cat.png")), "1"))
        body = msgspec.json.decode(fake.asked("/send/m.room.message")[-1][3])
    assert body["body"] == f"{shelf.url}/cat.png (image; not copied: too much)"


async def test_what_cannot_be_had_now_is_tried_again_but_not_for_ever(shelf: Shelf) -> None:
    async with misbehaving() as fake, carrying(fake, shelf, "!r") as (network, _):
        send = a_send("!r", attached(shelf.file("gone.png")), "1")
        for _ in range(3):
            with pytest.raises(Unavailable) as later:
                await deliver(network, send)
            assert not later.value.sent
        await deliver(network, send)
        body = msgspec.json.decode(fake.asked("/send/m.room.message")[-1][3])
        assert body["body"].startswith(f"{shelf.url}/gone.png (image; not copied:")
        fake.next("/upload", error(502, "M_UNKNOWN"))
        with pytest.raises(Unavailable):
            await deliver(network, a_send("!r", attached(shelf.file("cat.png")), "2"))


async def test_what_is_old_is_forgotten(
    synapse: Synapse, room: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Memory()
    async with carrying(synapse, shelf, room, state=state) as (network, _):
        await deliver(network, a_send(room, attached(shelf.file("cat.png")), "1"))
        assert len(await state.items("upload:")) == len(await state.items("shows:")) == 1
        monkeypatch.setattr(uploads_module, "_KEPT", -1.0)
        monkeypatch.setattr(uploads_module, "_SWEEP_EVERY", -1.0)
        await deliver(network, a_send(room, attached(shelf.file("note.txt", "file")), "2"))
        assert await state.items("upload:") == []
        assert len(await state.items("shows:")) == 1


async def test_a_network_that_does_not_run_hands_nothing_out(synapse: Synapse) -> None:
    async with running(synapse) as (network, _):
        pass
    with pytest.raises(MediaRefused) as refused:
        async with network.fetch("mxc://hs/1"):
            pass
    assert not refused.value.lasting

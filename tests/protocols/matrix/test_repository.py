"""Files in and out: with a real Synapse, and with servers that do what it does not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bridge.model import MediaRefused, Unavailable
from protocols.matrix import mxc
from protocols.matrix.repository import PIECE, Repository, UploadRefused
from tests.protocols.matrix.fake import error
from tests.protocols.matrix.test_pictures import png
from tests.servers.synapse import Synapse

LARGE = bytes(range(256)) * 4096 * 5  # 5 MB
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def repository(url: str, token: str = "our-token") -> AsyncIterator[Repository]:
    made = Repository(url, token)
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    application = web.Application(client_max_size=10**9)
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(*answers: web.StreamResponse) -> AsyncIterator[tuple[Repository, list[str]]]:
    """A homeserver that gives these answers, one after the other; and what it was asked."""
    asked: list[str] = []
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(f"{request.method} {request.path} {request.headers.get('Range', '')}".strip())
        await request.read()
        return left.pop(0)

    async with serving(answer) as url, repository(url) as made:
        yield made, asked


async def put(synapse: Synapse, data: bytes, mime: str) -> str:
    """Let alice upload something."""
    headers = {"Authorization": f"Bearer {synapse.token('alice')}", "Content-Type": mime}
    url = f"{synapse.url}/_matrix/media/v3/upload"
    async with aiohttp.ClientSession(headers=headers) as http, http.post(url, data=data) as answer:
        return str((await answer.json())["content_uri"])


async def pieces(data: bytes, step: int = PIECE) -> AsyncIterator[bytes]:
    for place in range(0, len(data), step):
        yield data[place : place + step]


async def test_a_file_of_somebody_is_read_piece_by_piece_with_our_token(synapse: Synapse) -> None:
    source = await put(synapse, LARGE, "video/mp4")
    async with (
        repository(synapse.url, synapse.as_token) as ours,
        ours.download(source) as stream,
    ):
        found = [piece async for piece in stream]
        assert (stream.mime, stream.size, stream.start) == ("video/mp4", len(LARGE), 0)
    assert b"".join(found) == LARGE
    assert max(map(len, found)) <= PIECE


async def test_a_stranger_reads_nothing(synapse: Synapse) -> None:
    source = await put(synapse, b"secret", "text/plain")
    async with repository(synapse.url, "wrong") as stranger:
        with pytest.raises(MediaRefused):
            await read(stranger, source)


async def test_the_homeserver_makes_a_picture_smaller(synapse: Synapse) -> None:
    source = await put(synapse, png(2000, 1500), "image/png")
    async with (
        repository(synapse.url, synapse.as_token) as ours,
        ours.download(mxc.smaller(source)) as stream,
    ):
        head = b"".join([piece async for piece in stream])
    assert head.startswith(b"\x89PNG")
    assert int.from_bytes(head[16:20], "big") <= 800


async def test_a_server_without_ranges_begins_at_the_beginning(synapse: Synapse) -> None:
    source = await put(synapse, b"0123456789", "text/plain")
    async with (
        repository(synapse.url, synapse.as_token) as ours,
        ours.download(source, 3, 5) as stream,
    ):
        assert (stream.start, stream.size) == (0, 10)


async def test_what_is_not_there_is_refused_for_ever(synapse: Synapse) -> None:
    async with repository(synapse.url, synapse.as_token) as ours:
        for source in ("mxc://hs.localhost/nothing", "mxc://hs/../x", "https://x.org/cat.png"):
            with pytest.raises(MediaRefused) as refused:
                await read(ours, source)
            assert refused.value.lasting


async def read(ours: Repository, source: str = "mxc://hs/1", *extent: int) -> bytes:
    async with ours.download(source, *extent) as stream:
        return b"".join([piece async for piece in stream])


async def test_a_range_is_asked_for_and_told() -> None:
    part = web.Response(status=206, body=b"345", headers={"Content-Range": "bytes 3-5/10"})
    async with answering(part) as (ours, asked), ours.download("mxc://hs/1", 3, 5) as stream:
        assert (stream.start, stream.size) == (3, 10)
        assert b"".join([piece async for piece in stream]) == b"345"
    assert asked == ["GET /_matrix/client/v1/media/download/hs/1 bytes=3-5"]


async def test_an_old_homeserver_is_asked_in_the_old_way() -> None:
    answers = error(404, "M_UNRECOGNIZED"), web.Response(body=b"cat")
    async with answering(*answers) as (ours, asked):
        assert await read(ours) == b"cat"
    assert asked[1] == "GET /_matrix/media/v3/download/hs/1"


async def test_a_redirect_is_followed_without_our_token() -> None:
    tokens: list[str | None] = []

    async def store(request: web.Request) -> web.StreamResponse:
        tokens.append(request.headers.get("Authorization"))
        return web.Response(body=b"cat")

    async with serving(store) as elsewhere:
        moved = web.Response(status=307, headers={"Location": f"{elsewhere}/cat"})
        async with answering(moved) as (ours, _):
            assert await read(ours) == b"cat"
    assert tokens == [None]


@pytest.mark.parametrize(
    ("status", "code", "lasting"),
    [
        (404, "M_NOT_FOUND", True),
        (403, "M_FORBIDDEN", True),
        (416, "M_UNKNOWN", True),
        (429, "M_LIMIT_EXCEEDED", False),
        (502, "M_UNKNOWN", False),
        (504, "M_NOT_YET_UPLOADED", False),
    ],
)
async def test_a_refusal_tells_whether_to_ask_again(status: int, code: str, lasting: bool) -> None:
    async with answering(error(status, code)) as (ours, _):
        with pytest.raises(MediaRefused) as refused:
            await read(ours)
    assert refused.value.lasting is lasting


async def test_a_homeserver_that_is_away_is_asked_again() -> None:
    async with repository("http://127.0.0.1:1") as ours:
        with pytest.raises(MediaRefused) as refused:
            await read(ours)
        with pytest.raises(Unavailable):
            await ours.upload("cat", "image/png", 3, pieces(b"cat"), {})
    assert not refused.value.lasting


async def test_a_file_that_breaks_off_is_no_file() -> None:
    async def breaking(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "10"})
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return answer

    async with serving(breaking) as url, repository(url) as ours:
        with pytest.raises(MediaRefused) as refused:
            await read(ours)
    assert not refused.value.lasting


async def test_a_file_is_handed_in_and_read_again(synapse: Synapse) -> None:
    async with repository(synapse.url, synapse.as_token) as ours:
        bot = {"user_id": synapse.sender}
        source = await ours.upload("ä b?.bin", "video/mp4", len(LARGE), pieces(LARGE), bot)
        assert await read(ours, source) == LARGE


@pytest.mark.parametrize("size", [8, 12])
async def test_a_file_that_has_not_the_size_it_should_is_not_handed_in(
    synapse: Synapse, size: int
) -> None:
    async with repository(synapse.url, synapse.as_token) as ours:
        bot = {"user_id": synapse.sender}
        with pytest.raises(MediaRefused) as refused:
            async with asyncio.timeout(20):
                await ours.upload("x", "text/plain", size, pieces(b"0123456789", 3), bot)
    assert not refused.value.lasting


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ((413, "M_TOO_LARGE"), UploadRefused),
        ((403, "M_FORBIDDEN"), UploadRefused),
        ((429, "M_LIMIT_EXCEEDED"), Unavailable),
        ((500, "M_UNKNOWN"), Unavailable),
        ((401, "M_UNKNOWN_TOKEN"), Unavailable),
        ((200, "no address"), Unavailable),
    ],
)
async def test_a_homeserver_that_takes_no_file_says_for_how_long(
    answer: tuple[int, str], refusal: type[Exception]
) -> None:
    async with answering(error(*answer)) as (ours, _):
        with pytest.raises(refusal):
            await ours.upload("cat", "image/png", 3, pieces(b"cat"), {})

"""Files are opened by who holds them, looked at, and counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.media.files import Files, Rules
from bridge.model import File, MediaRefused
from protocols.loopback.network import LoopbackNetwork
from tests.media import memory
from tests.media.weather import PNG, Storm, storm

PICTURE = File(kind="image", source="a", network="x", thumbnail="b")


@pytest.fixture
async def server() -> AsyncIterator[Storm]:
    async with storm() as found:
        yield found


def holding(**files: bytes) -> dict[str, Any]:
    network = LoopbackNetwork("x")
    network.files = files
    return {"x": network}


async def read(files: Files, file: File, *part: Any, **more: Any) -> tuple[str, int, bytes]:
    try:
        async with files.open(file, *part, **more) as stream:
            return stream.mime, stream.start, b"".join([piece async for piece in stream])
    finally:
        await files.close()


async def test_the_network_that_told_of_a_file_opens_it_and_its_bytes_tell_what_it_is() -> None:
    files = Files(holding(a=PNG, b=b"text"))
    assert await read(files, PICTURE) == ("image/png", 0, PNG)
    assert await read(files, PICTURE, thumbnail=True) == ("text/plain", 0, b"text")
    assert await read(files, PICTURE, 5, 9) == ("", 5, PNG[5:10])


@pytest.mark.parametrize("networks", [{}, {"x": object()}, holding()])
async def test_what_nobody_holds_is_refused(networks: dict[str, Any]) -> None:
    with pytest.raises(MediaRefused):
        await read(Files(networks), PICTURE)


@pytest.mark.parametrize("size", [1000, 1_000_000])
async def test_what_is_too_large_is_refused_at_once_if_that_is_known(size: int) -> None:
    files = Files(holding(a=bytes(size)), Rules(max_size=999))
    with pytest.raises(MediaRefused, match=r"^the file has .* that is too large"):
        await read(files, PICTURE)


async def test_what_is_just_as_large_as_it_may_be_comes_whole() -> None:
    files = Files(holding(a=bytes(1000)), Rules(max_size=1000))
    assert (await read(files, PICTURE))[2] == bytes(1000)


def web(server: Storm, **rules: Any) -> Files:
    return Files({}, Rules(allow=frozenset({("127.0.0.1", server.port)}), **rules))


async def test_a_file_on_the_web_is_named_by_its_bytes(server: Storm) -> None:
    file = File(kind="image", source=server.url("cat.png"))
    assert await read(web(server), file) == ("image/png", 0, PNG)


async def test_ten_gigabytes_are_refused_before_they_are_read(server: Storm) -> None:
    with pytest.raises(MediaRefused, match=r"10,000 MB, that is too large: 100 MB is the most"):
        await read(web(server), File(kind="video", source=server.url("huge")))
    await server.stopped.wait()
    assert server.sent < 20_000_000  # what fits into the buffers of the kernel


async def test_a_file_without_end_is_refused_while_it_is_read(server: Storm) -> None:
    with pytest.raises(MediaRefused, match="too large"):
        await read(
            web(server, max_size=5_000_000), File(kind="video", source=server.url("endless"))
        )
    await server.stopped.wait()
    assert 5_000_000 < server.sent < 30_000_000


async def test_a_page_is_no_picture_whatever_it_is_called(server: Storm) -> None:
    link = File(kind="image", source=server.url("page.png"), bare=True)
    with pytest.raises(MediaRefused, match="no picture"):
        await read(web(server), link)
    shared = File(kind="image", source=server.url("page.png"))
    assert (await read(web(server), shared))[0] == "text/plain"


async def test_a_file_at_a_private_address_is_refused(server: Storm) -> None:
    with pytest.raises(MediaRefused, match="does not open"):
        await read(Files({}), File(kind="image", source=server.url("cat.png")))
    with pytest.raises(MediaRefused, match="private addresses"):
        await read(Files({}), File(kind="image", source="http://127.0.0.1/cat.png"))
    assert server.asked == []


async def test_a_hundred_megabytes_are_read_without_being_held(server: Storm) -> None:
    files, count = web(server), 0
    before = memory.begin()
    async with files.open(File(kind="video", source=server.url("large"))) as stream:
        async for piece in stream:
            count += len(piece)
            await asyncio.sleep(0)
    more = memory.peak() - before
    await files.close()
    print(f"100 MB fetched: {more / 1e6:.1f} MB more memory")
    assert (count, stream.size) == (100_000_000, 100_000_000)
    assert more < 20_000_000

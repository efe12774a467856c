"""Files behind signed links, over real HTTP, out of the archive of a running bridge."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from bridge.media.files import Files, Rules
from bridge.model import (
    Capabilities,
    File,
    MediaRefused,
    MessageEdited,
    MessageRetracted,
    from_text,
)
from bridge.web.links import FileLinks
from bridge.web.media import AT_ONCE, FilePages, disposition
from bridge.web.stored import StoredFiles
from tests.admin.office import Office
from tests.engine.house import House, person
from tests.media import memory
from tests.media.weather import PNG
from tests.web.serving import application, serving

PICTURE = File(kind="image", source="mxc://hs.example/secret", network="a", name="Кот.png")
MOVIE = b"\0\0\0\x20ftypisom\0\0\2\0" + bytes(range(256)) * 4000


class Home(House):
    """A bridge whose network ``a`` holds files; ``b`` is told of them as such, ``c`` in words."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.can = {"b": Capabilities(files=True, edits=True, retractions=True)}
        self.links = FileLinks("secret", "", 3600)
        self.offer = self.links.offer

    async def open(self) -> None:
        await super().open()
        self.networks["a"].files = {PICTURE.source: PNG, "small": MOVIE, "movie": MOVIE}

    async def show(self, *files: File, id: str = "m1") -> list[File]:
        """Say something with files, and return what ``b`` was told of them."""
        event = self.message("ada@a", "look!", id)
        event = structs.replace(event, content=structs.replace(event.content, attached=files))
        await self.networks["a"].say(event)
        return await self.told(1)

    async def told(self, count: int) -> list[File]:
        await self.until(lambda: len(self.networks["b"].delivered) >= count)
        command: Any = self.networks["b"].delivered[-1]
        return list(command.content.attached)

    async def retract(self, target: str = "m1") -> None:
        room = self.message("ada@a", "").room
        event = MessageRetracted(room=room, author=person("ada@a"), target=target, time=self.now)
        await self.networks["a"].say(event)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with Home(tmp_path) as home:
        yield home


@asynccontextmanager
async def open_to_all(home: Home, **rules: Any) -> AsyncIterator[aiohttp.ClientSession]:
    pages = FilePages(
        home.links, StoredFiles(home.store), Files(home.bridge.networks, Rules(**rules))
    )
    app, _ = application(Office(), files=pages)
    async with serving(app) as client:
        yield client


async def test_a_picture_comes_with_headers_that_keep_it_harmless(home: Home) -> None:
    [file] = await home.show(PICTURE)
    assert "secret" not in file.url
    async with open_to_all(home) as client:
        response = await client.get(file.url)
        assert (response.status, await response.read()) == (200, PNG)
        headers = response.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(PNG))
    assert headers["Content-Disposition"] == (
        "inline; filename=\"___.png\"; filename*=UTF-8''%D0%9A%D0%BE%D1%82.png"
    )
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in headers


async def test_a_network_without_files_is_told_the_link_in_words(home: Home) -> None:
    await home.show(structs.replace(PICTURE, size=2048))
    await home.until(lambda: home.seen("c"))
    [line] = home.seen("c")
    assert line.startswith("ada: look! /m/")
    assert line.endswith("/image.png (image, 2.0 kB)")


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script>", b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ\0\0"]
)
async def test_what_may_run_is_only_saved(home: Home, data: bytes) -> None:
    [file] = await home.show(PICTURE)
    home.networks["a"].files[PICTURE.source] = data
    async with open_to_all(home) as client:
        headers = (await client.get(file.url)).headers
    active = not headers["Content-Type"].startswith("text/plain")
    assert headers["Content-Disposition"].startswith("attachment" if active else "inline")
    assert headers["Content-Type"] in ("application/octet-stream", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=200000-", slice(200_000, None)),
        ("bytes=1000000-99999999", slice(1_000_000, None)),
    ],
)
async def test_a_part_can_be_had(home: Home, asked: str, part: slice) -> None:
    [file] = await home.show(structs.replace(PICTURE, source="movie"))
    async with open_to_all(home) as client:
        response = await client.get(file.url, headers={"Range": asked})
        body = await response.read()
    assert (response.status, body) == (206, MOVIE[part])
    first, last, _ = part.indices(len(MOVIE))
    assert response.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(MOVIE)}"
    assert response.content_type == "video/mp4"


class Whole:
    """A stream of a server that does not know parts."""

    mime, start = "", 0

    def __init__(self, size: int | None):
        self.size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(MOVIE), 1000):
            yield MOVIE[start : start + 1000]


@pytest.mark.parametrize("known", [True, False])
async def test_a_server_that_does_not_know_parts_is_helped_out(home: Home, known: bool) -> None:
    [file] = await home.show(PICTURE)

    @asynccontextmanager
    async def fetch(source: str, first: int = 0, last: int | None = None) -> AsyncIterator[Whole]:
        yield Whole(len(MOVIE) if known else None)

    home.networks["a"].fetch = fetch
    async with open_to_all(home) as client:
        response = await client.get(file.url, headers={"Range": "bytes=500000-500009"})
        body = await response.read()
        head = await client.head(file.url)
    if known:
        assert (response.status, body) == (206, MOVIE[500_000:500_010])
        assert head.headers["Content-Length"] == str(len(MOVIE))
    else:
        assert (response.status, body) == (200, MOVIE)
        assert "Accept-Ranges" not in response.headers


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-2", "bytes=0-1,5-6", "bytes=-5", "lines=1-2", "bytes=x-", "bytes=" + "9" * 99],
)
async def test_an_odd_wish_gets_the_whole(home: Home, asked: str) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home) as client:
        response = await client.get(file.url, headers={"Range": asked})
        assert (response.status, await response.read()) == (200, PNG)


async def test_a_part_behind_the_end_does_not_exist(home: Home) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home) as client:
        response = await client.get(file.url, headers={"Range": "bytes=99999-"})
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(PNG)}"


async def test_a_cache_asks_whether_it_is_still_the_same(home: Home) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home) as client:
        etag = (await client.head(file.url)).headers["ETag"]
        same = await client.get(file.url, headers={"If-None-Match": etag})
        assert (same.status, await same.read()) == (304, b"")
        part = {"Range": "bytes=0-9"}
        assert (await client.get(file.url, headers={**part, "If-Range": etag})).status == 206
        assert (await client.get(file.url, headers={**part, "If-Range": '"x"'})).status == 200
        await home.retract()
        await home.settle()
        gone = await client.get(file.url, headers={"If-None-Match": etag})
        assert gone.status == 410


async def test_the_head_alone_can_be_had(home: Home) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home) as client:
        response = await client.head(file.url)
        assert (response.status, await response.read()) == (200, b"")
    assert response.headers["Content-Length"] == str(len(PNG))
    assert response.content_type == "image/png"


async def test_a_thumbnail_is_served_like_the_file(home: Home) -> None:
    small = structs.replace(PICTURE, source="movie", thumbnail=PICTURE.source)
    [file] = await home.show(small)
    async with open_to_all(home) as client:
        response = await client.get(file.thumbnail_url)
        assert await response.read() == PNG
        assert response.headers["ETag"] != (await client.head(file.url)).headers["ETag"]
    plain = home.links.offer(1, PICTURE, 0)
    assert plain.thumbnail_url == ""


async def test_a_link_that_is_forged_old_or_leads_nowhere_gives_nothing(home: Home) -> None:
    [file] = await home.show(PICTURE)
    token = file.url.split("/")[2]
    wrong = [f"/m/x{token[1:]}/cat.png", "/m/x/cat.png", f"{file.url}?thumbnail"]
    for event, number in ((1, 7), (99, 0)):
        wrong.append(home.links.offer(event, PICTURE, number).url)
    async with open_to_all(home) as client:
        for url in wrong:
            response = await client.get(url)
            assert response.status == 404
            assert "secret" not in await response.text()
        home.links._expire = -1
        assert (await client.get(file.url)).status == 410


async def test_a_public_file_is_not_served_by_us(home: Home) -> None:
    public = File(kind="image", source="https://x.example/a.png")
    [file] = await home.show(public)
    assert file.url == public.source
    async with open_to_all(home) as client:
        assert (await client.get(home.links.url("1.0") + "/a.png")).status == 404


async def test_a_file_that_was_taken_back_is_gone_within_a_second(home: Home) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home) as client:
        assert (await client.get(file.url)).status == 200
        await home.retract()
        since = time.monotonic()
        while (await client.get(file.url)).status != 410:
            assert time.monotonic() - since < 1
        assert "taken back" in await (await client.get(file.url)).text()
    await home.restart()
    async with open_to_all(home) as client:
        assert (await client.get(file.url)).status == 410


async def test_a_file_that_an_edit_brought_goes_with_its_message(home: Home) -> None:
    [first] = await home.show(PICTURE)
    content = structs.replace(
        from_text("better"), attached=(structs.replace(PICTURE, source="movie"),)
    )
    room = home.message("ada@a", "").room
    edit = MessageEdited(
        room=room, author=person("ada@a"), target="m1", content=content, time=home.now, ids=("m2",)
    )
    await home.networks["a"].say(edit)
    [second] = await home.told(2)
    async with open_to_all(home) as client:
        assert (await client.get(second.url)).content_type == "video/mp4"
        await home.retract()
        await home.settle()
        for file in (first, second):
            assert (await client.get(file.url)).status == 410


@pytest.mark.parametrize("later", [False, True])
async def test_a_file_that_an_edit_brought_goes_with_that_edit(home: Home, later: bool) -> None:
    [first] = await home.show(PICTURE)
    event = home.message("ada@a", "")
    changes = [("m2", structs.replace(PICTURE, source="movie"))]
    changes += [("m3", structs.replace(PICTURE, source="small"))] if later else []
    offered = []
    for count, (id, file) in enumerate(changes, start=2):
        content = structs.replace(from_text(id), attached=(file,))
        await home.networks["a"].say(
            MessageEdited(
                room=event.room,
                author=event.author,
                target="m1",
                content=content,
                time=home.now,
                ids=(id,),
            )
        )
        offered += await home.told(count)
    await home.retract("m2")
    await home.settle()
    if not later:  # it says again what it said before
        offered += await home.told(3)
    async with open_to_all(home) as client:
        found = [(await client.get(file.url)).status for file in (first, *offered)]
    assert found == [200, 410, 200]
    await home.restart()
    if later:
        await home.retract("m3")
        [file] = await home.told(4)
        async with open_to_all(home) as client:
            assert (await client.get(file.url)).content_type == "image/png"


async def test_a_message_edited_before_it_was_told_offers_the_file_of_the_edit(home: Home) -> None:
    home.networks["b"].set_up(False)
    event = home.message("ada@a", "look!", "m1")
    await home.networks["a"].say(
        structs.replace(event, content=structs.replace(event.content, attached=(PICTURE,)))
    )
    content = structs.replace(
        from_text("better"), attached=(structs.replace(PICTURE, source="movie"),)
    )
    await home.networks["a"].say(
        MessageEdited(
            room=event.room, author=event.author, target="m1", content=content, time=home.now
        )
    )
    await home.settle()
    home.networks["b"].set_up(True)
    [file] = await home.told(1)
    async with open_to_all(home) as client:
        assert (await client.get(file.url)).content_type == "video/mp4"


async def test_what_is_being_sent_breaks_off_when_it_is_taken_back(home: Home) -> None:
    [file] = await home.show(PICTURE)
    home.networks["a"].fetch = endless
    async with open_to_all(home) as client:
        response = await client.get(file.url)
        await response.content.readany()
        await home.retract()
        with pytest.raises(aiohttp.ClientError):
            await asyncio.wait_for(response.read(), 5)


class Endless:
    """A stream that does not stop by itself."""

    mime, start, size = "", 0, None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 16)
            await asyncio.sleep(0.001)


@asynccontextmanager
async def endless(source: str, first: int = 0, last: int | None = None) -> AsyncIterator[Endless]:
    yield Endless()


async def test_a_file_that_grows_too_large_breaks_off(home: Home) -> None:
    [file] = await home.show(PICTURE)
    home.networks["a"].fetch = endless
    async with open_to_all(home, max_size=1_000_000) as client:
        response = await client.get(file.url)
        with pytest.raises(aiohttp.ClientError):
            await response.read()


class Large:
    """A hundred megabytes that are nowhere."""

    mime, start, size = "", 0, 100_000_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield bytes(100_000)


@asynccontextmanager
async def large(source: str, first: int = 0, last: int | None = None) -> AsyncIterator[Large]:
    yield Large()


async def test_a_hundred_megabytes_pass_through_without_being_held(home: Home) -> None:
    [file] = await home.show(PICTURE)
    home.networks["a"].fetch = large
    async with open_to_all(home) as client:
        await (await client.head(file.url)).read()
        before = memory.begin()
        response = await client.get(file.url)
        assert response.content_length == Large.size
        count = 0
        async for piece in response.content.iter_any():
            count += len(piece)
            await asyncio.sleep(0)
        more = memory.peak() - before
    print(f"100 MB served: {more / 1e6:.1f} MB more memory")
    assert count == Large.size
    assert more < 20_000_000


async def test_a_file_that_is_too_large_is_not_begun(home: Home) -> None:
    [file] = await home.show(PICTURE)
    async with open_to_all(home, max_size=1000) as client:
        assert (await client.get(file.url)).status == 404


@pytest.mark.parametrize(("lasting", "status"), [(True, 404), (False, 503)])
async def test_a_refusal_of_the_server_is_told_without_its_words(
    home: Home, lasting: bool, status: int
) -> None:
    [file] = await home.show(PICTURE)

    @asynccontextmanager
    async def fetch(source: str, first: int = 0, last: int | None = None) -> AsyncIterator[None]:
        raise MediaRefused("http://hs.internal says no", lasting=lasting)
        yield

    home.networks["a"].fetch = fetch
    async with open_to_all(home) as client:
        response = await client.get(file.url)
        assert response.status == status
        assert "internal" not in await response.text()


async def test_too_many_at_once_are_asked_to_come_again(home: Home) -> None:
    [file] = await home.show(PICTURE)
    home.networks["a"].fetch = endless
    async with open_to_all(home) as client:
        async with aiohttp.ClientSession(
            client._base_url, connector=aiohttp.TCPConnector(limit=0)
        ) as many:
            held = [await many.get(file.url) for _ in range(AT_ONCE)]
            response = await client.get(file.url)
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
            for other in held:
                other.close()
        async with asyncio.timeout(5):
            while (response := await client.get(file.url)).status == 503:
                await response.read()
            response.close()


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("cat.jpg", 'inline; filename="cat.jpg"'),
        ('a"b\\c.jpg', 'inline; filename="a_b_c.jpg"'),
        ("../x\r\nSet-Cookie: a.jpg", 'inline; filename="_xSet-Cookie: a.jpg"'),
        ("\u202egpj.exe", 'inline; filename="gpj.exe"'),
        ("", 'inline; filename="file"'),
    ],
)
def test_a_name_is_told_so_that_nothing_can_hide_in_it(name: str, header: str) -> None:
    assert disposition(File(kind="file", source="", name=name), inline=True) == header

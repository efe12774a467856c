"""Files through the whole daemon: they cross, end with their message, and no link leads inside."""

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from tests.benchmarks.usage import resident
from tests.cases.wire import picture, upload
from tests.live.stage import Stage
from tests.servers import ports

OOB = "{jabber:x:oob}x/{jabber:x:oob}url"
MEGABYTE = bytes(range(256)) * 4096


class Strangers:
    """A web server of somebody who wishes us ill, or has a large file."""

    def __init__(self, size: int):
        self.host = f"127.0.0.1:{ports.reserve()}"
        self.size = size
        self.asked: list[str] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "Strangers":
        app = web.Application()
        app.router.add_get("/{name}", self._give)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        name, _, port = self.host.partition(":")
        await web.TCPSite(self._runner, name, int(port)).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _give(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        if name == "inside.png":
            raise web.HTTPFound("http://127.0.0.1:1/secret.png")
        length = 10_000_000_000 if name == "huge.png" else self.size
        headers = {"Content-Length": str(length), "Content-Type": "video/mp4"}
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        for _ in range(self.size // len(MEGABYTE)):
            await answer.write(MEGABYTE)
        return answer


class Memory:
    """The most memory that a process had while this was watched, beyond what it had before."""

    def __init__(self, pid: int):
        self._pid = pid
        self._before = self._most = resident(pid)
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()

    def stop(self) -> float:
        """Return it, in megabytes."""
        self._done.set()
        self._watch.join()
        return self._most - self._before

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self._most = max(self._most, resident(self._pid))


async def linked(stage: Stage, body: str) -> str:
    """Wait until Alice sees a file, and return its address."""
    seen = await stage.alice.wait_for(
        lambda said: said.raw.findtext(OOB) is not None and said.nick == "carol", 20
    )
    address = str(seen.raw.findtext(OOB))
    assert seen.body == address, body
    return address


async def pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for piece in answer.content.iter_chunked(1 << 16):
        yield piece


async def test_a_picture_is_there_until_its_message_is_taken_back(stage: Stage):
    await stage.open()
    data = picture(64, 48)
    mxc = await upload(stage.carol, data, "image/png")
    content = {
        "msgtype": "m.image",
        "body": "look!",
        "filename": "cat.png",
        "url": mxc,
        "info": {"mimetype": "image/png", "size": len(data), "w": 64, "h": 48},
    }
    event_id = await stage.carol.send(stage.room, "m.room.message", content)
    address = await linked(stage, "look!")
    assert address.endswith("/cat.png")
    assert mxc.rpartition("/")[2] not in address
    await stage.bob.wait_for(lambda said: said.body.startswith("<") and "look! http" in said.body)
    async with aiohttp.ClientSession() as http:
        async with http.get(address) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert await answer.read() == data
        path = f"/_matrix/client/v3/rooms/{stage.room}/redact/{event_id}/t1"
        await stage.carol.request("PUT", path, {})
        taken = time.monotonic()
        while True:
            async with http.get(address) as answer:
                if answer.status == 410:
                    break
            await asyncio.sleep(0.02)
        assert time.monotonic() - taken < 1.0


async def test_what_leads_inside_or_never_ends_is_told_as_a_text(stage: Stage):
    async with Strangers(len(MEGABYTE)) as strangers:
        allowed = strangers.host
        await stage.open(media={"fetch": {"allow": [allowed]}})
        for url, asked in (
            ("http://127.0.0.1:22/key.png", None),
            (f"http://{allowed}/inside.png", "inside.png"),
            (f"http://{allowed}/huge.png", "huge.png"),
        ):
            await stage.alice.say(stage.muc, url, f"<x xmlns='jabber:x:oob'><url>{url}</url></x>")
            told = await stage.carol.wait_for(lambda said, url=url: url in said.body, 20)
            assert told.kind == "text"
            assert len(told.body) > len(url)  # and why
            assert asked is None or asked in strangers.asked


async def test_a_large_file_crosses_in_little_memory(stage: Stage, long: bool, capsys):
    size = (100 if long else 20) * len(MEGABYTE)
    async with Strangers(size) as strangers:
        await stage.open(media={"fetch": {"allow": [strangers.host]}, "max_size": "200MB"})
        daemon = stage.tercet.processes[-1].pid
        memory = Memory(daemon)
        url = f"http://{strangers.host}/film.mp4"
        await stage.alice.say(stage.muc, url, f"<x xmlns='jabber:x:oob'><url>{url}</url></x>")
        sent = await stage.carol.event(lambda event: event.get("content", {}).get("url"), 60)
        inwards = memory.stop()
        assert sent["content"]["info"]["size"] == size
        again = {key: sent["content"][key] for key in ("msgtype", "body", "url", "info")}
        await stage.carol.send(stage.room, "m.room.message", again)
        address = await linked(stage, "film.mp4")
        memory, digest, count = Memory(daemon), hashlib.sha256(), 0
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            async for piece in pieces(answer):
                digest.update(piece)
                count += len(piece)
        outwards = memory.stop()
    assert count == size
    wanted = hashlib.sha256()
    for _ in range(size // len(MEGABYTE)):
        wanted.update(MEGABYTE)
    assert digest.digest() == wanted.digest()
    with capsys.disabled():
        told = f"{inwards:.1f} MB in, {outwards:.1f} MB out"
        print(f"\n{size / 1e6:.0f} MB in a file: the daemon took {told} more memory")
    assert max(inwards, outwards) < 20

"""Carries files of other networks over to Matrix, each once."""

import asyncio
import hashlib
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from typing import IO

import msgspec
from cachetools import TTLCache
from mautrix.errors import MatrixRequestError
from msgspec import Struct

from bridge.model import File, KeyValue, Media, MediaRefused, Stream, Unavailable
from protocols.matrix import attaching, pictures
from protocols.matrix.attaching import Uploaded
from protocols.matrix.client import Homeserver
from protocols.matrix.encode import Part
from protocols.matrix.html import clean
from protocols.matrix.repository import PIECE, Repository, UploadRefused

log = logging.getLogger(__name__)

_KEPT = 24 * 3600.0
"""Seconds for which the same source is the same file: longer than any retry, and what is behind an
address of the web may change."""
_SWEEP_EVERY = 3600.0
_ASK_EVERY = 3600.0
_ATTEMPTS = 4
"""After so many failures to get at a file for now, its link must do."""
_IN_MEMORY = 1024 * 1024


class _Kept(Struct, frozen=True):
    """What is remembered: of a source where it is on Matrix, of an event which source it shows."""

    time: float
    up: Uploaded | None = None
    source: str = ""


class Uploads:
    """Uploads what a part names, and remembers it: neither a retry nor a second message with the
    same file uploads again. What was taken back is forgotten (semantics.md C29)."""

    def __init__(
        self, repository: Repository, homeserver: Homeserver, state: KeyValue, media: Media
    ):
        self._repository = repository
        self._homeserver = homeserver
        self._state = state
        self._media = media
        self._failed: TTLCache[str, int] = TTLCache(1_000, _KEPT)
        self._largest: TTLCache[str, int] = TTLCache(1, _ASK_EVERY)
        self._swept = 0.0
        self.uploaded = 0

    async def ready(self, part: Part, query: dict[str, str]) -> Part:
        """Fill in where the part's file is on Matrix, or say in words what it is. ``query`` says
        who uploads.

        Raises ``Unavailable`` if it may be possible later.
        """
        file = part.file
        if file is None:
            return part
        source = _digest(file)
        try:
            return attaching.filled(part, await self._on_matrix(file, source, query))
        except UploadRefused as refusal:
            why = str(refusal)
        except MediaRefused as refusal:
            why = str(refusal)
            failures = self._failed.pop(source, 0) + 1
            if not refusal.lasting and failures < _ATTEMPTS:
                self._failed[source] = failures
                raise Unavailable(f"{file.name or file.kind}: {why}", sent=False) from refusal
        log.info("a file is not copied to Matrix: %s", why)
        return attaching.told(part, why)

    async def shown(self, event_id: str, part: Part) -> None:
        """This event shows the part's file."""
        if part.file is not None:
            kept = _Kept(time.time(), source=_digest(part.file))
            await self._keep(f"shows:{event_id}", kept)

    async def forget(self, event_id: str) -> None:
        """The event is taken back: whoever says its file again uploads it again."""
        if found := await self._recall(f"shows:{event_id}"):
            await self._state.delete(f"shows:{event_id}")
            await self._state.delete(f"upload:{found.source}")

    # -- what is remembered

    async def _on_matrix(self, file: File, source: str, query: dict[str, str]) -> Uploaded:
        kept = await self._recall(f"upload:{source}")
        if kept and kept.up and time.time() - kept.time < _KEPT:
            return kept.up
        up = await self._carry(file, query)
        await self._keep(f"upload:{source}", _Kept(time.time(), up))
        await self._sweep()
        return up

    async def _recall(self, key: str) -> _Kept | None:
        kept = await self._state.get(key)
        return msgspec.json.decode(kept, type=_Kept) if kept else None

    async def _keep(self, key: str, kept: _Kept) -> None:
        await self._state.put(key, msgspec.json.encode(kept).decode())

    async def _sweep(self) -> None:
        """Forget now and then what is too old to be used."""
        now = time.time()
        if now - self._swept < _SWEEP_EVERY:
            return
        self._swept = now
        for prefix in ("upload:", "shows:"):
            for key, kept in await self._state.items(prefix):
                if now - msgspec.json.decode(kept, type=_Kept).time > _KEPT:
                    await self._state.delete(key)

    # -- what is carried over

    async def _carry(self, file: File, query: dict[str, str]) -> Uploaded:
        largest = await self._limit()
        async with self._media.open(file) as stream:
            size = stream.size
            _fits(size or 0, largest)
            reading = _Reading(stream, largest)
            if size is None:
                with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
                    size = await _spooled(reading, spool)
                    source = await self._send(file, stream.mime, size, _pieces(spool), query)
            else:
                source = await self._send(file, stream.mime, size, aiter(reading), query)
        self.uploaded += 1
        width, height = pictures.size(bytes(reading.head)) or (0, 0)
        return Uploaded(source, _mime(stream), size, width, height)

    async def _send(
        self, file: File, mime: str, size: int, pieces: AsyncIterator[bytes], query: dict[str, str]
    ) -> str:
        name = " ".join(clean(file.name).split())[:200] or file.kind
        mime = mime or "application/octet-stream"
        return await self._repository.upload(name, mime, size, pieces, query)

    async def _limit(self) -> int:
        """Ask how large a file may be; 0 if the homeserver does not say."""
        if "" not in self._largest:
            try:
                found = await self._homeserver.get("/v1/media/config")
            except MatrixRequestError as error:
                log.info("the homeserver does not say how large a file may be: %s", error)
                found = {}
            largest = found.get("m.upload.size")
            self._largest[""] = largest if isinstance(largest, int) and largest > 0 else 0
        return self._largest[""]


class _Reading:
    """The bytes on their way, with an eye on the first and on how many they are."""

    def __init__(self, stream: Stream, largest: int):
        self._stream = stream
        self._largest = largest
        self._length = 0
        self.head = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            if len(self.head) < pictures.ENOUGH:
                self.head += piece[: pictures.ENOUGH]
            self._length += len(piece)
            _fits(self._length, self._largest)
            yield piece


def _fits(size: int, largest: int) -> None:
    if largest and size > largest:
        raise UploadRefused(f"the homeserver takes {largest / 1e6:.0f} MB at most")


async def _spooled(pieces: _Reading, spool: IO[bytes]) -> int:
    """Lay a file down on the disk to learn its size.

    COMPAT(Synapse 1.163): it takes no file whose length it is not told before.
    """
    async for piece in pieces:
        await asyncio.to_thread(spool.write, piece)
    size = spool.tell()
    spool.seek(0)
    return size


async def _pieces(spool: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(spool.read, PIECE):
        yield piece


def _mime(stream: Stream) -> str:
    return stream.mime or "application/octet-stream"


def _digest(file: File) -> str:
    return hashlib.sha256(f"{file.network}\n{file.source}".encode("utf-8", "replace")).hexdigest()

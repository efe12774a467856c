"""Serves ``/m/TOKEN/NAME``: the files that only a network can open, with its own credentials.

No token of a network leaves, nothing is kept in memory or on the disk, and what was taken back is
looked up again and again, also while it is being sent.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import quote

from aiohttp import web
from cachetools import LRUCache
from itsdangerous import BadData, SignatureExpired
from msgspec import Struct

from bridge.media import kinds
from bridge.media.files import Files
from bridge.model import File, MediaRefused, Stream
from bridge.web import layout
from bridge.web.links import FileLinks, safe_name
from bridge.web.stored import Gone

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Files that are sent at the same time."""
_STALLED = 60.0
"""Seconds for which neither side may keep the other waiting."""
_LOOK = 0.5
"""Seconds after which it is looked up again whether a file that is being sent was taken back."""
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")
_UNPRINTABLE = re.compile(r"[^ !#-\[\]-~]|[%/\\]")

_HEADERS = {
    # What the Matrix specification recommends (“Content repository”), and no more than once.
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self';"
    " style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, no-cache",  # so that what was taken back is asked for again
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


class Archive(Protocol):
    """Who knows the files (``bridge.web.stored.StoredFiles``)."""

    async def file(self, event: int, number: int) -> File | None:
        """Return a file; raises ``Gone``."""


class _Asked(Struct, frozen=True):
    """What somebody wants to have."""

    place: tuple[int, int]
    file: File
    thumbnail: bool

    @property
    def etag(self) -> str:
        """Name it: what is in the archive at one place never changes."""
        event, number = self.place
        return f'"{event:x}-{number:x}{"-small" if self.thumbnail else ""}"'


class _Known(Struct, frozen=True):
    """What its first bytes told."""

    mime: str
    size: int | None


class _Part(Struct, frozen=True):
    """The bytes that are sent; ``length`` None: as many as come."""

    first: int
    length: int | None


class FilePages:
    """Answers for files: whole or in part, and for a cache whether they are still the same."""

    def __init__(self, links: FileLinks, archive: Archive, files: Files):
        self._links, self._archive, self._files = links, archive, files
        self._known: LRUCache[str, _Known] = LRUCache(1024)
        self._busy = 0

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        try:
            asked = await self._find(request)
        except SignatureExpired:
            return layout.notice("Too old", "This link has expired. Ask in the room.", 410)
        except Gone:
            return layout.notice("Taken back", "This file was taken back.", 410)
        except BadData:
            text = "There is no file behind this link. Was it cut off when it was copied?"
            return layout.notice("Nothing here", text, 404)
        if asked.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={**_HEADERS, "ETag": asked.etag})
        if self._busy >= AT_ONCE:
            return _later("Too many files are being fetched at this moment.")
        self._busy += 1
        try:
            return await self._serve(request, asked)
        except MediaRefused as refused:
            log.info("file %s is not had: %s", asked.etag, refused)
            if not refused.lasting:
                return _later("The server that holds this file does not give it now.")
            text = "The server that holds this file does not give it, or no more."
            return layout.notice("Nothing here", text, 404)
        finally:
            self._busy -= 1

    async def _find(self, request: web.Request) -> _Asked:
        place = self._links.read(request.match_info["token"])
        file = await self._archive.file(*place)
        thumbnail = "thumbnail" in request.query
        if file is None or (thumbnail and not file.thumbnail):
            raise BadData("no such file")
        return _Asked(place, file, thumbnail)

    async def _serve(self, request: web.Request, asked: _Asked) -> web.StreamResponse:
        wanted = _wanted(request, asked.etag)
        known = await self._look(asked) if wanted or request.method == "HEAD" else None
        if known and known.size is not None and wanted:
            if wanted[0] >= known.size:
                total = {"Content-Range": f"bytes */{known.size}"}
                return web.Response(status=416, headers={**_HEADERS, **total})
            last = known.size - 1 if wanted[1] is None else min(wanted[1], known.size - 1)
            part, end = _Part(wanted[0], last - wanted[0] + 1), last
        else:
            part, end = _Part(0, known.size if known else None), None
        if request.method == "HEAD" and known:
            return await self._begin(request, asked, known, part, end)
        async with self._files.open(
            asked.file, part.first, end, thumbnail=asked.thumbnail
        ) as stream:
            known = known or _Known(stream.mime, stream.size)
            if end is None:
                part = _Part(0, stream.size)
            response = await self._begin(request, asked, known, part, end)
            await self._send(request, response, asked, _window(stream, part))
            return response

    async def _look(self, asked: _Asked) -> _Known:
        """Find out what a file is and how large, by its beginning."""
        known = self._known.get(asked.etag)
        if known is None:
            async with self._files.open(
                asked.file, 0, kinds.HEAD - 1, thumbnail=asked.thumbnail
            ) as stream:
                known = self._known[asked.etag] = _Known(stream.mime, stream.size)
        return known

    async def _begin(
        self,
        request: web.Request,
        asked: _Asked,
        known: _Known,
        part: _Part,
        end: int | None,
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=200 if end is None else 206, headers=_HEADERS)
        response.content_length = part.length
        response.headers["ETag"] = asked.etag
        if known.size is not None:
            response.headers["Accept-Ranges"] = "bytes"
        if end is not None:
            response.headers["Content-Range"] = f"bytes {part.first}-{end}/{known.size}"
        safe = known.mime in kinds.INLINE
        charset = "; charset=utf-8" if known.mime == "text/plain" else ""
        response.headers["Content-Type"] = known.mime + charset if safe else kinds.UNKNOWN
        response.headers["Content-Disposition"] = disposition(asked.file, inline=safe)
        await response.prepare(request)
        return response

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        asked: _Asked,
        pieces: AsyncIterator[bytes],
    ) -> None:
        """Send the bytes; what goes wrong now can only be told by breaking off."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        try:
            async with asyncio.timeout(_STALLED) as limit:
                async for piece in pieces:
                    await response.write(piece)
                    now = loop.time()
                    limit.reschedule(now + _STALLED)
                    if now - looked > _LOOK:
                        looked = now
                        await self._archive.file(*asked.place)
        except Exception as error:
            log.info("file %s broke off: %s", asked.etag, error or type(error).__name__)
            if request.transport:
                request.transport.abort()


async def _window(stream: Stream, part: _Part) -> AsyncIterator[bytes]:
    """Give the part of a stream that was asked for, wherever the stream begins."""
    skip, left = part.first - stream.start, part.length
    if skip < 0:
        raise MediaRefused("the server gives another part of the file than it was asked for")
    async for piece in stream:
        kept = piece[skip:]
        skip = max(0, skip - len(piece))
        if left is not None:
            kept = kept[:left]
            left -= len(kept)
        if kept:
            yield kept
        if left == 0:
            return


def _wanted(request: web.Request, etag: str) -> tuple[int, int | None] | None:
    """Return the first and the last byte that are asked for; None: all. Whatever else a client
    may ask for (RFC 9110 §14.2), it can have the whole instead."""
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = int(found[1]), int(found[2]) if found[2] else None
    return None if last is not None and last < first else (first, last)


def disposition(file: File, *, inline: bool) -> str:
    """Say how to treat a file and what to call it (RFC 6266, RFC 8187)."""
    name = "".join(char for char in file.name if char.isprintable()).replace("/", "_")[-150:]
    name = name.replace("\\", "_").strip(" .") or safe_name(file)
    how = "inline" if inline else "attachment"
    text = f'{how}; filename="{_UNPRINTABLE.sub("_", name)}"'
    return text if name.isascii() else f"{text}; filename*=UTF-8''{quote(name, safe='')}"


def _later(text: str) -> web.Response:
    response = layout.notice("Not now", f"{text} Try again in a moment.", 503)
    response.headers["Retry-After"] = "5"
    return response

"""Opens the files that one network told of, for another: with the credentials of the network that
holds them, or from the web."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from msgspec import Struct

from bridge.media import kinds
from bridge.media.addresses import Place
from bridge.media.web import Web
from bridge.model import File, MediaRefused, MediaSource, Network, Stream


class Rules(Struct, frozen=True):
    """What the admin allows."""

    max_size: int = 100_000_000
    """In bytes."""
    allow: frozenset[Place] = frozenset()
    """Hosts and ports of the web that may be private, or odd."""
    links: bool = False
    """A text that is nothing but a link to a media file is shown as that file."""


class Examined:
    """A stream whose beginning was looked at, and whose bytes are counted."""

    def __init__(self, stream: Stream, head: bytes, rest: AsyncIterator[bytes], most: int):
        self.mime = stream.mime if stream.start else kinds.mime(head, stream.mime)
        self.size, self.start = stream.size, stream.start
        self._head, self._rest, self._most = head, rest, most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes. Raises ``MediaRefused`` when there are too many."""
        count = self.start + len(self._head)
        if self._head:
            yield self._head
        async for piece in self._rest:
            count += len(piece)
            if count > self._most:
                raise _too_large(self._most)
            yield piece


class Files:
    """What networks see as ``Host.media``."""

    def __init__(self, networks: Mapping[str, Network], rules: Rules | None = None):
        self._networks = networks
        self._rules = rules or Rules()
        self._web = Web(self._rules.allow)

    @asynccontextmanager
    async def open(
        self, file: File, first: int = 0, last: int | None = None, *, thumbnail: bool = False
    ) -> AsyncIterator[Stream]:
        """Begin to read a file, or its thumbnail; see ``bridge.model.Media`` and, for ``first``
        and ``last``, ``MediaSource``."""
        source = file.thumbnail if thumbnail else file.source
        async with self._source(file.network, source, first, last) as stream:
            examined = await self._examine(stream)
            if file.bare and examined.mime.partition("/")[0] not in kinds.MEDIA:
                raise MediaRefused("there is no picture, film or sound behind this link")
            yield examined

    async def close(self) -> None:
        """Break off what is read from the web."""
        await self._web.close()

    def _source(
        self, network: str, source: str, first: int, last: int | None
    ) -> AbstractAsyncContextManager[Stream]:
        if not network:
            return self._web.open(source)
        holder = self._networks.get(network)
        if not isinstance(holder, MediaSource):
            raise MediaRefused(f"nobody can open files of {network} any more")
        return holder.fetch(source, first, last)

    async def _examine(self, stream: Stream) -> Examined:
        most = self._rules.max_size
        if stream.size is not None and stream.size > most:
            raise _too_large(most, stream.size)
        head, rest = b"", aiter(stream)
        while len(head) < kinds.HEAD:
            piece = await anext(rest, b"")
            if not piece:
                break
            head += piece
        if stream.start + len(head) > most:
            raise _too_large(most)
        return Examined(stream, head, rest, most)


def _too_large(most: int, size: int = 0) -> MediaRefused:
    found = f"has {_megabytes(size)}, that" if size else "grows and grows, it"
    return MediaRefused(f"the file {found} is too large: {_megabytes(most)} is the most")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB".replace(".0 ", " ")

"""Opens the files that one network told of, for another: with the credentials of the network that
holds them, or from the web."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bridge.model import File, MediaRefused, MediaSource, Network, Stream


class Files:
    """What networks see as ``Host.media``."""

    def __init__(self, networks: Mapping[str, Network]):
        self._networks = networks

    @asynccontextmanager
    async def open(self, file: File) -> AsyncIterator[Stream]:
        """Begin to read a file; see ``bridge.model.Media``."""
        network = self._networks.get(file.network)
        if not isinstance(network, MediaSource):
            raise MediaRefused(f"{file.source} cannot be fetched")
        async with network.fetch(file.source) as stream:
            yield stream

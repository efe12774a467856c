"""Files are opened by the network that holds them."""

from contextlib import asynccontextmanager

import pytest

from bridge.engine.media import Files
from bridge.model import File, MediaRefused

PICTURE = File(kind="image", source="mxc://hs/a", network="matrix")


class Holder:
    """A network that holds files; it only remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    @asynccontextmanager
    async def fetch(self, source, first=0, last=None):
        self.asked.append(source)
        yield "stream"


async def test_the_network_that_told_of_a_file_opens_it():
    holder = Holder()
    async with Files({"matrix": holder}).open(PICTURE) as stream:
        assert (stream, holder.asked) == ("stream", ["mxc://hs/a"])


async def test_what_nobody_holds_is_refused():
    with pytest.raises(MediaRefused):
        async with Files({}).open(PICTURE):
            pass

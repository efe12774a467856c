from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.lobby import People, lobby
from tests.live.stage import Stage
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage of one's own; the test opens it."""
    stage = Stage(tmp_path)
    yield stage
    await stage.close()


@pytest.fixture
async def people(prosody: Prosody, inspircd: InspIRCd, tmp_path: Path) -> AsyncIterator[People]:
    """People of XMPP and IRC with a gateway between them."""
    async with lobby(prosody, inspircd, tmp_path) as everybody:
        yield everybody

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.stage import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage of one's own; the test opens it."""
    stage = Stage(tmp_path)
    yield stage
    await stage.close()

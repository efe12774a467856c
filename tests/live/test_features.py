"""``docs/features.md`` says what real clients of all networks see now, feature by feature."""

from pathlib import Path

import pytest

from tests.live.features.__main__ import PAGE, observed
from tests.live.features.table import UNEXPLAINED, write


@pytest.mark.timeout(240)
async def test_the_page_of_features_is_what_is_seen(tmp_path: Path):
    page = write(await observed(tmp_path))
    assert UNEXPLAINED not in page
    assert page == PAGE.read_text(), "look at it, then run python -m tests.live.features"

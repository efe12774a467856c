"""A gateway for the tests that need one."""

import pytest

from tests.engine.hosted import Gateway


@pytest.fixture
async def gateway(tmp_path):
    async with Gateway(tmp_path) as made:
        yield made

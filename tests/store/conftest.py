import pytest

from bridge.store import Store


@pytest.fixture
async def store(tmp_path):
    store = await Store.open(tmp_path / "tercet.db")
    yield store
    await store.close()

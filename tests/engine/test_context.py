"""What all parts of the engine share."""

from bridge.engine.context import Context
from bridge.store import Store
from tests.engine.house import House


async def test_keys_name_their_event_and_room_for_ever(tmp_path):
    store = await Store.open(tmp_path / "t.db")
    context = Context(store, "mark")
    assert context.key(26, 3) == "mark.1a.3"
    assert context.own_key(26) == "mark.o1a"
    await store.close()


async def test_an_event_is_recalled_from_memory_and_else_from_the_archive(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi")
        await house.settle()
        context = house.bridge.context
        context.forget(1)
        assert await context.recall(1) == house.message("anna@a", "hi")
        assert await context.recall(99) is None

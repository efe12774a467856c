"""What all parts of the engine share."""

from bridge.core.wording.catalogue import load
from bridge.core.words import Words
from bridge.engine.context import Context
from bridge.model import MessageEdited, RoomRef, from_text
from bridge.store import Store
from tests.engine.house import House, person


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


async def test_rooms_are_told_in_the_language_of_the_admin(tmp_path):
    async with House(tmp_path) as house:
        own = {"quote": "{name} sagte {words}: "}
        house.bridge.context.words = Words(load("de", own))
        await house.say("anna@a", "tea?", "1")
        await house.settle()
        house.now += 600
        await house.say("bert@a", "gern", "2", reply_to="1")
        await house.sees("b", "anna: tea?", "bert: anna sagte tea?: gern")
        edit = MessageEdited(
            room=RoomRef("a", "r"),
            author=person("bert@a"),
            target="2",
            content=from_text("doch lieber Kaffee, und ein Stück Kuchen"),
            time=house.now,
            ids=("3",),
        )
        await house.networks["a"].say(edit)
        await house.until(lambda: len(house.seen("b")) == 3)
        assert house.seen("b")[2].startswith("bert: [geändert] doch lieber")

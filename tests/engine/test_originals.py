"""What earlier events say now, from memory and from the archive."""

from bridge.model import MessageEdited, MessageRetracted, ReactionsSet, RoomRef, from_text
from tests.engine.house import House, person

A = RoomRef("a", "r")
ANNA = person("anna@a")


async def change(house, kind, **fields):
    await house.networks["a"].say(kind(room=A, author=ANNA, target="1", time=house.now, **fields))
    await house.settle()


async def test_memory_and_archive_agree_about_a_message(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "redy", "1")
        await change(house, MessageEdited, content=from_text("ready"), ids=("2",))
        await change(house, ReactionsSet, keys=("👍", "🎉"), ids=("3",))
        await change(house, ReactionsSet, keys=("🎉",), ids=("4",))
        remembered = house.portal.originals.numbered(1)
        await house.restart()
        read = await house.portal.originals.fetch(1)
        assert read.versions == remembered.versions
        assert read.content == from_text("ready")
        assert {user: dict(keys) for user, keys in read.reactions.items()} == {
            user: dict(keys) for user, keys in remembered.reactions.items()
        }
        assert set(read.reactions[ANNA.user]) == {"🎉"}


async def test_what_was_taken_back_is_gone_from_the_archive(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "secret", "1")
        await change(house, MessageEdited, content=from_text("secret, too"), ids=("e",))
        await change(house, MessageRetracted, ids=("2",))
        assert house.portal.originals.numbered(1).content is None
        rows = await house.store.reader.rows(
            "SELECT body, retracted_at FROM events WHERE kind IN ('sent', 'edited')"
        )
        assert len(rows) == 2
        assert not any(b"secret" in body for body, _ in rows)
        assert all(at == house.now for _, at in rows)
        await house.restart()
        assert (await house.portal.originals.fetch(1)).content is None


async def test_names_are_loaded_before_they_are_asked_for(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await house.settle()
        await house.restart()
        originals, number = house.portal.originals, house.portal.outboxes[A].number
        assert not originals.knows(A, "1")
        await originals.load_names(A, number, ["1", "nothing"])
        await originals.load(A, "1")
        assert originals.named(A, "1").id == 1
        assert originals.named(A, "nothing") is None


async def test_ids_are_in_memory_as_long_as_they_were_all_met_there(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await house.settle()
        there = house.portal.originals.all_ids(RoomRef("b", "r"), 1)
        assert house.portal.originals.all_ids(A, 1) == [(0, "1")]
        assert len(there) == 1
        await house.restart()
        originals = house.portal.originals
        assert originals.all_ids(A, 1) is None
        originals.note_name(A, "late", 1)  # the rest is on the disk
        assert originals.all_ids(A, 1) is None
        assert originals.ids(A, 1) == [(0, "late")]

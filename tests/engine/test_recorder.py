"""What is decided is written, with what belongs together tied together."""

from bridge.model import MessageEdited, RoomRef, from_text
from tests.engine.house import House, person


async def test_an_answer_names_what_it_answers_and_its_thread(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "root", "1", thread="thread:t")
        await house.say("bert@a", "in it", "2", thread="thread:t", reply_to="1")
        await house.settle()
        rows = await house.store.reader.rows("SELECT id, target, thread FROM events ORDER BY id")
        assert rows == [(1, None, None), (2, 1, 1)]
        names = await house.store.reader.rows(
            "SELECT native FROM copies WHERE event = 1 AND room = 1 ORDER BY native"
        )
        assert names == [("1",), ("thread:t",)]


async def test_an_edit_that_must_be_said_in_words_waits_in_a_lane_of_its_own(tmp_path):
    async with House(tmp_path, edit_hold=60.0) as house:
        await house.say("anna@a", "redy", "1")
        await house.sees("b", "anna: redy")
        edit = MessageEdited(
            room=RoomRef("a", "r"),
            author=person("anna@a"),
            target="1",
            content=from_text("ready"),
            time=house.now,
            ids=("2",),
        )
        await house.networks["a"].say(edit)
        await house.say("anna@a", "next", "3")
        await house.sees("b", "anna: redy", "anna: next")
        [(lane, due)] = await house.store.reader.rows(
            "SELECT lane, due_at FROM outbox WHERE lane LIKE '%later%' AND room = 2"
        )
        assert (lane, due) == ("a:anna later 1", house.now + 60)

"""Finding the words for one room."""

import asyncio

from bridge.model import (
    Account,
    Capabilities,
    Delivered,
    MessageEdited,
    ReactionsSet,
    RoomRef,
    Roster,
    Send,
    UserRef,
    from_text,
)
from tests.engine.house import House, person
from tests.scenarios.test_scenarios import NATIVE

ANNA = person("anna@a")


def edit(house, text, number):
    return MessageEdited(
        room=RoomRef("a", "r"),
        author=ANNA,
        target="1",
        content=from_text(text),
        time=house.now,
        ids=(number,),
    )


async def test_an_edit_waits_for_the_id_of_what_it_edits(tmp_path):
    house = House(tmp_path)
    house.can["b"] = NATIVE
    async with house:
        network = house.networks["b"]
        deliver, gate = network.deliver, asyncio.Event()

        async def slow(command, parts, done):
            if isinstance(command, Send):
                await gate.wait()
            return await deliver(command, parts, done)

        network.deliver = slow
        await house.say("anna@a", "redy", "1")
        await house.sees("c", "anna: redy")
        await house.networks["a"].say(edit(house, "ready", "2"))
        await house.say("bert@a", "meanwhile", "3")
        await asyncio.sleep(0.3)
        assert house.seen("b") == []
        gate.set()
        await house.until(lambda: "anna edits: ready" in house.seen("b"))
        assert house.seen("b").index("anna: redy") < house.seen("b").index("anna edits: ready")


async def test_a_message_edited_before_its_turn_is_said_once_as_it_is_now(tmp_path):
    house = House(tmp_path)
    async with house:
        house.networks["b"].set_up(False)
        await house.say("anna@a", "redy", "1")
        await house.networks["a"].say(edit(house, "ready", "2"))
        await house.settle()
        await asyncio.sleep(0.1)
        house.networks["b"].set_up(True)
        await house.sees("b", "anna: ready")
        await house.settle()
        assert house.seen("b") == ["anna: ready"]


async def test_a_crowd_is_not_told_of_reactions_in_words(tmp_path):
    async with House(tmp_path) as house:
        crowd = tuple(Account(UserRef("b", str(n)), str(n)) for n in range(60))
        house.bridge.observe(Roster(RoomRef("b", "r"), crowd))
        await house.say("anna@a", "hi", "1")
        await house.networks["a"].say(
            ReactionsSet(
                room=RoomRef("a", "r"), author=ANNA, target="1", keys=("👍",), time=1.0, ids=("2",)
            )
        )
        await house.sees("c", "anna: hi", "* anna reacted with 👍 to anna: “hi”")
        assert house.seen("b") == ["anna: hi"]


async def test_every_id_a_room_gives_can_be_referred_to_at_once(tmp_path):
    async with House(tmp_path) as house:
        network = house.networks["b"]
        network.can = Capabilities(replies=True)

        async def deliver(command, parts, done):
            network.delivered.append(command)
            return Delivered((("native-1",),))

        network.deliver = deliver
        await house.say("anna@a", "question", "1")
        await house.until(lambda: house.seen("b"))
        await house.say("bob@b", "answer", "b1", reply_to="native-1")
        await house.sees("c", "anna: question", "bob: anna: answer")

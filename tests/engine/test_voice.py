"""Finding the words for one room."""

import asyncio

from bridge.model import (
    Account,
    Capabilities,
    Delivered,
    LegPolicy,
    MessageEdited,
    ReactionsSet,
    RoomRef,
    Roster,
    Send,
    UserRef,
    from_text,
)
from bridge.store.rooms import Seat, link
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


async def test_a_room_without_threads_shows_what_is_said_in_one_among_the_rest(tmp_path):
    house = House(tmp_path)
    house.can["b"] = house.can["c"] = NATIVE
    house.policies["c"] = LegPolicy(threads=False)
    async with house:
        await house.say("anna@a", "root", "1")
        await house.say("bert@a", "in it", "2", thread="1")
        await house.say("carl@a", "really an answer", "3", thread="1", reply_to="2")
        lines = ["anna: root", "bert: in it", "carl: really an answer [answers bert]"]
        await house.sees("b", *lines)
        await house.sees("c", *lines)
        assert [bool(c.thread) for c in house.networks["b"].delivered] == [False, True, True]
        assert not any(command.thread for command in house.networks["c"].delivered)


async def test_a_room_without_threads_starts_none_elsewhere(tmp_path):
    house = House(tmp_path)
    house.can["b"] = NATIVE
    house.policies["a"] = LegPolicy(threads=False)
    async with house:
        await house.say("anna@a", "one", "1", thread="x")
        await house.say("anna@a", "two", "2", thread="x")
        await house.sees("b", "anna: one", "anna: two")
        assert not any(command.thread for command in house.networks["b"].delivered)


async def test_how_long_an_edit_is_held_is_the_rooms_own_choice(tmp_path):
    house = House(tmp_path, edit_hold=3600.0)
    house.policies["b"] = LegPolicy(edit_hold=0.05)
    async with house:
        await house.say("anna@a", "redy", "1")
        await house.networks["a"].say(edit(house, "ready", "2"))
        await house.sees("b", "anna: redy", "anna: *ready")
        await house.sees("c", "anna: redy")


async def test_a_room_that_is_linked_again_has_its_new_policy_at_once(tmp_path):
    async with House(tmp_path) as house:
        seat = Seat(RoomRef("b", "r"), "r", LegPolicy(edit_hold=0.0))
        house.bridge.place(await link(house.store.journal, "p", [seat], house.now))
        assert house.portal.outboxes[seat.room].voice.policy.edit_hold == 0.0


async def test_a_thread_is_named_where_there_are_none_now_and_then(tmp_path):
    house = House(tmp_path)
    house.can["a"] = house.can["b"] = NATIVE
    async with house:
        await house.say("anna@a", "who brings tea to the party on Friday?", "1")
        await house.say("bert@a", "me", "2", thread="1")
        await house.say("bert@a", "and milk", "3", thread="1")
        await house.sees(
            "c",
            "anna: who brings tea to the party on Friday?",
            "bert: [thread: “who brings tea to the party o…”] me",
            "bert: and milk",
        )
        house.now += 601
        await house.say("bert@a", "and sugar", "4", thread="1")
        await house.until(lambda: len(house.seen("c")) == 4)
        assert house.seen("c")[3] == "bert: [thread: “who brings tea to the party o…”] and sugar"


async def test_who_answers_in_a_thread_from_where_there_are_none_is_in_it(tmp_path):
    house = House(tmp_path)
    house.can["a"] = house.can["b"] = NATIVE
    async with house:
        await house.say("anna@a", "root", "1")
        await house.say("bert@a", "in it", "2", thread="1")
        await house.until(lambda: len(house.seen("c")) == 2)
        copy = house.networks["c"]._ids[house.networks["c"].delivered[1].key][0]
        await house.say("carl@c", "me too", "x", reply_to=copy)
        await house.until(lambda: len(house.seen("b")) == 3)
        assert house.networks["b"].delivered[2].thread is not None

"""Several reactions to a message are told in one line."""

from bridge.model import LegPolicy, Reacted, RoomRef
from tests.engine.house import House, person


async def react(house, who, key, added=True, *, number):
    account = person(who)
    room = RoomRef(account.user.network, "r")
    event = Reacted(
        room=room, author=account, target="1", key=key, time=house.now, added=added, ids=(number,)
    )
    await house.networks[room.network].say(event)


async def test_what_one_person_adds_within_a_moment_is_one_line(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await react(house, "bert@a", "👍", number="2")
        await react(house, "bert@a", "❤️", number="3")
        await react(house, "bert@a", "😱", number="4")
        await react(house, "bert@a", "😱", False, number="5")
        await house.sees("b", "anna: hi", "* bert reacted with 👍 ❤️ to anna: “hi”")
        await house.settle()
        assert len(house.seen("b")) == 2


async def test_who_reacts_in_the_same_way_joins_the_line(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await react(house, "bert@a", "👍", number="2")
        await react(house, "carl@a", "👍", number="3")
        await react(house, "dora@a", "🎉", number="4")
        await house.sees(
            "b",
            "anna: hi",
            "* bert reacted with 👍 to anna, as did carl: “hi”",
            "* dora reacted with 🎉 to anna: “hi”",
        )
        await house.settle()
        assert len(house.seen("b")) == 3


async def test_what_was_told_is_not_told_again(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await react(house, "bert@a", "👍", number="2")
        await house.sees("b", "anna: hi", "* bert reacted with 👍 to anna: “hi”")
        await house.settle()
        await react(house, "bert@a", "🎉", number="3")
        await house.until(lambda: len(house.seen("b")) == 3)
        assert house.seen("b")[2] == "* bert reacted with 🎉 to anna: “hi”"


async def test_a_line_that_did_not_get_through_says_the_same_when_it_does(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "1")
        await house.settle()
        house.networks["b"].up = False  # nobody has noticed yet
        await react(house, "bert@a", "👍", number="2")
        await react(house, "carl@a", "👍", number="3")
        outbox = house.portal.outboxes[RoomRef("b", "r")]
        await house.until(lambda: outbox.backlog == 1 and "later" in next(iter(outbox._timers), ""))
        house.networks["b"].set_up(True)
        await house.sees("b", "anna: hi", "* bert reacted with 👍 to anna, as did carl: “hi”")


async def test_a_room_decides_whether_it_is_told(tmp_path):
    house = House(tmp_path)
    house.policies["b"] = LegPolicy(reactions="off")
    async with house:
        await house.say("anna@a", "hi", "1")
        await react(house, "bert@a", "👍", number="2")
        await house.sees("c", "anna: hi", "* bert reacted with 👍 to anna: “hi”")
        await house.settle()
        assert house.seen("b") == ["anna: hi"]

"""Typing and read marks go where the person is seen."""

from bridge.model import Capabilities, ReadUpTo, RoomRef, Roster, Typing
from tests.engine.house import House, person

A, B = RoomRef("a", "r"), RoomRef("b", "r")
ANNA = person("anna@a")
SHOWS = Capabilities(typing=True, read_marks=True)


def shown(house, network, kind):
    return [state for state in house.networks[network].shown if isinstance(state, kind)]


async def test_typing_is_shown_where_somebody_has_a_puppet_and_it_can_be_shown(tmp_path):
    house = House(tmp_path)
    house.can["b"] = SHOWS
    async with house:
        house.bridge.observe(Roster(A, (ANNA,)))
        house.bridge.observe(Typing(A, ANNA, True))
        assert shown(house, "b", Typing) == []
        await house.say("anna@a", "hi")
        await house.settle()
        house.bridge.observe(Typing(A, ANNA, True))
        assert shown(house, "b", Typing) == [Typing(B, ANNA, True)]
        assert shown(house, "c", Typing) == []


async def test_a_read_mark_is_shown_with_the_ids_of_the_other_room(tmp_path):
    house = House(tmp_path)
    house.can["b"] = SHOWS
    async with house:
        house.bridge.observe(Roster(A, (ANNA,)))
        await house.say("anna@a", "hi")
        await house.say("bob@b", "hello", "native")
        await house.settle()
        [copy] = [ids for key, ids in house.networks["a"]._ids.items()]
        house.bridge.observe(ReadUpTo(A, ANNA, copy))
        house.bridge.observe(ReadUpTo(A, ANNA, ("nothing we know",)))
        assert shown(house, "b", ReadUpTo) == [ReadUpTo(B, ANNA, ("native",))]

"""People are told what did not become of what they said."""

from bridge.engine.authors import clear
from bridge.model import RoomRef, Tell
from tests.engine.house import House

A, B, C = (RoomRef(name, "r") for name in "abc")


def told(house, network):
    return [(c.user.id, c.text) for c in house.networks[network].delivered if isinstance(c, Tell)]


async def test_those_whose_messages_are_dropped_are_told_how_many(tmp_path):
    async with House(tmp_path) as house:
        house.networks["b"].set_up(False)
        for number in range(3):
            await house.say("anna@a", str(number))
        await house.say("carl@c", "hello")
        await house.settle()
        assert await clear(house.bridge.context, [house.portal.outboxes[B]]) == 4
        await house.until(lambda: told(house, "a") and told(house, "c"))
        [(user, text)] = told(house, "a")
        assert (user, text.split(" were")[0]) == (
            "anna",
            "3 messages of yours that waited for r on b",
        )
        [(_, text)] = told(house, "c")
        assert text.startswith("A message of yours that waited for r on b was dropped by an admin")


async def test_a_notice_for_a_room_that_is_cleared_as_well_is_not_dropped(tmp_path):
    async with House(tmp_path) as house:
        house.networks["a"].set_up(False)
        house.networks["b"].set_up(False)
        await house.say("anna@a", "hi")
        await house.settle()
        outboxes = [house.portal.outboxes[room] for room in (B, A)]
        assert await clear(house.bridge.context, outboxes) == 1
        house.networks["a"].set_up(True)
        await house.until(lambda: told(house, "a"))


async def test_what_came_past_the_limit_is_told_as_well(tmp_path):
    async with House(tmp_path, backlog_lines=2) as house:
        house.networks["b"].set_up(False)
        for number in range(5):
            await house.say("anna@a", str(number))
        await house.settle()
        assert await clear(house.bridge.context, [house.portal.outboxes[B]]) == 5
        await house.until(
            lambda: any("5 messages of yours" in text for _, text in told(house, "a"))
        )

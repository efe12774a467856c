"""One queue for each portal."""

from bridge.core.echo import REPEATS
from bridge.engine.portal import Arrival
from bridge.model import Capabilities, CopyConfirmed, LegPolicy, RoomRef, Roster, Tell
from bridge.store import pending
from tests.engine.house import House, person


async def test_events_of_one_drain_refer_to_each_other(tmp_path):
    """A message, its answer and the answer's answer come at once; nothing of it is on the disk."""
    async with House(tmp_path) as house:
        first = house.message("anna@a", "one", "1")
        second = house.message("bert@a", "two", "2", reply_to="1")
        third = house.message("anna@a", "three", "3", reply_to="2")
        house.portal.push(Arrival(event, house.now) for event in (first, second, third))
        await house.until(lambda: len(house.seen("b")) == 3)
        await house.settle()
        [(second, _), (third, _)] = await house.store.reader.rows(
            "SELECT target, id FROM events WHERE target IS NOT NULL ORDER BY id"
        )
        assert (second, third) == (1, 2)


async def test_the_same_text_again_and_again_stops(tmp_path):
    async with House(tmp_path) as house:
        for number in range(REPEATS + 3):
            await house.say("anna@a", "spam", str(number))
        await house.settle()
        assert house.seen("b") == ["anna: spam"] * REPEATS
        told = [c for c in house.networks["a"].delivered if isinstance(c, Tell)]
        assert len(told) == 1
        house.now += 11
        await house.say("anna@a", "spam", "later")
        await house.until(lambda: len(house.seen("b")) == REPEATS + 1)


async def test_an_event_of_a_room_that_was_just_unlinked_is_dropped(tmp_path):
    async with House(tmp_path) as house:
        event = CopyConfirmed(room=RoomRef("z", "r"), key="k", part=0, ids=())
        house.portal.push([Arrival(event, house.now)])
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")


async def test_a_line_that_begins_with_a_name_may_be_an_answer(tmp_path):
    house = House(tmp_path)
    house.policies["b"] = LegPolicy(answers_by_name=True)
    house.can["c"] = Capabilities(replies=True)
    async with house:
        house.bridge.observe(Roster(RoomRef("a", "r"), (person("anna@a"),)))
        await house.say("anna@a", "tea?", "1")
        await house.say("bob@b", "anna: yes", "2")
        await house.sees("c", "anna: tea?", "bob: anna: yes [answers anna]")
        await house.sees("a", "bob: anna: yes")  # not her name twice
        await house.say("anna@a", "and cake?", "3")
        await house.say("anna@a", "or bread?", "4")
        await house.say("bob@b", "anna: cake", "5")  # which of them?
        await house.say("anna@a", "fine", "6")
        house.now += 600
        await house.say("bob@b", "anna: what a day", "7")  # too late to be meant
        await house.until(lambda: len(house.seen("c")) == 7)
        assert [line for line in house.seen("c") if "answers" in line] == [
            "bob: anna: yes [answers anna]"
        ]


async def test_a_name_at_the_beginning_is_no_answer_unless_the_link_says_so(tmp_path):
    house = House(tmp_path)
    house.can["c"] = Capabilities(replies=True)
    async with house:
        house.bridge.observe(Roster(RoomRef("a", "r"), (person("anna@a"),)))
        await house.say("anna@a", "tea?", "1")
        await house.say("bob@b", "anna: yes", "2")
        await house.sees("c", "anna: tea?", "bob: anna: yes")


async def test_what_cannot_be_recorded_is_laid_aside_and_costs_no_other_event(tmp_path):
    async with House(tmp_path) as house:
        record = house.portal._recorder.record

        def stumble(arrival, *rest):
            if arrival.event.ids == ("poison",):
                raise RuntimeError("no room for it")
            return record(arrival, *rest)

        house.portal._recorder.record = stumble
        for text in ("one", "poison", "two"):
            house.bridge.report(house.message("anna@a", text))
        await house.sees("b", "anna: one", "anna: two")
        await house.settle()
        count, _ = await pending.quarantined(house.store.reader)
        assert count == 1

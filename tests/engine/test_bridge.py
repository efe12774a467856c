"""Events find their way from one network to the others, and nothing is lost on it."""

import asyncio

import pytest

from bridge.model import (
    Announcement,
    CopyConfirmed,
    LegPolicy,
    MembersChanged,
    NetworkStatus,
    RoomRef,
    StorageFailed,
    Tell,
    TopicChanged,
)
from bridge.store import messages, pending
from tests.engine.house import House, person


async def test_what_is_said_in_one_room_is_told_in_the_others(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")
        await house.sees("c", "anna: hi")
        assert house.seen("a") == []


async def test_the_copies_of_a_message_are_known_in_every_room(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "sid:1", "oid:1")
        await house.settle()
        outboxes = house.portal.outboxes
        found = {
            room.network: set(await messages.natives(house.store.reader, 1, outbox.number))
            for room, outbox in outboxes.items()
        }
        assert found == {"a": {"sid:1", "oid:1"}, "b": {"1"}, "c": {"1"}}


async def test_an_event_that_is_pushed_again_is_told_once_even_after_a_restart(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "hi", "$1")
        await house.say("anna@a", "hi", "$1")
        await house.settle()
        await house.restart()
        await house.say("anna@a", "hi", "$1")
        await house.say("anna@a", "more", "$2")
        await house.sees("b", "anna: hi", "anna: more")


async def test_what_was_accepted_but_not_decided_is_decided_after_a_restart(tmp_path):
    async with House(tmp_path) as house:
        event = house.message("anna@a", "hi", "$1")
        await house.store.journal.accepted((99, house.now, messages.encode_event(event)))
        await house.restart()
        await house.sees("b", "anna: hi")
        await house.settle()
        assert await pending.inbox(house.store.reader) == ([], [])


async def test_what_was_decided_but_not_delivered_is_delivered_after_a_restart(tmp_path):
    async with House(tmp_path) as house:
        house.networks["b"].set_up(False)
        house.down.add("b")
        for number in range(20):
            await house.say("anna@a", str(number))
        await house.settle()
        await house.restart()
        await house.settle()
        assert house.seen("b") == []
        house.networks["b"].set_up(True)
        await house.sees("b", *(f"anna: {number}" for number in range(20)))


async def test_after_a_restart_everything_undelivered_is_in_doubt(tmp_path):
    async with House(tmp_path) as house:
        house.down.add("b")
        house.networks["b"].set_up(False)
        for who in ("anna@a", "carl@c"):
            for text in ("1", "2"):
                await house.say(who, text, f"{who}{text}")
        await house.settle()
        await house.restart()
        house.networks["b"].set_up(True)
        await house.until(lambda: len(house.seen("b")) == 4)
        assert all(c.doubtful for c in house.networks["b"].delivered)


async def test_an_event_without_unicode_is_put_aside_and_does_not_stop_the_next(tmp_path):
    async with House(tmp_path) as house:
        await house.say("anna@a", "bad \ud800", "1")
        house.bridge.report(house.message("bad\udfff@a", "x", "2"))
        await house.say("anna@a", "good", "3")
        await house.sees("b", "anna: good")
        await house.settle()
        count, latest = await pending.quarantined(house.store.reader)
        assert count == 2
        assert "UnicodeEncodeError" in latest[0][1]


async def test_a_topic_is_told_once_and_a_stale_one_not_at_all(tmp_path):
    async with House(tmp_path) as house:

        def topic(text, time):
            return TopicChanged(room=RoomRef("a", "r"), topic=text, time=time)

        await house.networks["a"].say(topic("one", 10.0))
        await house.sees("b", "SetTopic: one")
        await house.settle()
        await house.restart()
        await house.networks["a"].say(topic("one", 11.0), topic("old", 5.0), topic("two", 12.0))
        await house.sees("b", "SetTopic: one", "SetTopic: two")


async def test_rooms_that_are_not_linked_are_nobodys_business(tmp_path):
    async with House(tmp_path) as house:
        other = RoomRef("a", "elsewhere")
        house.bridge.report(
            CopyConfirmed(room=other, key=f"{house.bridge.context.mark}.1.1", part=0, ids=("x",))
        )
        house.bridge.observe(MembersChanged(other, left=(person("anna@a").user,)))
        await house.networks["a"].say(TopicChanged(room=other, topic="t", time=1.0))
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")


@pytest.mark.parametrize("key", ["", "nonsense", "mark.xyz.1", "other.1.1"])
async def test_a_confirmation_with_a_strange_key_is_harmless(tmp_path, key):
    async with House(tmp_path) as house:
        key = key.replace("mark", house.bridge.context.mark)
        house.bridge.report(CopyConfirmed(room=RoomRef("a", "r"), key=key, part=0, ids=("x",)))
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")


async def test_when_nothing_can_be_stored_every_room_hears_it_and_nothing_is_accepted(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("bridge.store.journal._RETRY", 0.05)
    async with House(tmp_path) as house:
        journal = house.store.journal
        [(pages,)] = await journal.run(lambda db: db.execute("PRAGMA page_count").fetchall())
        await journal.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchall())
        many = (house.message("anna@a", f"{number} {'x' * 5000}") for number in range(100))
        with pytest.raises(StorageFailed):
            await house.networks["a"].say(*many)
        for network in house.networks.values():
            said = [s.text for s in network.shown if isinstance(s, Announcement)]
            assert said
            assert "cannot store" in said[0]
        journal._db.execute("PRAGMA max_page_count = 1000000")  # the admin makes room
        await house.until(lambda: not journal.failure)
        await house.say("anna@a", "works again", "new")
        await house.until(lambda: "anna: works again" in house.seen("b"))
        assert "can store messages again" in house.networks["c"].shown[-1].text


async def test_a_network_that_falls_over_is_started_again_and_the_others_go_on(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("bridge.engine.supervisor._PAUSES", (0.02,))
    async with House(tmp_path) as house:
        crashed = house.networks["b"]
        run, runs = crashed.run, []

        async def stumble(host):
            runs.append(host)
            if len(runs) == 1:
                raise RuntimeError("oops")
            await run(host)

        crashed.run = stumble
        house.bridge._tasks[1].cancel()
        await asyncio.sleep(0)
        house.bridge.start(_NoMore(house, crashed))
        await house.until(lambda: len(runs) == 2)
        await house.say("anna@a", "hi")
        await house.sees("c", "anna: hi")


class _NoMore:
    def __init__(self, house, network):
        house.bridge.networks = {network.name: network}


async def test_a_networks_state_is_kept_for_the_status_page(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(NetworkStatus("b", False, "wrong secret"))
        assert house.bridge.status["b"].detail == "wrong secret"


async def test_an_unlinked_room_is_left_and_hears_no_more(tmp_path):
    async with House(tmp_path) as house:
        room = RoomRef("c", "r")
        await house.bridge.remove(house.portal, [room])
        assert room not in house.networks["c"].rooms
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")
        assert house.seen("c") == []
        await house.restart()
        assert [r.network for r in house.portal.legs] == ["a", "b"]


async def test_one_way_links_are_one_way(tmp_path):
    house = House(tmp_path)
    house.policies["b"] = LegPolicy(direction="out")
    async with house:
        await house.say("bob@b", "nobody hears me")
        await house.say("anna@a", "hi")
        await house.sees("b", "anna: hi")
        await house.sees("c", "anna: hi")
        assert house.seen("a") == []


async def test_somebody_is_told_what_became_of_their_message(tmp_path):
    async with House(tmp_path) as house:
        mark = house.bridge.context.mark
        number = house.portal.outboxes[RoomRef("b", "r")].number
        house.networks["b"].refused[f"{mark}.1.{number:x}"] = "you are banned"
        await house.say("anna@a", "hi", "sid:1")
        await house.until(lambda: house.networks["a"].delivered)
        [told] = house.networks["a"].delivered
        assert isinstance(told, Tell)
        assert (told.user, told.about) == (person("anna@a").user, ("sid:1",))
        assert told.text == "Your message was not delivered to r on b: you are banned"
        await house.sees("c", "anna: hi")


async def test_rows_that_cannot_be_read_are_laid_aside_and_stop_nothing(tmp_path):
    house = House(tmp_path)
    async with house:
        house.networks["b"].set_up(False)
        await house.say("anna@a", "hi", "1")
        await house.settle()
        number = house.store.number("outbox")
        odd = (number, 1, "", None, b'{"type":"sing"}', 5.0, None, 0, 0, 0.0)
        house.store.journal.add("outbox", odd)
        await house.store.journal.accepted((house.store.number("inbox"), 2.0, b"{}"))
        house.down.discard("b")
        await house.restart()
        await house.sees("b", "anna: hi")
        await house.settle()
        count, latest = await pending.quarantined(house.store.reader)
        assert count == 2
        assert {error.split(":")[0] for _, error in latest} == {"an outbox row", "an inbox row"}
        assert await pending.outbox(house.store.reader) == ([], [])
        assert await pending.inbox(house.store.reader) == ([], [])

"""Order within a lane, several lanes at work, back-off, limits of the backlog."""

import asyncio

import pytest

from bridge.model import (
    CopyConfirmed,
    Delivered,
    Rejected,
    RoomRef,
    RoomStatus,
    Say,
    Unavailable,
)
from bridge.store import pending
from tests.engine.house import House

B = RoomRef("b", "r")


async def test_each_authors_order_is_kept_whatever_fails_in_between(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.engine.outbox.BACKOFF", (0.001,))
    async with House(tmp_path) as house:
        network = house.networks["b"]
        deliver, calls = network.deliver, 0

        async def flaky(command, parts, done):
            nonlocal calls
            calls += 1
            await asyncio.sleep(0)
            if calls % 3 == 0:
                raise Unavailable("hiccup")
            return await deliver(command, parts, done)

        network.deliver = flaky
        for number in range(60):
            await house.say(f"{'anna' if number % 2 else 'bert'}@a", f"{number:02}")
        await house.until(lambda: len(house.seen("b")) == 60)
        for name in ("anna", "bert"):
            mine = [line for line in house.seen("b") if line.startswith(name)]
            assert mine == sorted(mine)
            assert len(mine) == 30


async def test_what_comes_as_the_last_worker_ends_is_told_at_once(tmp_path):
    async with House(tmp_path) as house:
        outbox, loop = house.portal.outboxes[B], asyncio.get_running_loop()
        rows = [
            pending.OutboxRow(
                id=number,
                room=outbox.number,
                lane="bridge",
                event=None,
                command=Say(key=f"k{number}", room=B, text=f"{number}"),
                created_at=house.now,
            )
            for number in (1, 2)
        ]
        outbox.add(rows[0])
        loop.call_soon(outbox.put, rows[1])  # in the very turn in which the worker is done
        await house.sees("b", "Say: 1", "Say: 2")


async def test_a_slow_speaker_does_not_hold_up_the_others(tmp_path):
    async with House(tmp_path) as house:
        network = house.networks["b"]
        deliver, gate = network.deliver, asyncio.Event()

        async def slow(command, parts, done):
            if command.speaker.name == "anna":
                await gate.wait()
            return await deliver(command, parts, done)

        network.deliver = slow
        await house.say("anna@a", "slow")
        await house.say("bert@a", "quick")
        await house.sees("b", "bert: quick")
        gate.set()
        await house.sees("b", "bert: quick", "anna: slow")


async def test_what_is_refused_now_is_tried_later_and_in_doubt_only_if_it_left(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("bridge.engine.outbox.BACKOFF", (0.001,))
    async with House(tmp_path) as house:
        network = house.networks["b"]
        doubts = []
        failures = [Unavailable("not joined", sent=False), Unavailable("lost"), None]

        async def deliver(command, parts, done):
            doubts.append(command.doubtful)
            if failure := failures.pop(0):
                raise failure
            return Delivered((("1",),))

        network.deliver = deliver
        await house.say("anna@a", "hi")
        await house.until(lambda: len(doubts) == 3)
        assert doubts == [False, False, True]


async def test_a_retry_goes_on_with_the_same_parts_at_the_one_that_failed(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.engine.outbox.BACKOFF", (0.001,))
    async with House(tmp_path) as house:
        network = house.networks["b"]
        network.render = lambda command: ("one", "two", "three")
        tries = []

        async def deliver(command, parts, done):
            tries.append((parts, done))
            if len(tries) == 1:
                network._host.report(CopyConfirmed(room=B, key=command.key, part=0, ids=("m0",)))
                network.render = lambda command: ("changed",)
                raise Unavailable("lost")
            return Delivered((("m1",), ("m2",)))

        network.deliver = deliver
        await house.say("anna@a", "long")
        await house.until(lambda: len(tries) == 2)
        assert tries[1] == (("one", "two", "three"), 1)
        await house.settle()
        rows = await house.store.reader.rows(
            "SELECT native, part FROM copies WHERE native LIKE 'm%' ORDER BY part"
        )
        assert rows == [("m0", 0), ("m1", 1), ("m2", 2)]


async def test_frozen_parts_and_progress_survive_a_restart(tmp_path):
    async with House(tmp_path) as house:
        network = house.networks["b"]
        network.render = lambda command: ("one", "two")
        reached = asyncio.Event()

        async def hang(command, parts, done):
            network._host.report(CopyConfirmed(room=B, key=command.key, part=0, ids=("m0",)))
            reached.set()
            await asyncio.Event().wait()

        network.deliver = hang
        await house.say("anna@a", "long")
        await reached.wait()
        await house.close()
        house.down.add("b")
        await house.open()
        [row], _ = await pending.outbox(house.store.reader)
        assert (row.parts, row.done) == (("one", "two"), 1)


async def test_past_the_limit_the_rest_is_one_line_and_authors_are_told_once(tmp_path):
    async with House(tmp_path, backlog_lines=5) as house:
        house.networks["b"].set_up(False)
        for number in range(12):
            await house.say("anna@a", str(number))
        await house.settle()
        await house.until(lambda: house.networks["a"].delivered)
        told = house.networks["a"].delivered
        assert len(told) == 1
        assert "will only be linked to" in told[0].text
        house.down.add("b")
        await house.restart()
        await house.say("anna@a", "12")
        await house.settle()
        house.networks["b"].set_up(True)
        number = house.portal.outboxes[B].number
        await house.until(lambda: len(house.seen("b")) == 6)
        assert house.seen("b")[:5] == [f"anna: {number}" for number in range(5)]
        assert house.seen("b")[5].startswith("Say: [8 messages ")
        assert f"http://t/missed.{number:x}.6.d]" in house.seen("b")[5]
        await house.say("anna@a", "live again")
        await house.until(lambda: house.seen("b")[-1] == "anna: live again")


async def test_what_waited_too_long_is_one_line_before_the_rest(tmp_path):
    async with House(tmp_path, backlog_age=3600) as house:
        house.networks["b"].set_up(False)
        for text in ("old", "older"):
            await house.say("anna@a", text)
        await house.settle()
        house.now += 4000
        await house.say("anna@a", "fresh")
        await house.settle()
        house.networks["b"].set_up(True)
        await house.until(lambda: len(house.seen("b")) == 2)
        assert [line[:6] for line in house.seen("b")] == ["Say: [", "anna: "]
        await house.settle()
        assert await pending.outbox(house.store.reader) == ([], [])


async def test_a_late_message_comes_with_its_time(tmp_path):
    async with House(tmp_path) as house:
        house.networks["b"].set_up(False)
        await house.say("anna@a", "hi")
        await house.settle()
        house.now += 120
        house.networks["b"].set_up(True)
        await house.until(lambda: house.seen("b"))
        assert house.seen("b")[0].startswith("anna: [")
        assert house.seen("b")[0].endswith("] hi")


async def test_a_queue_can_be_cleared(tmp_path):
    async with House(tmp_path) as house:
        house.networks["b"].set_up(False)
        for number in range(3):
            await house.say("anna@a", str(number))
        await house.settle()
        outbox = house.portal.outboxes[B]
        assert outbox.oldest() == house.now
        assert outbox.clear() == 3
        house.networks["b"].set_up(True)
        await house.say("anna@a", "next")
        await house.sees("b", "anna: next")


@pytest.mark.parametrize("native", ["\ud800", "ok"])
async def test_an_id_that_cannot_be_stored_is_left_out(tmp_path, native):
    async with House(tmp_path) as house:

        async def deliver(command, parts, done):
            return Delivered(((native, "good"),))

        house.networks["b"].deliver = deliver
        await house.say("anna@a", "hi")
        await house.settle()
        rows = await house.store.reader.rows("SELECT native FROM copies WHERE native = 'good'")
        assert rows == [("good",)]


async def test_an_answer_to_what_was_dropped_is_not_held_up(tmp_path):
    async with House(tmp_path) as house:
        house.networks["b"].set_up(False)
        await house.say("anna@a", "question", "1")
        await house.settle()
        assert house.portal.outboxes[B].clear() == 1
        house.networks["b"].set_up(True)
        await house.say("bert@a", "answer", "2", reply_to="1")
        await house.sees("b", "bert: anna: answer")


async def test_a_later_part_that_is_evident_says_nothing_of_an_earlier_one(tmp_path):
    async with House(tmp_path) as house:
        network, tried = house.networks["b"], []
        network.render = lambda command: ("one", "two", "three")
        answers = [Unavailable("gone"), Unavailable("gone"), Delivered()]

        async def deliver(command, parts, done):
            tried.append(done)
            confirm = {1: (2, 0), 2: (1,)}.get(len(tried), ())
            for part in confirm:
                house.bridge.report(
                    CopyConfirmed(room=B, key=command.key, part=part, ids=(f"p{part}",))
                )
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        network.deliver = deliver
        await house.say("anna@a", "long")
        for attempt in range(1, 3):
            await house.until(lambda n=attempt: len(tried) == n)
            await house.until(lambda: house.portal.outboxes[B]._timers)
            house.bridge.observe(RoomStatus(B, True))
        await house.settle()
        # Part 2 was evident first, then part 0; part 1 was not, until it was.
        assert tried == [0, 1]


async def test_who_is_refused_is_told_in_the_transaction_that_settles_it(tmp_path):
    async with House(tmp_path) as house:
        network, journal, batches = house.networks["b"], house.store.journal, []
        commit = journal._commit

        def note(batch):
            batches.append({name: len(rows) for name, rows in batch.rows.items()})
            commit(batch)

        async def deliver(command, parts, done):
            await journal.committed()
            raise Rejected("no")

        journal._commit, network.deliver = note, deliver
        house.networks["a"].set_up(False)
        await house.say("anna@a", "hi")
        await house.until(lambda: house.portal.outboxes[RoomRef("a", "r")].backlog)
        await journal.committed()
        [batch] = [batch for batch in batches if "outbox" in batch and "event" not in batch]
        assert batch["delivered"] >= 1

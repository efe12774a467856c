"""Whoever has a seat speaks there first."""

import asyncio

from bridge.model import MessageEdited, from_text, plain
from tests.engine.hosted import ANNA, ROOM


async def test_what_is_said_is_heard_by_all_once_the_network_behind_has_it(gateway):
    await gateway.enter()
    gateway.net.answer.clear()
    gateway.say("hi")
    await asyncio.sleep(0.05)
    assert gateway.presented() == []
    gateway.net.answer.set()
    await gateway.until(lambda: gateway.presented())
    assert gateway.presented() == [("anna", "hi")]
    assert gateway.host.presented[0].key == "sid-hi"
    assert [plain(c.content) for c in gateway.net.delivered] == ["hi"]


async def test_many_lines_keep_their_order_and_do_not_wait_for_each_other(gateway):
    await gateway.enter()
    gateway.net.answer.clear()
    for number in range(50):
        gateway.say(str(number))
    await gateway.until(lambda: len(gateway.net.asked) == 1)
    gateway.net.answer.set()
    await gateway.until(lambda: len(gateway.presented()) == 50)
    assert [text for _, text in gateway.presented()] == [str(n) for n in range(50)]
    assert [plain(c.content) for c in gateway.net.delivered] == [str(n) for n in range(50)]


async def test_who_may_not_speak_there_is_heard_nowhere_and_told(gateway):
    await gateway.enter()
    gateway.net.mute.add(ANNA.user)
    gateway.say("hi")
    await gateway.until(gateway.host.tells)
    [tell] = gateway.host.tells()
    assert (tell.user, tell.about, tell.why) == (ANNA.user, ("sid-hi", "attr-hi"), "forbidden")
    assert tell.text == "Cannot send to channel (+m)"
    assert gateway.presented() == []


async def test_a_silent_network_holds_nobody_up_and_its_refusal_takes_the_words_back(
    gateway, monkeypatch
):
    monkeypatch.setattr("bridge.engine.floor.PATIENCE", 0.05)
    await gateway.enter()
    gateway.net.answer.clear()
    gateway.say("hi")
    await gateway.until(lambda: gateway.presented() == [("anna", "hi")])
    gateway.net.mute.add(ANNA.user)
    gateway.net.answer.set()
    await gateway.until(lambda: len(gateway.host.presented) == 2)
    assert "sid-hi" in gateway.host.presented[1].target[0]
    assert await gateway.past() == []


async def test_what_is_done_to_a_message_that_still_waits_comes_after_it(gateway):
    await gateway.enter()
    gateway.net.answer.clear()
    gateway.say("redy")
    gateway.host.bridge.report(
        MessageEdited(
            room=ROOM,
            author=ANNA,
            target="attr-redy",
            content=from_text("ready"),
            time=gateway.now,
            ids=("sid-e",),
        )
    )
    await asyncio.sleep(0.05)
    assert gateway.host.presented == []
    gateway.net.answer.set()
    await gateway.until(lambda: len(gateway.host.presented) == 2)
    assert [command.key for command in gateway.host.presented] == ["sid-redy", "sid-e"]


async def test_what_cannot_be_said_ahead_goes_the_usual_way(gateway, monkeypatch):
    await gateway.enter()

    def stumble(command):
        monkeypatch.undo()
        raise RuntimeError("no such luck")

    monkeypatch.setattr(gateway.net, "render", stumble)
    gateway.say("hi")
    await gateway.until(lambda: gateway.presented() == [("anna", "hi")])
    await gateway.until(lambda: gateway.net.delivered)
    assert plain(gateway.net.delivered[0].content) == "hi"

"""A hosted room is shown what is in the archive, under names of its own."""

from bridge.model import MessageEdited, MessageRetracted, Past, Reacted, from_text, plain
from tests.engine.hosted import ANNA, ROOM


async def test_what_is_heard_behind_has_a_stable_name_that_tells_nothing(gateway):
    await gateway.enter()
    gateway.hear("hello")
    await gateway.until(lambda: gateway.presented())
    [send] = gateway.host.presented
    assert plain(send.content) == "hello"
    assert len(send.key) == 24
    assert send.key.isalnum()
    [again] = await gateway.host.bridge.past(ROOM, ANNA.user, Past())
    assert again.key == send.key


async def test_answers_edits_reactions_and_retractions_find_each_other(gateway):
    await gateway.enter()
    gateway.hear("hello")
    await gateway.until(lambda: gateway.presented())
    key = gateway.host.presented[0].key
    gateway.say("hey", reply_to=key)
    await gateway.until(lambda: len(gateway.host.presented) == 2)
    assert gateway.host.presented[1].reply.ids[0] == key
    assert plain(gateway.net.delivered[0].content) == "bob: hey"
    now, report = gateway.now, gateway.host.bridge.report
    edit = {"author": ANNA, "target": "attr-hey", "content": from_text("ho"), "time": now}
    report(MessageEdited(room=ROOM, ids=("sid-e",), **edit))
    report(Reacted(room=ROOM, author=ANNA, target=key, key="+1", time=now, ids=("sid-r",)))
    await gateway.until(lambda: len(gateway.host.presented) == 4)
    change, reaction = gateway.host.presented[2:]
    assert (change.key, set(change.target[0])) == ("sid-e", {"attr-hey", "sid-hey"})
    assert (reaction.key, reaction.target) == ("sid-r", (key,))
    report(MessageRetracted(room=ROOM, author=ANNA, target="sid-hey", time=now, ids=("sid-x",)))
    await gateway.until(lambda: len(gateway.host.presented) == 5)
    assert gateway.host.presented[4].key == "sid-x"

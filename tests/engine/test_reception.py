"""People enter hosted rooms, and read what they may."""

import pytest

from bridge.model import (
    Enter,
    Leave,
    MessageEdited,
    PuppetNamed,
    Rejected,
    RoomRef,
    Roster,
    SeatLost,
    Send,
    Standing,
    Standings,
    from_text,
)
from tests.engine.hosted import ANNA, BOB, OTTO, ROOM, behind


async def test_who_enters_sees_who_is_there_and_is_called_as_the_network_wants(gateway):
    standing = Standing("operator", away="lunch", address="~b@host")
    gateway.net.people["#c"] = ((BOB,), ((BOB.user, standing),))
    entered = await gateway.enter()
    assert (entered.nick, entered.topic) == ("anna_", "welcome")
    assert gateway.host.displayed == [
        Roster(ROOM, (BOB,)),
        Standings(ROOM, ((BOB.user, standing),)),
        PuppetNamed(ROOM, ANNA.user, "anna_"),
    ]
    policies = {room: leg.policy for room, leg in gateway.bridge.portal_of(ROOM).legs.items()}
    assert policies[ROOM].hosted
    assert policies[behind("#c")].by_seats


async def test_who_is_refused_leaves_nothing_behind(gateway):
    room = RoomRef("xmpp", "#closed%irc.net.example@gw")
    with pytest.raises(Rejected) as refused:
        await gateway.enter(channel="#closed", room=room)
    assert refused.value.why == "closed"
    assert gateway.bridge.portals == {}
    with pytest.raises(Rejected, match=r"irc\.other"):
        await gateway.host.bridge.ask(
            Enter(person=ANNA, room=room, network="irc.other", address="#c", nick="anna")
        )


async def test_nobody_reads_what_was_said_before_they_came_or_after_they_left(gateway):
    await gateway.enter()
    gateway.hear("one")
    await gateway.until(lambda: len(gateway.presented()) == 1)
    await gateway.enter(OTTO)
    assert await gateway.past(OTTO) == []
    gateway.hear("two")
    await gateway.until(lambda: len(gateway.presented()) == 2)
    assert await gateway.past() == ["one", "two"]
    assert await gateway.past(OTTO) == ["two"]
    await gateway.host.bridge.ask(Leave(person=OTTO, room=ROOM))
    gateway.hear("three")
    await gateway.until(lambda: len(gateway.presented()) == 3)
    await gateway.enter(OTTO)
    assert await gateway.past(OTTO) == ["two"]
    assert await gateway.past(count=1) == ["three"]
    assert await gateway.past(since=gateway.now + 1) == []
    gateway.hear("old", live=False)
    await gateway.until(lambda: len(gateway.presented()) == 4)
    gateway.now -= 60
    gateway.hear("yesterday's")
    await gateway.until(lambda: len(gateway.presented()) == 5)
    assert await gateway.past(OTTO) == ["two", "old"]


async def test_who_lost_the_seat_reads_no_more_and_a_restart_ends_all_spans(gateway):
    await gateway.enter()
    gateway.hear("one")
    await gateway.until(lambda: gateway.presented())
    gateway.net._host.observe(SeatLost(behind("#c"), ANNA.user, "kicked", "bob", "spam"))
    await gateway.until(lambda: SeatLost(ROOM, ANNA.user, "kicked", "bob", "spam")
                        in gateway.host.displayed)  # fmt: skip
    await gateway.close()
    await gateway.open()
    gateway.hear("two")
    await gateway.until(lambda: len(gateway.presented()) == 2)
    assert await gateway.past() == ["one"]
    again = await gateway.enter()
    assert again.nick == "anna_"
    gateway.say("back")
    await gateway.until(lambda: len(gateway.presented()) == 3)
    assert isinstance(gateway.host.presented[2], Send)
    assert await gateway.past() == ["one", "back"]


async def test_what_needs_a_seat_is_refused_to_who_has_none(gateway):
    await gateway.enter()
    with pytest.raises(Rejected, match="not in this room"):
        await gateway.host.bridge.ask(Leave(person=OTTO, room=ROOM))


async def test_what_was_edited_is_read_later_as_it_is_now(gateway):
    await gateway.enter()
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
    await gateway.until(lambda: len(gateway.host.presented) == 2)
    assert await gateway.past() == ["ready"]

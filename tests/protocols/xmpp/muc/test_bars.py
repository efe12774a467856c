"""Bars: who was put out stays out for a while, and is told once."""

import pytest

from bridge.model import UserRef
from protocols.xmpp.muc import bars as module
from protocols.xmpp.muc.bars import Bars, How
from tests.protocols.xmpp.bridge import Memory

BOB = UserRef("irc", "bob the builder")


@pytest.mark.parametrize("how", ["kicked", "banned"])
async def test_a_kick_and_a_ban_are_kept_over_a_restart(how: How) -> None:
    state = Memory()
    first = Bars("room@muc", state)
    first.put(BOB, how)
    await first.save(BOB)
    later = Bars("room@muc", state)
    await later.load()
    assert later.stands(BOB) == how
    assert later.was_told(BOB)
    await later.lift(BOB)
    assert later.stands(BOB) is None
    assert state.facts == {}


async def test_a_refusal_is_short_and_forgotten() -> None:
    state = Memory()
    bars = Bars("room@muc", state)
    bars.put(BOB, "refused")
    await bars.save(BOB)
    assert bars.stands(BOB) == "refused"
    assert not bars.was_told(BOB)
    assert state.facts == {}


async def test_bars_end_by_themselves_but_nobody_is_told_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bars = Bars("room@muc", Memory())
    bars.put(BOB, "banned")
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 86_401)
    assert bars.stands(BOB) is None
    assert bars.was_told(BOB)


async def test_another_link_begins_without_grudges() -> None:
    state = Memory()
    bars, other = Bars("room@muc", state), Bars("room2@muc", state)
    for each in (bars, other):
        each.put(BOB, "banned")
        await each.save(BOB)
    await bars.forget()
    assert bars.stands(BOB) is None
    assert list(state.facts) == ["barred:room2@muc irc bob the builder"]

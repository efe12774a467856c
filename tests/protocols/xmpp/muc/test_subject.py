"""The subject: only news is news."""

import asyncio

import pytest

from bridge.model import Unavailable
from protocols.xmpp.muc.subject import Subject
from tests.protocols.xmpp.bridge import Memory


async def test_what_a_room_had_before_we_came_is_no_news() -> None:
    subject = Subject("room@muc", Memory())
    await subject.load()
    assert not subject.became("old")
    assert not subject.became("old")
    assert subject.became("new")
    assert subject.became("")


async def test_it_is_remembered_over_a_restart() -> None:
    state = Memory()
    first = Subject("room@muc", state)
    first.became("kept")
    await first.save()
    second = Subject("room@muc", state)
    await second.load()
    assert not second.became("kept")
    assert second.became("changed while we were away")
    await second.forget()
    assert state.facts == {}
    assert not second.became("another link")


async def test_a_change_of_ours_can_be_waited_for() -> None:
    subject = Subject("room@muc", Memory())
    changed = subject.expect("ours")
    assert subject.expect("ours") is changed
    subject.became("theirs")
    assert not changed.done()
    subject.became("ours")
    await asyncio.wait_for(changed, 1)
    lost = subject.expect("never")
    subject.lost(Unavailable("gone"))
    with pytest.raises(Unavailable):
        await lost


async def test_a_subject_that_the_service_has_trimmed_is_still_ours() -> None:
    subject = Subject("room@muc", Memory())
    subject.became("before")
    changed = subject.expect("ours  ")
    assert not subject.became("ours", ours=True)
    await asyncio.wait_for(changed, 1)
    subject.expect("never").cancel()
    subject.abandon("never")

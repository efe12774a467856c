"""Evidence: our own marks are known again, others' are not, and late copies count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import CopyConfirmed, RoomRef, Unavailable
from protocols.xmpp.decode import Failure
from protocols.xmpp.muc import evidence as module
from protocols.xmpp.muc.evidence import Evidence, Marks, Refused

ROOM = RoomRef("xmpp", "room@muc")


@given(st.text(), st.text())
def test_marks_are_always_the_same_and_only_ours(room: str, key: str) -> None:
    mark = Marks("secret").make(room, key)
    assert mark == Marks("secret").make(room, key)
    assert Marks("secret").owns(mark)
    assert not Marks("other").owns(mark)
    assert not Marks("secret").owns(mark[:-1])
    assert not Marks("secret").owns(key)


def test_marks_differ_for_each_room_and_command() -> None:
    marks = Marks("secret")
    assert len({marks.make("a", "k"), marks.make("b", "k"), marks.make("a", "l")}) == 3


async def test_a_reflection_ends_the_waiting() -> None:
    evidence = Evidence(ROOM)
    waiting = evidence.expect("m1", "key")
    assert (evidence.pending, evidence.sent("m1")) == (1, True)
    assert evidence.reflected("m1", ("sid:1",)) is None
    assert await waiting == ("sid:1",)
    assert (evidence.pending, evidence.sent("m1")) == (0, False)
    assert evidence.seen("m1") == ("sid:1",)


async def test_a_copy_that_comes_after_the_waiting_is_reported() -> None:
    evidence = Evidence(ROOM)
    evidence.expect("m1", "key").cancel()
    evidence.forget("m1")
    assert evidence.reflected("m1", ("sid:1",)) == CopyConfirmed(
        room=ROOM, key="key", part=0, ids=("sid:1",)
    )
    assert evidence.reflected("m1", ("sid:1",)) is None


async def test_an_error_and_a_loss_end_the_waiting() -> None:
    evidence = Evidence(ROOM)
    refused, lost = evidence.expect("m1", "key"), evidence.expect("m2", "key2")
    evidence.refused("m1", Failure("forbidden", "auth", "no"))
    with pytest.raises(Refused, match="no"):
        await refused
    evidence.lost("gone")
    with pytest.raises(Unavailable, match="gone"):
        await lost
    assert evidence.sent("m2")  # it may have got through
    assert not evidence.sent("m1")


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 10)
    evidence = Evidence(ROOM)
    for number in range(50):
        evidence.expect(f"m{number}", "key").cancel()
        evidence.reflected(f"x{number}", ())
    assert not evidence.sent("m0")
    assert evidence.sent("m49")
    assert evidence.seen("x0") is None

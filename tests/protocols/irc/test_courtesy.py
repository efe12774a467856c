"""How often people are answered."""

import pytest

from protocols.irc import courtesy
from protocols.irc.courtesy import EVERY, MOST, WINDOW, Courtesy


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(courtesy.time, "monotonic", lambda: now[0])
    return now


def test_a_person_is_told_a_thing_once_a_minute(clock: list[float]) -> None:
    limits = Courtesy()
    assert limits.may_tell("anna", "full")
    assert not limits.may_tell("anna", "full")
    assert limits.may_tell("anna", "banned")
    assert limits.may_tell("bert", "full")
    clock[0] += EVERY
    assert limits.may_tell("anna", "full")


def test_queries_are_answered_a_few_times_to_everybody_together(clock: list[float]) -> None:
    limits = Courtesy()
    assert [limits.may_answer() for _ in range(MOST + 1)] == [True] * MOST + [False]
    clock[0] += WINDOW
    assert limits.may_answer()


def test_kept_lines_are_decoded_with_what_was_known_of_them() -> None:
    kept = [(5.0, b":a!b@c PRIVMSG #x :hi", True), (6.0, b":", False)]
    (line,) = courtesy.parsed(kept, "utf-8")
    assert (line.arrived, line.played_back, line.params[1]) == (5.0, True, "hi")

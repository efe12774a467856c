"""Flood protection."""

import pytest

from protocols.irc.throttle import Full, Throttle, Waiting


def taken(throttle: Throttle, now: float) -> list[bytes]:
    found = []
    while waiting := throttle.take(now):
        found.append(waiting.data)
    return found


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    throttle = Throttle(burst=3, rate=0.5)
    for number in range(6):
        throttle.put(Waiting(b"%d" % number))
    assert taken(throttle, 100.0) == [b"0", b"1", b"2"]
    assert throttle.wait() == pytest.approx(2.0)
    assert taken(throttle, 101.9) == []
    assert taken(throttle, 102.1) == [b"3"]
    assert taken(throttle, 106.1) == [b"4", b"5"]
    assert len(throttle) == 0


def test_a_rate_of_zero_is_no_limit() -> None:
    throttle = Throttle(burst=1, rate=0)
    for number in range(100):
        throttle.put(Waiting(b"%d" % number))
    assert len(taken(throttle, 0.0)) == 100
    assert throttle.wait() == 0.0


def test_spare_lines_go_when_nothing_else_waits() -> None:
    throttle = Throttle(burst=10, rate=1)
    throttle.put(Waiting(b"WHO"), spare=True)
    throttle.put(Waiting(b"PRIVMSG"))
    assert taken(throttle, 1.0) == [b"PRIVMSG", b"WHO"]


def test_the_queue_ends_somewhere_and_is_forgotten_with_the_connection() -> None:
    throttle = Throttle(burst=1, rate=1, limit=2)
    throttle.put(Waiting(b"1"))
    throttle.put(Waiting(b"2"))
    with pytest.raises(Full):
        throttle.put(Waiting(b"3"))
    throttle.clear()
    assert throttle.take(9.0) is None

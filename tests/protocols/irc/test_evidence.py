"""What counts as delivered."""

import pytest

from bridge.model import Rejected, Unavailable
from protocols.irc.decode import Line
from protocols.irc.evidence import (
    Evidence,
    Expectation,
    Lines,
    Sighting,
)


def sent(lines: Lines, text: str, label: str = "", written: float = 1.0) -> Expectation:
    line = Expectation("key", 0, "PRIVMSG", "#c", text)
    line.label, line.written = label, written
    lines.add(line)
    return line


async def test_a_labelled_echo_or_error_decides() -> None:
    lines = Lines()
    one, two = sent(lines, "one", "1"), sent(lines, "two", "2")
    assert lines.answered("1", Line("PRIVMSG", ["#c", "one"]), ("msgid:a",))
    assert await one.outcome == ("msgid:a",)
    assert lines.answered("2", Line("404", ["me", "#c", "Cannot send"]), ())
    with pytest.raises(Rejected, match=r"Cannot send \(404\)"):
        await two.outcome
    assert not lines.answered("3", Line("ACK", []), ())
    assert not lines.open


async def test_a_pong_settles_what_was_written_before_its_ping() -> None:
    lines = Lines()
    before, after, labelled = sent(lines, "a"), sent(lines, "b", "", 9.0), sent(lines, "c", "1")
    watched = sent(lines, "d")
    watched.watched = True
    queued = sent(lines, "e", "", 0.0)
    assert lines.ponged(5.0) == [watched]
    assert await before.outcome == ()
    assert await labelled.outcome == ()
    assert not after.outcome.done()
    assert not queued.outcome.done()


async def test_an_error_without_label_is_about_the_oldest_open_line() -> None:
    lines = Lines()
    one, two = sent(lines, "one"), sent(lines, "two")
    one.resolve()
    assert lines.refused("#c", Line("404", ["me", "#c", "no"]))
    assert isinstance(two.outcome.exception(), Rejected)
    assert not lines.refused("#c", Line("404", ["me", "#c", "no"]))


async def test_what_another_connection_sees_is_evidence_once() -> None:
    lines = Lines()
    one, two = sent(lines, "\x02+1 "), sent(lines, "+1")
    assert lines.seen("PRIVMSG", "#c", "+1") is one
    assert lines.seen("PRIVMSG", "#c", "+1") is two
    assert lines.seen("PRIVMSG", "#c", "+1") is None
    assert lines.seen("NOTICE", "#c", "+1") is None


async def test_a_lost_connection_says_whether_anything_was_sent() -> None:
    lines = Lines()
    gone, queued = sent(lines, "a"), sent(lines, "b", "", 0.0)
    lines.lost()
    errors = gone.outcome.exception(), queued.outcome.exception()
    assert [isinstance(e, Unavailable) and e.sent for e in errors] == [True, False]


async def test_settled_lines_are_forgotten_unless_somebody_will_still_see_them() -> None:
    lines = Lines()
    done, watched = sent(lines, "a"), sent(lines, "b")
    watched.watched = True
    done.resolve()
    watched.resolve()
    lines.prune()
    assert list(lines) == [watched]
    lines.prune(before=5.0)
    assert list(lines) == []


async def test_a_late_label_is_overdue() -> None:
    lines = Lines()
    sent(lines, "a", "1", 1.0)
    assert not lines.overdue(5.0)
    assert lines.overdue(20.0)


def test_a_doubtful_line_is_claimed_once_and_only_if_it_fits() -> None:
    evidence = Evidence()
    for number, text in enumerate(("<a> old", "<a> hi", "<a> hi")):
        evidence.sighted(Sighting("relay", "#c", text, 100.0 * number, (f"msgid:{number}",)))
    texts = ("<a> hi", "hi")
    assert evidence.claim(("relay",), "#c", ("<a> old",), since=50.0) is None
    assert evidence.claim(("other",), "#c", texts, since=0.0) is None
    assert evidence.claim(("relay",), "#d", texts, since=0.0) is None
    assert evidence.claim(("relay",), "#c", texts, since=104.0) == ("msgid:1",)
    assert evidence.claim(("relay",), "#c", texts, since=0.0) == ("msgid:2",)
    assert evidence.claim(("relay",), "#c", texts, since=0.0) is None


def test_a_known_copy_is_no_new_sighting() -> None:
    evidence = Evidence()
    evidence.copied(("msgid:a",))
    evidence.sighted(Sighting("relay", "#c", "x", 1.0, ("msgid:a",)))
    assert evidence.claim(("relay",), "#c", ("x",), 0.0) is None
    evidence.copied(tuple(f"msgid:{number}" for number in range(2000)))
    assert not evidence.is_copy("msgid:a")

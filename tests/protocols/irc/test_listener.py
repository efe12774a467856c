"""Which connection listens."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.decode import Line, parse
from protocols.irc.listener import RING, Kept, Listening


class Ear:
    def __init__(self, *rank: int):
        self.rank = rank
        self.last_read = 0.0


def privmsg(text: str, msgid: str = "") -> Line:
    return Line("PRIVMSG", ["#c", text], "anna!a@h", {"msgid": msgid} if msgid else {})


def raw(text: str, msgid: str = "") -> bytes:
    return f"{f'@msgid={msgid} ' if msgid else ''}:anna!a@h PRIVMSG #c :{text}".encode()


def replay(listening: Listening, kept: list[Kept]) -> list[str]:
    """Return what of the kept lines is new."""
    found = []
    for arrived, data, _ in kept:
        line = parse(data)
        assert line is not None
        if listening.fresh(line, arrived):
            found.append(line.params[1])
    return found


def test_the_best_listens_and_the_next_stands_by() -> None:
    relay, puppet, late = Ear(1, 0), Ear(0, 5), Ear(0, 1)
    listening = Listening()
    for ear in (late, puppet, relay):
        listening.enter(ear)
        listening.ready(ear, 1.0)
    assert (listening.listener, listening.standby) == (relay, puppet)
    assert len(listening) == 3
    listening.leave(relay, 2.0)
    assert (listening.listener, listening.standby) == (puppet, late)
    listening.leave(puppet, 2.0)
    listening.leave(late, 2.0)
    assert listening.listener is None
    assert relay not in listening


def test_a_listener_that_falls_behind_is_replaced() -> None:
    relay, puppet = Ear(1), Ear(0)
    listening = Listening()
    listening.enter(relay)
    listening.enter(puppet)
    assert listening.check(10.0) == []
    relay.last_read = 100.0
    listening.keep(raw("a"), 101.0)
    assert listening.check(102.0) == []
    kept = listening.check(105.0)
    assert replay(listening, kept) == ["a"]
    assert listening.listener is puppet


def test_the_ring_forgets_what_is_old() -> None:
    relay, puppet = Ear(1), Ear(0)
    listening = Listening()
    listening.enter(relay)
    listening.enter(puppet)
    listening.keep(raw("old"), 0.0)
    listening.keep(raw("new"), RING + 1)
    assert replay(listening, listening.leave(relay, RING + 2)) == ["new"]


def test_people_do_say_the_same_twice() -> None:
    listening = Listening()
    assert listening.fresh(privmsg("+1"), 1.0)
    assert listening.fresh(privmsg("+1"), 1.5)
    assert listening.fresh(privmsg("+1", "a"), 1.0)
    assert not listening.fresh(privmsg("+1", "a"), 900.0)


def test_a_playback_is_compared_with_what_was_told() -> None:
    listening = Listening()
    assert listening.fresh(privmsg("hi"), 100.0)
    assert not listening.fresh(privmsg("hi"), 101.0, played_back=True)
    assert listening.fresh(privmsg("hi"), 160.0, played_back=True)


@given(
    texts=st.lists(st.sampled_from(["+1", "hi", "lol"]), max_size=30),
    told=st.integers(0, 30),
    seen=st.integers(0, 30),
    msgids=st.booleans(),
)
def test_a_switch_loses_and_doubles_nothing(
    texts: list[str], told: int, seen: int, msgids: bool
) -> None:
    """The listener dies after it told ``told`` lines, when the standby had read ``seen``; a line is
    said every quarter of a second."""
    relay, puppet = Ear(1), Ear(0)
    listening = Listening()
    listening.enter(relay)
    listening.enter(puppet)
    lines = [(1000.0 + 3 * n, text, f"m{n}" if msgids else "") for n, text in enumerate(texts)]
    heard = []
    for at, text, msgid in lines[:told]:
        assert listening.fresh(privmsg(text, msgid), at)
        heard.append(text)
    for at, text, msgid in lines[:seen]:
        listening.keep(raw(text, msgid), at + 0.5)
    now = lines[-1][0] if lines else 1000.0
    heard += replay(listening, listening.leave(relay, now))
    for at, text, msgid in lines[seen:]:
        if listening.fresh(privmsg(text, msgid), at + 0.5):
            heard.append(text)
    assert sorted(heard) == sorted(texts)


def test_the_listener_hears_and_the_standby_keeps() -> None:
    relay, puppet, idle = Ear(1), Ear(0, 5), Ear(0, 1)
    listening = Listening()
    for ear in (relay, puppet, idle):
        listening.enter(ear)
        listening.ready(ear, 1.0)
    assert listening.hears(relay, raw("one"), 1.0)
    assert not listening.hears(puppet, raw("one"), 1.0)
    assert not listening.hears(puppet, b"", 1.0)
    assert not listening.hears(idle, raw("two"), 1.0)
    assert replay(listening, listening.leave(relay, 2.0)) == ["one"]

"""The first look at lines."""

import pytest

from protocols.irc.decode import Line
from protocols.irc.hearing import Batches, is_for_us


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        (b":anna!a@h PRIVMSG #c :hi\r", False),
        (b"@time=x :anna!a@h PRIVMSG #c :label=1\r", False),
        (b"@time=x;label=1 :me!a@h PRIVMSG #c :hi\r", True),
        (b":me!a@h PRIVMSG #c :hi\r", True),
        (b":anna!a@h PRIVMSG me :psst\r", True),
        (b"@+typing=active :anna!a@h TAGMSG #c\r", False),
        (b":anna!a@h REDACT #c m1 :why\r", False),
        (b":irc FAIL REDACT UNKNOWN_MSGID #c m1 :no\r", True),
        (b":anna!a@h QUIT :bye\r", False),
        (b":anna!a@h JOIN #c\r", False),
        (b":me!a@h JOIN #c\r", True),
        (b":anna!a@h KICK #c me :out\r", True),
        (b":anna!a@h NICK :me\r", True),
        (b"PING :x\r", True),
        (b":irc 353 me = #c :a b\r", True),
        (b"ERROR :bye\r", True),
        (b"", True),
    ],
)
def test_lines_of_others_are_skipped(raw: bytes, ours: bool) -> None:
    assert is_for_us(raw, b"me!") is ours


def test_a_line_knows_the_batches_it_is_in() -> None:
    batches = Batches()
    batches.take(Line("BATCH", ["+a", "labeled-response"], "", {"label": "7"}))
    batches.take(Line("BATCH", ["+b", "chathistory", "#c"], "", {"batch": "a"}))
    batches.take(Line("BATCH", ["+s", "netsplit", "a.b", "c.d"]))
    inner = Line("PRIVMSG", [], "", {"batch": "b"})
    assert batches.played_back(inner)
    assert batches.label(inner) == "7"
    assert not batches.split(inner)
    assert batches.split(Line("QUIT", [], "", {"batch": "s"}))
    assert batches.label(Line("ACK", [], "", {"label": "8"})) == "8"
    batches.take(Line("BATCH", ["-b"]))
    assert not batches.played_back(inner)


def test_batches_that_are_never_closed_or_circular_do_no_harm() -> None:
    batches = Batches()
    batches.take(Line("BATCH", []))
    batches.take(Line("BATCH", ["-x"]))
    for number in range(1000):
        batches.take(Line("BATCH", [f"+{number}", "x"], "", {"batch": str(number)}))
    assert not batches.played_back(Line("X", [], "", {"batch": "0"}))

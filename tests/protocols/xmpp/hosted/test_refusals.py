"""Refusals as stanza errors."""

from typing import get_args

import pytest

from bridge.model import Rejected, Unavailable, Why
from protocols.xmpp.hosted import refusals


@pytest.mark.parametrize("why", get_args(Why))
@pytest.mark.parametrize("deed", ["enter", "speak", "ask"])
def test_each_kind_has_an_error_with_the_words(why: Why, deed: refusals.Deed) -> None:
    text = refusals.error(why, "<words>", deed)
    assert text.startswith("<error type='")
    assert "&lt;words&gt;" in text


def test_what_went_wrong_decides() -> None:
    assert "forbidden" in refusals.of(Rejected("banned", "banned"), "enter")
    assert "remote-server-not-found" in refusals.of(Unavailable("down"), "enter")
    assert "remote-server-timeout" in refusals.of(TimeoutError())


def test_a_bugs_own_words_are_not_for_strangers() -> None:
    text = refusals.of(RuntimeError("secret"))
    assert "internal-server-error" in text
    assert "secret" not in text
    assert not refusals.is_expected(RuntimeError())
    assert refusals.is_expected(Unavailable("x"))

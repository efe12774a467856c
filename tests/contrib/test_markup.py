"""The same sentence in three networks' formatting reads the same."""

from typing import Any

import pytest

from contrib.demonstration.markup import neutral, shown
from tests.servers.clients import Said

PLAIN = "a <b>bold</b>, <i>italic</i> and <code>code</code> word"


def _said(body: str, html: str | None = None) -> Said:
    content: dict[str, Any] = {"body": body}
    if html is not None:
        content["formatted_body"] = html
    return Said("room", "anna", body, raw={"content": content})


@pytest.mark.parametrize(
    ("network", "said", "text"),
    [
        ("xmpp", _said("a *bold*, _italic_ and `code` word"), PLAIN),
        ("irc", _said("a \x02bold\x02, \x1ditalic\x1d and \x11code\x11 word"), PLAIN),
        (
            "matrix",
            _said("", "a <strong>bold</strong>, <em>italic</em> and <code>code</code> word"),
            PLAIN,
        ),
        ("matrix", _said("a *bold* word"), "a *bold* word"),
        ("matrix", _said("", "one<br>two"), "one\ntwo"),
        ("matrix", _said("", "<p>one</p>\n<p>two</p>"), "one\ntwo"),
        ("matrix", _said("", '<a href="https://matrix.to/#/@b:x">ben</a>: 1 &lt; 2'), "ben: 1 < 2"),
        ("xmpp", _said("snake_case_name and 2*3*4"), "snake_case_name and 2*3*4"),
        ("irc", _said("\x02never closed"), "<b>never closed</b>"),
        ("irc", _said("\x02\x1dboth\x0f plain"), "<b><i>both</i></b> plain"),
        ("irc", _said("\x0304,12red\x03 a\u200bnna"), "red anna"),
    ],
)
def test_formatting_is_read_from_each_network(network: str, said: Said, text: str) -> None:
    assert neutral(network, said) == text


def test_a_cell_has_lines_of_its_width() -> None:
    assert shown("one two three\nfour", 8, colours=False) == ["one two ", "three   ", "four    "]


def test_a_cell_with_emoji_is_as_wide_as_the_others() -> None:
    assert shown("hi 👋", 8, colours=False) == ["hi 👋   "]


def test_formatting_survives_where_a_line_breaks() -> None:
    assert shown("<b>one two</b> three", 4, colours=True) == [
        "\033[1mone \033[0m",
        "\033[1mtwo\033[0m ",
        "thre",
        "e   ",
    ]

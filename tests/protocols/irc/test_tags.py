"""Client-only tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.irc.decode import parse
from protocols.irc.encode import line
from protocols.irc.tags import (
    Reaction,
    answering,
    message_id,
    reacting,
    reaction,
    reference,
    signature,
)


def anything(name: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({}, ""),
        ({"+reply": "a", "+draft/reply": "b"}, "msgid:a"),
        ({"+draft/reply": "b"}, "msgid:b"),
        ({"+reply": "", "+draft/reply": "b"}, "msgid:b"),
        ({"reply": "a"}, ""),
        ({"+reply": "x" * 4000}, ""),
    ],
)
def test_a_line_names_what_it_answers(tags: dict[str, str], told: str) -> None:
    assert reference(tags) == told


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"+draft/react": "👍", "+reply": "a"}, Reaction("msgid:a", "👍", True)),
        ({"+draft/unreact": "👍", "+draft/reply": "a"}, Reaction("msgid:a", "👍", False)),
        ({"+draft/react": "a\r\nb \x02c\x01", "+reply": "a"}, Reaction("msgid:a", "a b c", True)),
        ({"+react": "👍", "+reply": "a"}, Reaction("msgid:a", "👍", True)),
        ({"+unreact": "👍", "+reply": "a"}, Reaction("msgid:a", "👍", False)),
        ({"+react": "👍", "+draft/react": "👍", "+reply": "a"}, Reaction("msgid:a", "👍", True)),
        ({"+react": "👍", "+draft/unreact": "👍", "+reply": "a"}, None),
        ({"+draft/react": "👍"}, None),
        ({"+draft/react": "👍", "+draft/unreact": "👍", "+reply": "a"}, None),
        ({"+draft/react": "", "+reply": "a"}, None),
        ({"+draft/react": "\x02\r\n", "+reply": "a"}, None),
        ({"+reply": "a"}, None),
    ],
)  # fmt: skip
def test_a_reaction_is_one_thing_to_one_message(
    tags: dict[str, str], told: Reaction | None
) -> None:
    assert reaction(tags) == told


def test_only_a_servers_own_id_can_be_pointed_at() -> None:
    assert message_id(("said:1", "msgid:a", "msgid:b")) == "a"
    assert answering(("msgid:a",), anything) == {"+reply": "a", "+draft/reply": "a"}
    assert answering(("msgid:a",), lambda name: name == "+reply") == {"+reply": "a"}
    assert answering(("said:1",), anything) == {}
    assert answering((), anything) == {}


def test_a_reaction_that_would_not_be_passed_on_is_not_sent() -> None:
    ids = ("msgid:a",)
    assert reacting(ids, "👍", True, anything)["+draft/react"] == "👍"
    assert reacting(ids, "👍", False, anything)["+draft/unreact"] == "👍"
    assert reacting(ids, "👍", True, lambda name: name != "+draft/react") == {}
    assert reacting(ids, "👍", True, lambda name: "reply" not in name) == {}
    assert reacting((), "👍", True, anything) == {}


@given(st.text(min_size=1, max_size=64), st.booleans())
def test_a_reaction_is_read_as_it_was_written(key: str, added: bool) -> None:
    """C17"""
    sent = line("TAGMSG", "#c", tags=reacting(("msgid:a;b \\",), key, added, anything))
    assert sent.count(b"\n") == 1
    came = parse(sent)
    assert came is not None
    assert came.params == ["#c"]
    assert reference(came.tags) == "msgid:a;b \\"
    kept = key.encode("utf-8", "replace").decode().replace("\0", "")
    assert came.tags.get("+draft/react" if added else "+draft/unreact", "") == kept
    assert signature(came.tags) != signature({})

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.matrix import ephemeral
from protocols.matrix.ephemeral import Receipt, Typists

UNSTABLE = "de.sorunome.msc2409.ephemeral"


def read(**transaction: Any) -> list[Typists | Receipt]:
    return ephemeral.read(json.dumps({"events": [], **transaction}).encode())


def typing(users: object, room: object = "!r") -> dict[str, Any]:
    return {"type": "m.typing", "room_id": room, "content": {"user_ids": users}}


def receipt(content: object) -> dict[str, Any]:
    return {"type": "m.receipt", "room_id": "!r", "content": content}


@pytest.mark.parametrize("names", [("ephemeral",), (UNSTABLE,), ("ephemeral", UNSTABLE)])
def test_signals_are_read_once_under_whatever_name_they_come(names: tuple[str, ...]) -> None:
    assert read(**{name: [typing(["@a:hs"])] for name in names}) == [Typists("!r", ("@a:hs",))]


@pytest.mark.parametrize(
    ("content", "read_by"),
    [
        ({"$1": {"m.read": {"@a:hs": {"ts": 1}}}}, ["@a:hs"]),
        ({"$1": {"m.read": {"@a:hs": {"thread_id": "main"}, "@b:hs": {}}}}, ["@a:hs", "@b:hs"]),
        ({"$1": {"m.read": {"@a:hs": {"thread_id": "$root"}}}}, []),
        ({"$1": {"m.read.private": {"@a:hs": {}}}}, []),
        ({"1": {"m.read": {"@a:hs": {}}}}, []),
        ({"$1": 5, "$2": {"m.read": []}, "$3": {"m.read": {"@a:hs": 5}}}, ["@a:hs"]),
        (5, []),
    ],
)
def test_only_public_receipts_for_the_room_count(content: object, read_by: list[str]) -> None:
    found = read(ephemeral=[receipt(content)])
    assert [signal.mxid for signal in found if isinstance(signal, Receipt)] == read_by


def test_what_is_odd_is_left_out_and_the_rest_is_not() -> None:
    odd = [5, {"type": 5}, {}, {"type": "m.presence", "sender": "@a:hs"}, typing("@a:hs", 5)]
    assert read(ephemeral=[*odd, typing([5, "@a:hs", None])]) == [Typists("!r", ("@a:hs",))]


@pytest.mark.parametrize(
    "body", [b"", b'{"ephemeral":5}', b'"ephemeral', b'{"ephemeral":["\xff"]}']
)
def test_what_is_no_transaction_holds_nothing(body: bytes) -> None:
    assert ephemeral.read(body) == []


def test_a_transaction_is_not_read_without_end() -> None:
    everybody = {"$1": {"m.read": {f"@{n}:hs": {} for n in range(5_000)}}}
    assert len(read(ephemeral=[receipt(everybody)])) == 1_000


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["m.typing", "m.receipt"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "room_id", "content", "user_ids", "$1", "m.read", "@a:hs"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_nothing_that_is_made_up_ever_raises(made_up: object) -> None:
    read(ephemeral=made_up)
    read(**{"ephemeral": [made_up]})

"""Naming what a homeserver is asked."""

import pytest

from tests.benchmarks.counting import kind


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/_matrix/client/v3/rooms/!a:b/send/m.room.message/1", "send"),
        ("/_matrix/client/v3/rooms/!a:b/state/m.room.topic", "state"),
        ("/_matrix/client/v3/rooms/!a:b/joined_members", "joined_members"),
        ("/_matrix/client/v3/join/!a:b", "join"),
        ("/_matrix/client/v3/profile/@a:b/displayname", "profile"),
        ("/_matrix/client/v3/register", "register"),
        ("/_matrix/client/versions", "versions"),
        ("/", ""),
    ],
)
def test_a_request_is_named_without_its_ids(path: str, name: str) -> None:
    assert kind(path) == name

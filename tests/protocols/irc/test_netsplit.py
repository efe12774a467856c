"""Netsplits."""

import pytest

from protocols.irc.netsplit import is_lost, is_rehost, is_split


@pytest.mark.parametrize(
    ("reason", "split"),
    [
        ("hub.example.net leaf.example.net", True),
        ("*.net *.split", True),
        ("a.b a.b", False),
        ("Quit: hub.a leaf.b", False),
        ("hub leaf", False),
        ("bye bye.", False),
        ("see example.org", False),
        ("", False),
    ],
)
def test_a_netsplit_is_two_servers(reason: str, split: bool) -> None:
    assert is_split(reason) is split


def test_a_broken_connection_and_a_change_of_host_are_known() -> None:
    assert is_lost("Ping timeout: 240 seconds")
    assert is_lost("Connection reset by peer")
    assert not is_lost("Quit: ping timeout")
    assert is_rehost("Changing host")
    assert is_rehost("Changing hostname")
    assert not is_rehost("Quit: Changing host")

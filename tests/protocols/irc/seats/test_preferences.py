"""What people may set."""

import pytest

from bridge.model import Rejected
from protocols.irc.seats.preferences import (
    CHANNEL,
    SERVER,
    Preferences,
    checked,
    filled,
    known,
)

BY_NAME = {setting.name: setting for setting in (*CHANNEL, *SERVER)}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("nick", " anna ", "anna"),
        ("nick", "", ""),
        ("encoding_in", "cp1252", "cp1252"),
        ("throttle_limit", "1000", "100"),
        ("throttle_limit", "0", "1"),
        ("persistent", "1", "true"),
        ("persistent", "no", "false"),
        ("after_connect_commands", "MODE x +i\r\n\n JOIN #a \n", "MODE x +i\nJOIN #a"),
        ("sasl_mechanism", "PLAIN", "PLAIN"),
        ("sasl_password", "a b:c", "a b:c"),
    ],
)
def test_values_are_kept_as_they_are_used(name: str, value: str, kept: str) -> None:
    assert checked(BY_NAME[name], value) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nick", "a b"),
        ("username", "a@b"),
        ("username", "ünal"),
        ("encoding_in", "klingon"),
        ("encoding_in", "base64"),
        ("throttle_limit", "many"),
        ("sasl_mechanism", "X"),
        ("pass", "a\nQUIT"),
        ("realname", "x" * 500),
        ("after_connect_commands", "\n".join(["AWAY"] * 21)),
        ("after_connect_commands", "x" * 401),
    ],
)
def test_what_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Rejected, match=name) as error:
        checked(BY_NAME[name], value)
    assert error.value.why == "malformed"


def test_secrets_are_never_told() -> None:
    told = filled(SERVER, {"nick": "anna", "sasl_password": "locked"})
    by_name = {setting.name: setting for setting in told}
    assert by_name["nick"].value == "anna"
    assert (by_name["sasl_password"].value, by_name["sasl_password"].is_set) == ("", True)
    assert not by_name["pass"].is_set


def test_who_may_not_choose_a_username_does_not_see_that_setting() -> None:
    assert "username" not in {setting.name for setting in known("", False)}
    assert "username" in {setting.name for setting in known("", True)}
    assert [setting.name for setting in known("#c", True)] == ["encoding_in", "persistent"]


def test_charsets_and_commands_are_those_that_are_set() -> None:
    mine = Preferences()
    assert (mine.charsets(), mine.commands()) == ({}, [])
    mine.of("")["encoding_in"] = "cp1252"
    mine.of("#c")["encoding_in"] = "koi8-r"
    mine.of("#d")["persistent"] = "true"
    mine.of("")["after_connect_commands"] = "A\nB"
    assert mine.charsets() == {"": "cp1252", "#c": "koi8-r"}
    assert mine.commands() == ["A", "B"]
